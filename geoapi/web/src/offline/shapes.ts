/** Stations as answers show them: names in a language, positions in a datum, times in the station's zone. */
import type { components } from "../api/schema.d.ts";
import { fromWgs84, type Datum } from "../geo/datum.ts";
import type { Exception } from "./format.ts";
import { dayOf, formatInstant, type Instant } from "./instants.ts";
import type { Pack, Word } from "./pack.ts";
import { round } from "./rounding.ts";

export type Schemas = components["schemas"];
export type Lang = "zh" | "en";

/** What every answer says of a station. */
export type StationShape = Omit<Schemas["ListedStation"], "updated_at" | "retired_at">;

/** In which datum and language to answer, and when it is now. */
export interface Telling {
  crs: Datum;
  lang: Lang;
  now: Instant;
}

/** What every answer says of a station; what is out of order is that at `at`. */
export function stationShape(
  pack: Pack,
  station: number,
  at: Instant,
  { crs, lang, now }: Telling,
): StationShape {
  const [lon, lat] = fromWgs84(pack.lon[station]!, pack.lat[station]!, crs);
  const district = pack.field("district", station);
  const broken = new Set(outOfOrder(pack, station, at));
  const amenities = pack.amenityIds[station]!;
  return {
    id: String(pack.ids[station]),
    kind: pack.kinds[station]!,
    name: inLanguage(pack.field("name_zh", station), pack.field("name_en", station), lang),
    address: pack.field("address", station),
    // 1e-7 degrees is a centimetre
    location: { lon: round(lon, 7), lat: round(lat, 7), crs },
    district: district === null ? null : named(pack.district.get(district)!, lang),
    amenities: amenities.filter((id) => !broken.has(id)).map((id) => pack.amenityCode.get(id)!),
    out_of_order: amenities.filter((id) => broken.has(id)).map((id) => pack.amenityCode.get(id)!),
    access: pack.field("access", station),
    hours_text: pack.field("hours_text", station),
    phone: pack.field("phone", station),
    verified_at: local(pack, station, pack.field("verified_at", station)),
    version: pack.field("version", station),
    source: pack.field("source", station),
    warnings: warnings(pack, station, lang, now),
  };
}

/** The amenities that are out of order at an instant. */
export function outOfOrder(pack: Pack, station: number, at: Instant): number[] {
  const outages = pack.outages[station];
  if (!outages) return [];
  return outages
    .filter(([, from, until]) => (from === null || from <= at) && (until === null || at < until))
    .map(([amenity]) => amenity);
}

/** An instant as the clocks at the station show it. */
export function local(pack: Pack, station: number, at: Instant): string;
export function local(pack: Pack, station: number, at: Instant | null): string | null;
export function local(pack: Pack, station: number, at: Instant | null): string | null {
  return at === null ? null : formatInstant(at, pack.offset(pack.field("time_zone", station), at));
}

/** The day that it is at the station. */
export function localDay(pack: Pack, station: number, at: Instant): string {
  return dayOf(at, pack.offset(pack.field("time_zone", station), at));
}

/** The English name where it is asked for and there is one, else the Chinese. */
export function inLanguage(zh: string, en: string | null, lang: Lang): string {
  return lang === "en" && en ? en : zh;
}

/** A word as answers name it. */
export function named(word: Word, lang: Lang): { code: string; name: string } {
  return { code: word.code, name: inLanguage(word.zh, word.en, lang) };
}

/** What is said of the exception that decides at an instant, where there is one. */
export function noticeAt(pack: Pack, station: number, at: Instant, lang: Lang): string | null {
  // of several the later one decides
  const one = pack.field("exceptions", station)?.findLast(([from, until]) => from <= at && at < until);
  return one ? noteOf(one, lang) : null;
}

/** The note of an exception in a language, or in the other where it has none. */
export function noteOf([, , , zh, en]: Exception, lang: Lang): string | null {
  return lang === "en" ? en || zh : zh || en;
}

const SAID: Record<Schemas["StationWarning"]["kind"], (amenity: string) => { zh: string; en: string }> = {
  closed: () => ({ zh: "显示开放但实际关闭", en: "report it closed though shown open" }),
  amenity: (name) => ({ zh: `${name}不能用`, en: `report that this does not work: ${name}` }),
  gone: () => ({ zh: "这里没有这个站点", en: "report that there is no such place here" }),
  other: () => ({ zh: "这里的信息有误", en: "report that something told here is wrong" }),
};

function warnings(pack: Pack, station: number, lang: Lang, now: Instant): Schemas["StationWarning"][] {
  return (pack.field("warnings", station) ?? []).flatMap(([kind, amenityId, steps]) => {
    const step = steps.find(([until]) => now < until);
    if (!step) return [];
    const [, people, since] = step;
    const word = amenityId === null ? null : pack.amenityWord.get(amenityId)!;
    const said = SAID[kind](word ? inLanguage(word.zh, word.en, lang) : "")[lang];
    const counted = people > 1 ? `${people} people ${said}` : `1 report: ${said}`;
    return {
      kind,
      amenity: word ? word.code : null,
      reports: people,
      since: local(pack, station, since),
      text: lang === "en" ? counted : `有 ${people} 人反映：${said}`,
    };
  });
}

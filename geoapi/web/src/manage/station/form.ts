/** A station's form: what may be changed in it, what was, and what becomes of it in a PATCH. No DOM. */
import type { Schemas } from "../../api/client.ts";

export type Station = Schemas["ManagedStation"];
export type Patch = Schemas["PatchBody"];
export type Holidays = "as_usual" | "closed" | null;

/** Hours as they are being written: a text and a week, of which `source` is the one that counts. */
export interface HoursEntry {
  source: "text" | "week";
  text: string;
  /** Monday first; "22:00-02:00" runs past midnight. */
  week: string[][];
  holidays: Holidays;
}

export interface Form {
  name: string;
  name_en: string;
  address: string;
  phone: string;
  description: string;
  /** One a line. */
  access: string;
  host_name: string;
  amenities: string[];
  hours: HoursEntry;
  holiday_policy: Holidays;
}
export type FormField = keyof Form;
export type Edits = Partial<Form>;

export const FIELDS: readonly FormField[] = [
  "hours",
  "holiday_policy",
  "amenities",
  "name",
  "name_en",
  "phone",
  "address",
  "host_name",
  "access",
  "description",
];

export function formOf(station: Station): Form {
  const text = station.hours.text ?? "";
  return {
    name: station.name,
    name_en: station.name_en ?? "",
    address: station.address ?? "",
    phone: station.phone ?? "",
    description: station.description ?? "",
    access: station.access.join("\n"),
    host_name: station.host_name ?? "",
    amenities: [...station.amenities],
    hours: {
      source: "text",
      text,
      week: station.hours.week,
      holidays: holidaysSaid(text, station.hours.osm),
    },
    holiday_policy: station.holiday_policy,
  };
}

/** Whether two values of a field come to the same. */
export function isSame<F extends FormField>(field: F, one: Form[F], other: Form[F]): boolean {
  if (field === "hours") return areSameHours(one as HoursEntry, other as HoursEntry);
  if (field === "amenities")
    return JSON.stringify([...(one as string[])].sort()) === JSON.stringify([...(other as string[])].sort());
  if (typeof one === "string" && typeof other === "string") return one.trim() === other.trim();
  return one === other;
}

function areSameHours(one: HoursEntry, other: HoursEntry): boolean {
  if (one.source === "text" && other.source === "text") return one.text.trim() === other.text.trim();
  return JSON.stringify([one.week, one.holidays]) === JSON.stringify([other.week, other.holidays]);
}

/** The body of a PATCH that makes these edits, and nothing else. */
export function patchOf(edits: Edits): Patch {
  const patch: Patch = {};
  if (edits.name !== undefined) patch.name = edits.name.trim();
  for (const field of ["name_en", "address", "phone", "description", "host_name"] as const)
    if (edits[field] !== undefined) patch[field] = edits[field].trim() || null;
  if (edits.access !== undefined) patch.access = linesOf(edits.access);
  if (edits.amenities !== undefined) patch.amenities = edits.amenities;
  if (edits.holiday_policy !== undefined) patch.holiday_policy = edits.holiday_policy;
  if (edits.hours !== undefined) patch.hours = hoursBody(edits.hours);
  return patch;
}

/** Hours as the service takes them; null: not known. */
export function hoursBody(hours: HoursEntry): Schemas["HoursBody"] | null {
  if (hours.source === "week") return { week: hours.week, holidays: hours.holidays };
  const text = hours.text.trim();
  return text ? { text } : null;
}

export function linesOf(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
}

/** What hours themselves say of public holidays, as far as a table of the week can say it. */
export function holidaysSaid(text: string, osm: string | null): Holidays {
  if (/节假日\s*(照常|不休|正常开放)/.test(text) || /\bPH,?\s*\d/.test(osm ?? "")) return "as_usual";
  if (/\bPH (off|closed)\b/.test(osm ?? "") || /节假日\s*(休息|不开放|关闭)/.test(text)) return "closed";
  return null;
}

const DAY = "(?:Mo|Tu|We|Th|Fr|Sa|Su)";
const SPAN = "\\d\\d:\\d\\d-\\d\\d:\\d\\d";
const RULE = new RegExp(
  `^(?:${DAY}(?:-${DAY})?(?:,${DAY}(?:-${DAY})?)* (?:${SPAN}(?:,${SPAN})*|off)|${SPAN}(?:,${SPAN})*|24/7|PH off)$`,
);

/** Whether a table of the week says all that these hours say, so that changing it there loses nothing. */
export function fitsTable(
  hours: Pick<Schemas["HoursPreview"], "text" | "osm" | "certainty" | "week">,
): boolean {
  if (!hours.text.trim()) return true;
  if (hours.certainty !== "full") return false;
  if (hours.osm !== null) return hours.osm.split(/;\s*/).every((rule) => RULE.test(rule));
  // a table whose holidays are as usual cannot be said in OpenStreetMap's words
  return /^((周|每天)[^；]*；)*法定节假日照常$/.test(hours.text);
}

/** Stations by words, in Chinese, pinyin or initials, from a pack: what GET /v1/stations?q= answers. */
import type { Datum } from "../geo/datum.ts";
import type { Pack } from "./pack.ts";
import { local, stationShape, type Lang, type Schemas } from "./shapes.ts";
import { trigramsOf, wordSimilarity } from "./similarity.ts";

export type ListedStation = Schemas["ListedStation"];

const SEPARATOR = "|";
/** The share of a word's trigrams from which a similar spelling is taken for the word. */
const ALIKE_FROM = 0.45;

export interface SearchOptions {
  crs?: Datum;
  lang?: Lang;
  limit?: number;
}

interface Found {
  station: number;
  rank: number;
}

/**
 * The stations that match words, the best first: those whose name begins with them, has them, that have them
 * anywhere; where none has them to the letter, those that sound alike. `now` is the present in milliseconds.
 */
export function search(
  pack: Pack,
  words: string,
  { crs = "wgs84", lang = "zh", limit = 50 }: SearchOptions,
  now: number,
): ListedStation[] {
  const index = indexOf(pack);
  const tokens = words
    .split(/\s+/u)
    .map((word) => index.normalise(word))
    .filter((token) => token !== "");
  if (!tokens.length) return [];
  let found = toTheLetter(index, tokens);
  if (!found.length) found = byLikeness(index, tokens);
  found.sort((a, b) => a.rank - b.rank || a.station - b.station);
  const present = Math.round(now) * 1000;
  return found.slice(0, limit).map(({ station }) => ({
    ...stationShape(pack, station, present, { crs, lang, now: present }),
    updated_at: local(pack, station, pack.field("updated_at", station)),
    retired_at: null,
  }));
}

/** What the words of a pack's stations are found by. */
interface Index {
  /** As the service keeps them: words|their pinyin|the name's by its phrases|initials. */
  texts: readonly string[];
  normalise: (text: string) => string;
  pinyin: (text: string) => string;
  /** What stands behind the first bar, as trigrams; made when first needed. */
  sounds: readonly (readonly string[])[];
}

const indexes = new WeakMap<Pack, Index>();

function indexOf(pack: Pack): Index {
  let index = indexes.get(pack);
  if (!index) indexes.set(pack, (index = makeIndex(pack)));
  return index;
}

function makeIndex(pack: Pack): Index {
  const [chars, said] = pack.parts.readings;
  const readings = new Map<string, string>();
  const spoken = said.split(" ");
  for (const [at, char] of [...chars].entries()) readings.set(char, spoken[at]!);
  const simple = new Map<string, string>();
  const pairs = [...pack.parts.simplified];
  for (let i = 0; i < pairs.length; i += 2) simple.set(pairs[i]!, pairs[i + 1]!);
  const normalise = (text: string): string => fold(each(text.normalize("NFKC"), simple));
  const pinyin = (text: string): string => each(text, readings);
  const texts = Array.from({ length: pack.count }, (_, i) => textOf(pack, i, normalise, readings));
  let sounds: (readonly string[])[] | null = null;
  return {
    texts,
    normalise,
    pinyin,
    get sounds() {
      return (sounds ??= texts.map((text) => trigramsOf(text.slice(text.indexOf(SEPARATOR) + 1))));
    },
  };
}

/** Each character as it is mapped, or as it is. */
function each(text: string, mapping: ReadonlyMap<string, string>): string {
  let out = "";
  for (const char of text) out += mapping.get(char) ?? char;
  return out;
}

/** The form that words have: NFKC, lower case, without space or bar. */
function fold(text: string): string {
  return text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[\s|]+/gu, "")
    .normalize("NFKC");
}

/** The station's search text, as the service has it. */
function textOf(
  pack: Pack,
  station: number,
  normalise: (text: string) => string,
  readings: ReadonlyMap<string, string>,
): string {
  const stored = pack.field("search", station);
  if (stored !== null) return stored;
  const name = normalise(pack.field("name_zh", station));
  const fields = [name];
  const others = [
    pack.field("name_en", station),
    pack.field("host_name", station),
    pack.field("address", station),
    ...districtNames(pack, pack.field("district", station)),
  ];
  for (const text of others) {
    if (!text) continue;
    const plain = normalise(text);
    if (!fields.some((field) => field.includes(plain))) fields.push(plain);
  }
  const words = fields.join(" ");
  if (isAscii(words)) return words;
  const parts = [words, each(words, readings)];
  const reading = pack.field("reading", station);
  if (reading !== null) parts.push(reading);
  parts.push([...name].map((char) => (readings.get(char) ?? char)[0] ?? "").join(""));
  return parts.join(SEPARATOR);
}

/** The names by which stations in a district are found: a street's, and its district's, but no city's. */
function districtNames(pack: Pack, code: string | null): string[] {
  const row = pack.parts.districts.find(([own]) => own === code);
  if (!row) return [];
  const above = row[2] === "street" ? pack.parts.districts.find(([own]) => own === row[1]) : undefined;
  return above && above[2] !== "city" ? [row[3], above[3]] : [row[3]];
}

function toTheLetter({ texts, pinyin }: Index, tokens: readonly string[]): Found[] {
  const whole = tokens.join("");
  const asked = tokens.map((token) => ({ token, sound: pinyin(token) }));
  const found: Found[] = [];
  texts.forEach((text, station) => {
    const sound = text.slice(text.indexOf(SEPARATOR) + 1);
    const everywhere = asked.every(
      ({ token, sound: reading }) => sound.includes(reading) && (reading === token || text.includes(token)),
    );
    if (!everywhere) return;
    const parts = text.split(SEPARATOR);
    const [name, reading, initials] = [parts[0], parts[1], parts.at(-1)].map(
      (part) => (part ?? "").split(" ")[0]!,
    );
    const begins = [name!, reading!, initials!].some((form) => form.startsWith(whole));
    const within = tokens.every((token) => name!.includes(token) || reading!.includes(token));
    found.push({ station, rank: begins ? 0 : within ? 1 : 2 });
  });
  return found;
}

function byLikeness({ sounds, pinyin }: Index, tokens: readonly string[]): Found[] {
  const asked = tokens.map((token) => trigramsOf(pinyin(token)));
  const found: Found[] = [];
  sounds.forEach((sound, station) => {
    const alike = Math.min(...asked.map((trigrams) => wordSimilarity(trigrams, sound)));
    if (alike >= ALIKE_FROM) found.push({ station, rank: Math.fround(4 - alike) });
  });
  return found;
}

function isAscii(text: string): boolean {
  return /^[\x00-\x7f]*$/.test(text);
}

/**
 * What a planner's page is about: the question, the hour looked at and the changes tried. All of it is in the
 * address, behind the `#`, which browsers send to nobody: whoever is given the address sees the same.
 */

/** A new station at WGS-84 lon/lat, or other hours of one that is there. */
export type Trial =
  | { readonly kind: "add"; readonly lon: number; readonly lat: number; readonly hours: string }
  | { readonly kind: "hours"; readonly id: string; readonly hours: string };

/** An hour of the week from Monday 00:00, the week as a whole, or whichever hour is the worst. */
export type Hour = number | "week" | "worst";

/** How stations with unknown hours count in the figure that is shown first. */
export type Reading = "unknown_closed" | "unknown_open";

export interface Question {
  /** Code of a city, district or street; null: the first city there is. */
  readonly area: string | null;
  /** Kinds counted together; none: all. */
  readonly kinds: readonly string[];
  /** The limit on foot: "15min", "800m". */
  readonly within: string;
  readonly model: "straight" | "walk";
  /** Demand layer; null: the service's own choice. */
  readonly layer: string | null;
  /** The Monday that the week begins with, "2026-11-23". */
  readonly monday: string;
  readonly hour: Hour;
  readonly reading: Reading;
  readonly trials: readonly Trial[];
}

export const HOURS_OF_A_DAY = 24;
export const HOURS_OF_A_WEEK = 7 * HOURS_OF_A_DAY;
export const ROUND_THE_CLOCK = "24/7";
const WITHIN = "15min";
const READING = "unknown_closed";

/** The question that an address asks; what is missing or makes no sense is as it is at first. */
export function read(fragment: string, today: string): Question {
  const told = new URLSearchParams(fragment.replace(/^#/, ""));
  const week = told.get("week") ?? "";
  return {
    area: told.get("area") || null,
    kinds: (told.get("kinds") ?? "").split(",").filter(Boolean),
    within: parseWithin(told.get("within") ?? "") ?? WITHIN,
    model: told.get("model") === "walk" ? "walk" : "straight",
    layer: told.get("demand") || null,
    monday: mondayOf(isDate(week) ? week : today),
    hour: readHour(told.get("hour")),
    reading: told.get("unknown") === "open" ? "unknown_open" : READING,
    trials: told.getAll("try").flatMap(readTrial),
  };
}

/** The address of a question, from its `#` on. */
export function write(question: Question): string {
  const told = new URLSearchParams();
  if (question.area) told.set("area", question.area);
  if (question.kinds.length) told.set("kinds", question.kinds.join(","));
  if (question.within !== WITHIN) told.set("within", question.within);
  if (question.model !== "straight") told.set("model", question.model);
  if (question.layer) told.set("demand", question.layer);
  told.set("week", question.monday);
  if (question.hour !== "worst") told.set("hour", String(question.hour));
  if (question.reading !== READING) told.set("unknown", "open");
  for (const one of question.trials) {
    const place = one.kind === "add" ? `${one.lon},${one.lat}` : one.id;
    told.append("try", `${one.kind}:${place}:${one.hours}`);
  }
  return `#${told}`;
}

/** "15min" or "800m" as the service reads it; null for anything else. */
export function parseWithin(text: string): string | null {
  const found = /^\s*(\d{1,5})\s*(min|m)\s*$/.exec(text);
  return found && Number(found[1]) > 0 ? `${Number(found[1])}${found[2]}` : null;
}

/** The Monday of the week that a date lies in. */
export function mondayOf(date: string): string {
  const day = new Date(`${date}T00:00:00Z`);
  day.setUTCDate(day.getUTCDate() - ((day.getUTCDay() + 6) % 7));
  return day.toISOString().slice(0, 10);
}

/** Today by the clocks of whoever looks. */
export function today(): string {
  const now = new Date();
  return new Date(now.getTime() - now.getTimezoneOffset() * 60_000).toISOString().slice(0, 10);
}

/** So many days after a date. */
export function daysAfter(date: string, days: number): string {
  const day = new Date(`${date}T00:00:00Z`);
  day.setUTCDate(day.getUTCDate() + days);
  return day.toISOString().slice(0, 10);
}

/** Whether two trials are about the same thing: only one of them can hold. */
export function same(one: Trial, other: Trial): boolean {
  if (one.kind === "add") return other.kind === "add" && one.lon === other.lon && one.lat === other.lat;
  return other.kind === "hours" && one.id === other.id;
}

/** A station's hours with more added, as OpenStreetMap writes them: what it had stays as it was. */
export function withMore(osm: string | null, more: string): string {
  const added = more.split(";").map((rule) => rule.trim());
  if (!osm || added.includes(ROUND_THE_CLOCK)) return added.join(", ");
  return [osm, ...added].join(", ");
}

/** The body of a what-if with these trials. */
export function changesOf(trials: readonly Trial[]): {
  add: { lon: number; lat: number; hours: string }[];
  change_hours: { id: string; hours: string }[];
} {
  return {
    add: trials.flatMap((one) =>
      one.kind === "add" ? [{ lon: one.lon, lat: one.lat, hours: one.hours }] : [],
    ),
    change_hours: trials.flatMap((one) => (one.kind === "hours" ? [{ id: one.id, hours: one.hours }] : [])),
  };
}

function readHour(text: string | null): Hour {
  if (text === "week") return "week";
  const hour = Number(text ?? NaN);
  return text && Number.isInteger(hour) && hour >= 0 && hour < HOURS_OF_A_WEEK ? hour : "worst";
}

function readTrial(text: string): Trial[] {
  const found = /^(add|hours):([^:]+):(.+)$/s.exec(text);
  if (!found) return [];
  const [, kind, place, hours] = found as unknown as [string, string, string, string];
  if (kind === "hours") return /^[1-9]\d{0,17}$/.test(place) ? [{ kind, id: place, hours }] : [];
  const [lon, lat, ...rest] = place.split(",").map(Number);
  const there = rest.length === 0 && Math.abs(lon ?? Infinity) <= 180 && Math.abs(lat ?? Infinity) <= 90;
  return there ? [{ kind: "add", lon: lon!, lat: lat!, hours }] : [];
}

function isDate(text: string): boolean {
  // the years that the service takes
  return /^(19[89]\d|20\d\d)-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(`${text}T00:00:00Z`));
}

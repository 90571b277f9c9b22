/** Figures of an answer at an hour, in both readings of unknown hours, and as people say them. */
import type { Schemas } from "../api/client.ts";
import { locale, percent } from "../ui/format.ts";
import { say } from "../ui/language.svelte.ts";
import type { Reading } from "./question.ts";

/** A figure with unknown hours counted closed, and counted open: the truth lies between. */
export type Range = Readonly<Record<Reading, number | null>>;

export interface Figures {
  readonly total: number;
  /** Weight without an open station within reach, and its share of 1. */
  readonly uncovered: Range;
  readonly share: Range;
  /** Metres walked to the nearest open station: on average, and for nine in ten at most. */
  readonly mean_m: Range;
  readonly p90_m: Range;
}

type Both = Pick<Schemas["DistrictMeasures"], "total" | "unknown_closed" | "unknown_open">;
type Value = number | null | undefined | readonly (number | null)[];
const READINGS = ["unknown_closed", "unknown_open"] as const;

/** The figures at an hour of the week, or averaged over it. */
export function figuresOf(both: Both, hour: number | "week"): Figures {
  const range = (figure: (measures: Schemas["Measures"]) => Value): Range => {
    const [closed, open] = READINGS.map((reading) => valueAt(figure(both[reading]), hour));
    return { unknown_closed: closed ?? null, unknown_open: open ?? null };
  };
  const covered = range((one) => one.share);
  return {
    total: both.total,
    uncovered: range((one) => one.uncovered),
    share: { unknown_closed: rest(covered.unknown_closed), unknown_open: rest(covered.unknown_open) },
    mean_m: range((one) => one.mean_distance_m),
    p90_m: range((one) => one.p90_distance_m),
  };
}

/** The share without an open station at each hour of the week. */
export function weekOf(both: Both, reading: Reading): (number | null)[] {
  const share = both[reading].share;
  return Array.isArray(share) ? share.map(rest) : [];
}

/** One more than the other, null where either is not known. */
export function difference(after: number | null, before: number | null): number | null {
  return after === null || before === null ? null : after - before;
}

function valueAt(value: Value, hour: number | "week"): number | null {
  if (value === undefined || value === null || typeof value === "number") return value ?? null;
  if (hour !== "week") return value[hour] ?? null;
  const known = value.filter((one) => one !== null);
  return known.length ? known.reduce((sum, one) => sum + one, 0) / known.length : null;
}

function rest(share: number | null): number | null {
  return share === null ? null : Math.max(0, 1 - share);
}

/** "982万", "9.82 million": three digits are what a room can hold. */
export function weight(value: number): string {
  return compact(value, say("short", "long") as "short" | "long");
}

/** "982万", "9.82M": for a column of a table. */
export function brief(value: number): string {
  return compact(value, "short");
}

function compact(value: number, compactDisplay: "short" | "long"): string {
  if (value !== 0 && Math.abs(value) < 100)
    return new Intl.NumberFormat(locale(), { maximumSignificantDigits: 3 }).format(value);
  return new Intl.NumberFormat(locale(), {
    notation: "compact",
    compactDisplay,
    maximumSignificantDigits: 3,
  }).format(value);
}

/** The same with its sign, of a difference. */
export function signed(value: number, words: (value: number) => string = weight): string {
  if (value === 0) return say("不变", "no change");
  return `${value > 0 ? "+" : "−"}${words(Math.abs(value))}`;
}

/** Percentage points with their sign. */
export function points(value: number): string {
  const said = Math.abs(value * 100).toFixed(1);
  return `${value > 0 ? "+" : value < 0 ? "−" : "±"}${said} ${say("个百分点", "points")}`;
}

/** "768万至982万", or one figure where both readings say the same. */
export function ranged(range: Range, words: (value: number) => string): string {
  const known = READINGS.map((reading) => range[reading]).filter((one) => one !== null);
  if (!known.length) return say("无法计算", "not known");
  const [low, high] = [Math.min(...known), Math.max(...known)].map(words) as [string, string];
  return low === high ? low : say(`${low}至${high}`, `${low} to ${high}`);
}

/** Whether it makes a difference how unknown hours are counted. */
export function isRange(range: Range): boolean {
  return range.unknown_closed !== range.unknown_open;
}

export function share(value: number): string {
  return percent(value, 1);
}

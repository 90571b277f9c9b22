/** The coming days of a station as a table: what is open each day, and what kind of day it is. */
import type { StationHours } from "./types.ts";
import { clockOf, dateOf, wall } from "./times.ts";

export interface Stretch {
  /** "09:00" */
  from: string;
  /** "17:00"; "24:00" at the end of the day */
  to: string;
  /** It goes on into the small hours of the next day. */
  nextDay: boolean;
  unknown: boolean;
}

export interface Day {
  /** "2026-11-24" */
  date: string;
  stretches: Stretch[];
  allDay: boolean;
  special: StationHours["special_days"][number] | null;
}

const DAY_MS = 86_400_000;
// what began the evening before belongs to that evening until here
const NIGHT_ENDS_MS = 12 * 3_600_000;

/**
 * A row for each day from the hours' start to their end. What runs past midnight is told with the day on which it
 * begins, "22:00–06:00", as on the notice at the door; what lasts longer is cut at midnight.
 */
export function comingDays(hours: StationHours): Day[] {
  const first = Date.parse(dateOf(wall(hours.starts_at)));
  const end = wall(hours.ends_at);
  const spans = hours.intervals.map((one) => ({
    start: wall(one.starts_at),
    end: wall(one.ends_at),
    unknown: one.state === "unknown",
  }));
  const days: Day[] = [];
  for (let start = first; start < end; start += DAY_MS) {
    const next = start + DAY_MS;
    const date = dateOf(start);
    const stretches: Stretch[] = [];
    let allDay = false;
    for (const span of spans) {
      if (span.end <= start || span.start >= next) continue;
      // told with yesterday
      if (isNight(span, start, first)) continue;
      const from = Math.max(span.start, start);
      const past = span.end > next;
      const nextDay = past && span.start >= start && span.end <= next + NIGHT_ENDS_MS && span.start > start;
      const to = nextDay ? span.end : Math.min(span.end, next);
      allDay ||= from === start && to === next && !span.unknown;
      stretches.push({
        from: clockOf(from),
        to: to === next ? "24:00" : clockOf(to),
        nextDay,
        unknown: span.unknown,
      });
    }
    days.push({
      date,
      stretches,
      allDay,
      special: hours.special_days.find((one) => one.date === date) ?? null,
    });
  }
  return days;
}

/** Whether at the start of a day it is the rest of a night that the day before has told. */
function isNight(span: { start: number; end: number }, start: number, first: number): boolean {
  const dayBefore = start - DAY_MS;
  return start > first && span.start > dayBefore && span.start < start && span.end <= start + NIGHT_ENDS_MS;
}

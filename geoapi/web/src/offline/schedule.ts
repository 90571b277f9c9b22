/** What is open when: the intervals of a schedule that the service worked out, and what holds at an instant. */
import type { ScheduleRow, Step } from "./format.ts";
import { MINUTE, type Instant } from "./instants.ts";

export type Reason = "rule" | "holiday" | "exception" | "override" | "unstated";
export type State = "open" | "unknown";

const REASONS: readonly Reason[] = ["rule", "holiday", "exception", "override", "unstated"];

/** A stretch of time, half-open, in which a place is open or may be; closed is what no interval covers. */
export interface Interval {
  start: Instant;
  end: Instant;
  state: State;
  reason: Reason;
  /** From when each of several reasons holds. */
  parts: readonly (readonly [since: Instant, reason: Reason])[];
}

/** Disjoint intervals in order, and the stretches of another reason than "rule" when it is closed. */
export interface Schedule {
  intervals: readonly Interval[];
  closed: readonly (readonly [start: Instant, end: Instant, reason: Reason])[];
}

export const NEVER: Schedule = { intervals: [], closed: [] };

/** A schedule as the pack has it; `start` is the window's. */
export function readSchedule([, steps, tags, parts, closed]: ScheduleRow, start: Instant): Schedule {
  const intervals: Interval[] = [];
  let at = start;
  for (let i = 0; i < steps.length; i += 2) {
    const from = at + microseconds(steps[i]!);
    at = from + microseconds(steps[i + 1]!);
    const tag = typeof tags === "number" ? tags : tags[i / 2]!;
    const state = tag >= REASONS.length ? "unknown" : "open";
    intervals.push({ start: from, end: at, state, reason: REASONS[tag % REASONS.length]!, parts: [] });
  }
  for (const [number, ...several] of parts) {
    const interval = intervals[number]!;
    interval.parts = several.map(([since, why]) => [interval.start + microseconds(since), REASONS[why]!]);
  }
  return {
    intervals,
    closed: closed.map(([from, length, why]) => {
      const begin = start + microseconds(from);
      return [begin, begin + microseconds(length), REASONS[why]!];
    }),
  };
}

function microseconds(step: Step): number {
  return typeof step === "number" ? step * MINUTE : Number(step);
}

/** The first interval of a state that ends after an instant. */
export function firstEndingAfter(schedule: Schedule, state: State, at: Instant): Interval | null {
  return schedule.intervals.find((one) => one.end > at && one.state === state) ?? null;
}

/** The interval that an instant lies in. */
export function intervalAt(schedule: Schedule, at: Instant): Interval | null {
  return schedule.intervals.find((one) => one.start <= at && at < one.end) ?? null;
}

/** Whether it can be in a state at any instant of [first, last]. */
export function mayBe(schedule: Schedule, state: State, first: Instant, last: Instant): boolean {
  return schedule.intervals.some((one) => one.state === state && one.end > first && one.start <= last);
}

/** The interval in which it is open from `arrival` on, for `stay` at least. */
export function openFor(schedule: Schedule, arrival: Instant, stay: number): Interval | null {
  const one = firstEndingAfter(schedule, "open", arrival);
  return one && one.start <= arrival && one.end >= arrival + stay ? one : null;
}

/** The interval that makes it unknown, where all of the stay is open or unknown and some of it unknown. */
export function unknownFor(schedule: Schedule, arrival: Instant, stay: number): Interval | null {
  const one = firstEndingAfter(schedule, "unknown", arrival);
  const until = arrival + stay;
  if (!one || one.start > until || (one.start === until && stay > 0)) return null;
  if (one.start <= arrival && one.end >= until) return one;
  let covered = arrival;
  for (const piece of schedule.intervals) {
    if (piece.end <= covered) continue;
    if (piece.start > covered) break;
    covered = piece.end;
  }
  return covered >= until ? one : null;
}

/** Why an interval's state is what it is at an instant. */
export function reasonAt(interval: Interval, at: Instant): Reason {
  let reason = interval.reason;
  for (const [since, why] of interval.parts) if (since <= at) reason = why;
  return reason;
}

/** Why it is closed at an instant, given that it is. */
export function closedReason(schedule: Schedule, at: Instant): Reason {
  return schedule.closed.find(([start, end]) => start <= at && at < end)?.[2] ?? "rule";
}

/**
 * Times as the clocks at the stations show them.
 *
 * Answers carry their offset ("2026-11-24T20:00:00+08:00") and are read as they stand, whatever zone the phone is
 * in. What somebody types has no offset: it is taken to mean the one zone that all of China keeps.
 */
import { day } from "../ui/format.ts";
import { say } from "../ui/language.svelte.ts";

const OFFSET = "+08:00";
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** The wall clock of an answer's time, as milliseconds that can be counted with. */
export function wall(time: string): number {
  return Date.parse(`${time.slice(0, 19)}Z`);
}

/** The wall clock of a moment in a time zone given as the end of an answer's time: "+08:00", "Z". */
export function wallOf(moment: Date, offset: string = OFFSET): number {
  const [, sign, hours, minutes] = /([+-])(\d\d):(\d\d)$/.exec(offset) ?? [];
  const shift = sign ? (Number(hours) * 60 + Number(minutes)) * (sign === "-" ? -1 : 1) : 0;
  return moment.getTime() + shift * MINUTE_MS;
}

/** "2026-11-24" of a wall clock. */
export function dateOf(wallMs: number): string {
  return new Date(wallMs).toISOString().slice(0, 10);
}

/** "20:00" of a wall clock. */
export function clockOf(wallMs: number): string {
  return new Date(wallMs).toISOString().slice(11, 16);
}

/** The first moment of the day of a moment, at the stations, and of the day so many days on. */
export function midnight(moment: Date, days = 0): string {
  return `${dateOf(wallOf(moment) + days * DAY_MS)}T00:00:00${OFFSET}`;
}

/** A moment as answers write times. */
export function written(moment: Date): string {
  return `${new Date(wallOf(moment)).toISOString().slice(0, 19)}${OFFSET}`;
}

/** What `<input type="datetime-local">` holds, as a moment; null where it holds none. */
export function typed(local: string): Date | null {
  const moment = new Date(`${local.slice(0, 16)}:00${OFFSET}`);
  return Number.isNaN(moment.getTime()) ? null : moment;
}

/** The same for the other way: what such a field is to show. */
export function typable(moment: Date): string {
  return new Date(wallOf(moment)).toISOString().slice(0, 16);
}

/** Whole minutes from one moment to an answer's time, rounded down; below zero when it is past. */
export function minutesUntil(time: string, from: Date): number {
  return Math.floor((Date.parse(time) - from.getTime()) / MINUTE_MS);
}

/**
 * An answer's time as people say it at a moment: "20:00", "明天 08:00", "11月26日周四 08:00". The end of a day is
 * its 24:00 where something ends then.
 */
export function spoken(time: string, asOf: Date, { end = false }: { end?: boolean } = {}): string {
  let at = wall(time);
  let clock = clockOf(at);
  if (end && clock === "00:00") {
    at -= MINUTE_MS;
    clock = "24:00";
  }
  const offset = /(?:Z|[+-]\d\d:\d\d)$/.exec(time)?.[0] ?? OFFSET;
  const today = dateOf(wallOf(asOf, offset));
  const days = Math.round((Date.parse(dateOf(at)) - Date.parse(today)) / DAY_MS);
  if (days === 0) return clock;
  if (days === 1) return say(`明天 ${clock}`, `${clock} tomorrow`);
  return say(`${day(dateOf(at))} ${clock}`, `${clock} on ${day(dateOf(at))}`);
}

/**
 * Instants as whole microseconds since 1970 (the service's own measure; a double holds them exactly), read
 * from and written as ISO 8601.
 */

/** Microseconds since 1970 UTC. */
export type Instant = number;

export const SECOND: Instant = 1_000_000;
export const MINUTE: Instant = 60 * SECOND;
export const DAY: Instant = 1440 * MINUTE;

const ISO =
  /^(\d{4})-(\d\d)-(\d\d)[Tt _](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s*(?:[Zz]|([+-])(\d\d):?(\d\d)?)$/;

/** A time with its offset in seconds; null for what is none, or has no offset. */
export function parseInstant(text: string): { at: Instant; offset: number } | null {
  const found = ISO.exec(text.trim());
  if (!found) return null;
  const [, year, month, day, hour, minute, second = "0", fraction = "", sign, hours = "0", minutes = "0"] =
    found;
  const [y, m, d, h, min, s] = [year, month, day, hour, minute, second].map(Number) as [
    number, number, number, number, number, number,
  ]; // prettier-ignore
  const midnight = new Date(Date.UTC(y, m - 1, d));
  if (midnight.getUTCMonth() !== m - 1 || midnight.getUTCDate() !== d || h > 23 || min > 59 || s > 59)
    return null;
  const offset = (sign === "-" ? -1 : 1) * (Number(hours) * 3600 + Number(minutes) * 60);
  const seconds = midnight.getTime() / 1000 + h * 3600 + min * 60 + s - offset;
  return { at: seconds * SECOND + Number(fraction.padEnd(6, "0").slice(0, 6)), offset };
}

/** The instant of a text that is known to be one. */
export function instantOf(text: string): Instant {
  const parsed = parseInstant(text);
  if (!parsed) throw new Error(`not a time: ${text}`);
  return parsed.at;
}

/** ISO 8601 with an offset in seconds, fractions only where there are any: as the service writes it. */
export function formatInstant(at: Instant, offset: number): string {
  const local = at + offset * SECOND;
  const whole = Math.floor(local / SECOND);
  const rest = local - whole * SECOND;
  const fraction = rest ? `.${String(rest).padStart(6, "0")}` : "";
  const minutes = Math.abs(Math.trunc(offset / 60));
  const sign = offset < 0 ? "-" : "+";
  const zone = `${sign}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
  return `${new Date(whole * 1000).toISOString().slice(0, 19)}${fraction}${zone}`;
}

/** The day of the calendar that an instant falls on where the offset holds, as an ISO date. */
export function dayOf(at: Instant, offset: number): string {
  return new Date(Math.floor((at + offset * SECOND) / 1000)).toISOString().slice(0, 10);
}

function two(number: number): string {
  return String(number).padStart(2, "0");
}

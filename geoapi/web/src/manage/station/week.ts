/** The table of a week: spans of time as people pick them. No DOM. */

export type Week = string[][];

export interface Times {
  from: string;
  to: string;
}

/** "22:00-02:00" as two times of a clock. */
export function timesOf(span: string): Times {
  const [from = "", to = ""] = span.split("-");
  return { from, to };
}

/** "8", "830", "8：30", "8点" as people type them → "08:00", "08:30"; as it stands where it is no time. */
export function timeTyped(text: string): string {
  const plain = text
    .normalize("NFKC")
    .trim()
    .replace(/[点时.]/g, ":")
    .replace(/[分:]$/, "");
  const found = /^(\d{1,2})(?::(\d{1,2}))?$/.exec(plain) ?? /^(\d{1,2})(\d{2})$/.exec(plain.replace(":", ""));
  if (!found) return text.trim();
  return `${found[1]!.padStart(2, "0")}:${(found[2] ?? "00").padStart(2, "0")}`;
}

/** The span of two times; an end at midnight is the end of the day. */
export function spanOf({ from, to }: Times): string {
  return `${from}-${to === "00:00" ? "24:00" : to}`;
}

/** Whether it ends on the next day. */
export function isPastMidnight(span: string): boolean {
  const { from, to } = timesOf(span);
  return from !== "" && to !== "" && to !== "00:00" && to <= from;
}

export function isWholeDay(span: string): boolean {
  return span === "00:00-24:00";
}

/** The week with a day changed; the week itself stays as it is. */
export function withDay(week: Week, day: number, spans: string[]): Week {
  return week.map((was, n) => (n === day ? spans : was));
}

/** The hours of `day` for these days too. */
export function copied(week: Week, day: number, to: readonly number[]): Week {
  return week.map((was, n) => (to.includes(n) ? [...(week[day] ?? [])] : was));
}

/** A span to begin with: after the last of the day, else usual hours. */
export function nextSpan(spans: readonly string[]): string {
  const last = spans.at(-1);
  if (!last) return "09:00-18:00";
  const { to } = timesOf(last);
  const hour = Number(to.slice(0, 2));
  if (isPastMidnight(last) || !to || hour === 0 || hour > 21) return "09:00-18:00";
  const two = (number: number): string => String(number).padStart(2, "0");
  return `${two(hour + 1)}:00-${two(Math.min(hour + 3, 23))}:00`;
}

export const WORKWEEK: readonly number[] = [0, 1, 2, 3, 4];
export const WEEKEND: readonly number[] = [5, 6];
export const EVERY_DAY: readonly number[] = [0, 1, 2, 3, 4, 5, 6];

/** Distances, minutes and times of day as people say them. */
import { language, say } from "./language.svelte.ts";

/** "850 米", "1.2 公里"; `metres` on the ground. */
export function distance(metres: number): string {
  if (metres < 995) return say(`${round(metres, 10)} 米`, `${round(metres, 10)} m`);
  const km = metres < 9_950 ? (metres / 1000).toFixed(1) : Math.round(metres / 1000).toString();
  return say(`${km} 公里`, `${km} km`);
}

/** "约 4 分钟" on foot. */
export function walk(minutes: number): string {
  return say(`步行约 ${minutes} 分钟`, `${minutes} min walk`);
}

/** The wall clock of a time as the service writes it, "2026-11-24T20:00:00+08:00": the station's own, "20:00". */
export function clock(time: string): string {
  return time.slice(11, 16);
}

/** The station's own date of such a time, "2026-11-24". */
export function localDate(time: string): string {
  return time.slice(0, 10);
}

/** "11月24日 周二" or "Tue 24 Nov", of a date as "2026-11-24". */
export function day(date: string): string {
  const options: Intl.DateTimeFormatOptions = {
    timeZone: "UTC",
    month: "short",
    day: "numeric",
    weekday: "short",
  };
  return new Intl.DateTimeFormat(locale(), options).format(new Date(`${date}T00:00:00Z`));
}

/** Whole numbers with the separators of the language. */
export function count(number: number): string {
  return new Intl.NumberFormat(locale(), { maximumFractionDigits: 0 }).format(number);
}

/** A share of 1 as per cent, with `digits` after the point. */
export function percent(share: number, digits = 1): string {
  return new Intl.NumberFormat(locale(), {
    style: "percent",
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(share);
}

export function locale(): string {
  return language.current === "en" ? "en-GB" : "zh-CN";
}

function round(value: number, step: number): number {
  return Math.max(Math.round(value / step) * step, step);
}

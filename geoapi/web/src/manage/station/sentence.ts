/** What workers see of a station, in one sentence with what comes next. */
import type { Schemas } from "../../api/client.ts";
import { clock, day, localDate } from "../../ui/format.ts";
import { say } from "../../ui/language.svelte.ts";

/** "现在开放，20:00 关门", "现在关门（设备检修），明天 08:30 开门"; times are the station's own. */
export function nowSentence(now: Schemas["NowState"], retired = false): string {
  if (retired) return say("已停用，工人看不到", "Retired: workers do not see it");
  const when = now.changes_at ? timeFrom(now.at, now.changes_at) : "";
  const why = now.notice ? say(`（${now.notice}）`, ` (${now.notice})`) : "";
  switch (now.open_state) {
    case "open":
      return when
        ? say(`现在开放${why}，到 ${when}`, `Open now${why}, until ${when}`)
        : say(`现在开放${why}`, `Open now${why}`);
    case "closed":
      return when
        ? say(`现在关门${why}，${when} 开门`, `Closed now${why}, opens ${when}`)
        : say(`现在关门${why}`, `Closed now${why}`);
    case "unknown":
      return say(`现在是否开放不确定${why}`, `Not sure whether it is open now${why}`);
  }
}

/** "20:00", "明天 08:30", "11月26日周四 08:30": as seen at `at`. */
export function timeFrom(at: string, time: string): string {
  const date = localDate(time);
  if (date === localDate(at)) return clock(time);
  if (date === dateAfter(localDate(at), 1)) return say(`明天 ${clock(time)}`, `tomorrow ${clock(time)}`);
  return `${day(date)} ${clock(time)}`;
}

/** The end of a stretch: midnight is the end of the day before, "24:00". */
export function endFrom(at: string, time: string): string {
  if (clock(time) !== "00:00") return timeFrom(at, time);
  const date = dateAfter(localDate(time), -1);
  if (date === localDate(at)) return say("今天结束", "the end of today");
  if (date === dateAfter(localDate(at), 1)) return say("明天结束", "the end of tomorrow");
  return say(`${day(date)}结束`, `the end of ${day(date)}`);
}

/** A date so many days later, "2026-11-25". */
export function dateAfter(date: string, days: number): string {
  const later = new Date(`${date}T00:00:00Z`);
  later.setUTCDate(later.getUTCDate() + days);
  return later.toISOString().slice(0, 10);
}

/** Today at a place of this time zone. */
export function todayIn(zone: string): string {
  return new Intl.DateTimeFormat("en-CA", { timeZone: zone, dateStyle: "short" }).format(new Date());
}

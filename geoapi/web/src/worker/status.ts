/** How a station stands, in the fewest words, and how urgent that is. */
import { say } from "../ui/language.svelte.ts";
import { minutesUntil, spoken } from "./times.ts";
import type { Nearby } from "./types.ts";

export type Tone = "open" | "soon" | "closed" | "unknown";

export interface Status {
  tone: Tone;
  text: string;
  /** Why it is so, where that is not simply its hours. */
  why: string | null;
}

/** From how many minutes before its end a station is said to close soon. */
export const SOON_MINUTES = 60;

/** Whether a station that is open now will have closed when somebody who sets out at `asOf` gets there. */
export function closesOnTheWay(station: Way, asOf: Date): boolean {
  if (station.open_state !== "open" || station.closes_at === null || station.walk_minutes === null)
    return false;
  const left = minutesUntil(station.closes_at, asOf);
  return left >= 0 && left < station.walk_minutes;
}

type Way = Pick<Nearby, "open_state" | "closes_at" | "walk_minutes">;
type Standing = Pick<Nearby, "open_state" | "open_reason" | "closes_at" | "opens_at">;

/** How it stands for somebody who goes by the clock `asOf`: now, or the later time that was asked about. */
export function statusOf(station: Standing, asOf: Date): Status {
  return { ...toneAndText(station, asOf), why: whyOf(station) };
}

function toneAndText(station: Standing, asOf: Date): { tone: Tone; text: string } {
  if (station.open_state === "unknown") {
    return { tone: "unknown", text: say("不确定是否开放", "May be open or closed") };
  }
  if (station.open_state === "closed") {
    const opens = station.opens_at ? spoken(station.opens_at, asOf) : null;
    return {
      tone: "closed",
      text: opens ? say(`已关门 · ${opens} 开门`, `Closed · opens ${opens}`) : say("关闭中", "Closed"),
    };
  }
  if (station.closes_at === null) return { tone: "open", text: say("24 小时开放", "Open 24 hours") };
  const left = minutesUntil(station.closes_at, asOf);
  if (left < 0) return { tone: "closed", text: say("已关门", "Closed by now") };
  if (left < 1) return { tone: "soon", text: say("马上关门", "Closing now") };
  if (left <= SOON_MINUTES) return { tone: "soon", text: say(`${left} 分钟后关门`, `Closes in ${left} min`) };
  const until = spoken(station.closes_at, asOf, { end: true });
  return { tone: "open", text: say(`营业至 ${until}`, `Open until ${until}`) };
}

function whyOf(station: Standing): string | null {
  if (station.open_reason === "override" && station.open_state === "open")
    return say("应急延长开放", "Emergency opening hours");
  if (station.open_reason === "exception" && station.open_state === "open")
    return say("临时开放", "Opened specially");
  if (station.open_reason === "exception" && station.open_state === "closed")
    return say("临时关闭", "Closed specially");
  if (station.open_reason === "holiday" && station.open_state === "closed")
    return say("节假日", "Public holiday");
  if (station.open_reason === "holiday" && station.open_state === "unknown")
    return say("没有说明节假日是否开放", "It does not say whether it opens on holidays");
  if (station.open_state === "unknown")
    return say("没有说明开放时间，或说得不清楚", "Its hours are not stated, or not clearly");
  return null;
}

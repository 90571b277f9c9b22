/** Hours of a week as people say them. */
import { day } from "../ui/format.ts";
import { language, say } from "../ui/language.svelte.ts";
import { daysAfter, HOURS_OF_A_DAY } from "./question.ts";

const DAYS = {
  zh: ["周一", "周二", "周三", "周四", "周五", "周六", "周日"],
  en: ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
};

/** "周二"; 0 is Monday. */
export function weekday(index: number): string {
  return DAYS[language.current][index] ?? "";
}

/** "03:00" of an hour of the week. */
export function clockOf(hour: number): string {
  return `${String(hour % HOURS_OF_A_DAY).padStart(2, "0")}:00`;
}

/** "11月24日周二 03:00" of an hour of the week that begins on a Monday. */
export function moment(monday: string, hour: number): string {
  return `${day(daysAfter(monday, Math.floor(hour / HOURS_OF_A_DAY)))} ${clockOf(hour)}`;
}

/** "11月23日至29日" of that week. */
export function weekSaid(monday: string): string {
  return say(
    `${day(monday)} 至 ${day(daysAfter(monday, 6))}`,
    `${day(monday)} to ${day(daysAfter(monday, 6))}`,
  );
}

const WORDS: Readonly<Record<string, string>> = {
  Mo: "周一",
  Tu: "周二",
  We: "周三",
  Th: "周四",
  Fr: "周五",
  Sa: "周六",
  Su: "周日",
  PH: "节假日",
  off: "休息",
};

/** Hours as the service writes them, "Mo-Fr 00:00-09:00", as they are said: "周一至周五 00:00-09:00". */
export function hoursSaid(osm: string, lang: "zh" | "en"): string {
  if (osm === "24/7") return say("全天", "round the clock");
  if (lang === "en") return osm.replaceAll(/\bMo-Su\b/g, "daily");
  return osm
    .replaceAll(/\bMo-Su\b/g, "每天")
    .replaceAll(
      /\b(Mo|Tu|We|Th|Fr|Sa|Su|PH)-(Mo|Tu|We|Th|Fr|Sa|Su|PH)\b/g,
      (_, a: string, b: string) => `${WORDS[a]}至${WORDS[b]}`,
    )
    .replaceAll(/\b(Mo|Tu|We|Th|Fr|Sa|Su|PH|off)\b/g, (word) => WORDS[word] ?? word)
    .replaceAll(/;\s*/g, "；");
}

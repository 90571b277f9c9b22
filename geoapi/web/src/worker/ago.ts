/** How old something is, as people say it: "刚刚", "3 小时前", "2 days ago". */
import { say } from "../ui/language.svelte.ts";

const HOUR = 60;
const DAY = 24 * HOUR;

export function ago(since: Date, now: Date): string {
  const minutes = Math.max(0, Math.floor((now.getTime() - since.getTime()) / 60_000));
  if (minutes < 2) return say("刚刚更新", "updated just now");
  if (minutes < HOUR) return say(`${minutes} 分钟前更新`, `updated ${minutes} min ago`);
  const hours = Math.floor(minutes / HOUR);
  if (minutes < 2 * DAY) return say(`${hours} 小时前更新`, `updated ${hours} h ago`);
  return say(`${Math.floor(minutes / DAY)} 天前更新`, `updated ${Math.floor(minutes / DAY)} days ago`);
}

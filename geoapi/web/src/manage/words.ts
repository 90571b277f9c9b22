/** Words that several places of this page need. */
import type { Schemas } from "../api/client.ts";
import { locale } from "../ui/format.ts";
import { say } from "../ui/language.svelte.ts";

export function roleName(role: Schemas["Role"]): string {
  return {
    manager: say("站点管理员", "Station manager"),
    district_admin: say("区级管理员", "District administrator"),
    city_admin: say("市级管理员", "City administrator"),
    auditor: say("审计员", "Auditor"),
  }[role];
}

/** What asks for attention, in a few words for a filter. */
export function attentionName(code: string): string {
  const names: Record<string, string> = {
    reports: say("有工人反映", "Reported by workers"),
    import_conflict: say("与导入不一致", "Differs from an import"),
    pending_move: say("搬迁待批准", "Move waits"),
    planned_lapsed: say("预定的修改未生效", "Planned change failed"),
    outage_overdue: say("维修已到期", "Repair overdue"),
    closure_ending: say("关闭即将结束", "Closure ends soon"),
    unknown_hours: say("开放时间未知", "Hours unknown"),
    never_verified: say("从未核实", "Never confirmed"),
    not_verified_lately: say("很久没核实", "Not confirmed lately"),
    partly_read_hours: say("时间只读懂一部分", "Hours partly understood"),
    closed_now: say("临时关闭中", "Closed for a time"),
    planned: say("有预定的修改", "Change planned"),
    retired: say("已停用", "Retired"),
  };
  return names[code] ?? code;
}

/** "11月24日 14:05", in the zone of the device: of when somebody did something. */
export function moment(time: string): string {
  return new Intl.DateTimeFormat(locale(), {
    month: "short",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    hour12: false,
    ...(new Date(time).getFullYear() === new Date().getFullYear() ? {} : { year: "numeric" }),
  }).format(new Date(time));
}

export const WEEKDAYS: readonly (readonly [string, string])[] = [
  ["周一", "Mon"],
  ["周二", "Tue"],
  ["周三", "Wed"],
  ["周四", "Thu"],
  ["周五", "Fri"],
  ["周六", "Sat"],
  ["周日", "Sun"],
];

export function weekday(index: number): string {
  const [zh, en] = WEEKDAYS[index] ?? ["", ""];
  return say(zh, en);
}

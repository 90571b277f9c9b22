/** What a browser calls itself, as people would. */
import { say } from "../../ui/language.svelte.ts";

export function deviceName(agent: string | null): string {
  if (!agent) return say("未知设备", "Unknown device");
  const system = [
    ["Android", "Android"],
    ["iPhone|iPad", "iOS"],
    ["Windows", "Windows"],
    ["Mac OS X", "macOS"],
    ["Linux", "Linux"],
  ].find(([pattern]) => new RegExp(pattern!).test(agent))?.[1];
  const browser = [
    ["MicroMessenger", say("微信", "WeChat")],
    ["Edg", "Edge"],
    ["Firefox", "Firefox"],
    ["Chrome", "Chrome"],
    ["Safari", "Safari"],
  ].find(([pattern]) => new RegExp(pattern!).test(agent))?.[1];
  return [browser, system].filter(Boolean).join(say("，", ", ")) || agent.slice(0, 40);
}

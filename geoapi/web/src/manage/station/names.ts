/** Names of a station's fields, and their values in words. */
import { say } from "../../ui/language.svelte.ts";
import { catalog } from "../catalog.svelte.ts";

export function fieldName(field: string): string {
  const names: Record<string, string> = {
    hours: say("开放时间", "hours"),
    holiday_policy: say("节假日", "public holidays"),
    amenities: say("设施", "amenities"),
    name: say("名称", "name"),
    name_en: say("英文名称", "English name"),
    phone: say("电话", "telephone"),
    address: say("地址", "address"),
    host_name: say("所在场所", "venue"),
    access: say("谁可进入", "who may enter"),
    description: say("说明", "description"),
    location: say("位置", "position"),
  };
  return names[field] ?? field;
}

/** A value as the service shows it, in words that can be read. */
export function valueWords(field: string, value: unknown): string {
  const nothing = say("（空）", "(nothing)");
  if (value === null || value === undefined || value === "") return nothing;
  if (Array.isArray(value)) {
    const words = value.map((one) => (field === "amenities" ? catalog.amenity(String(one)) : String(one)));
    return words.length ? words.join(say("、", ", ")) : nothing;
  }
  if (field === "holiday_policy" && (value === "as_usual" || value === "closed"))
    return value === "closed" ? say("休息", "closed") : say("照常", "as usual");
  if (typeof value === "object") {
    const { text, lon, lat } = value as { text?: unknown; lon?: unknown; lat?: unknown };
    if (typeof text === "string") return text;
    if (typeof lon === "number" && typeof lat === "number") return `${lon.toFixed(5)}, ${lat.toFixed(5)}`;
    const { state, starts_at, ends_at, note } = value as Record<string, unknown>;
    const parts = [state, starts_at, ends_at, note].filter((one) => typeof one === "string");
    return parts.length ? parts.join(" · ") : nothing;
  }
  return String(value);
}

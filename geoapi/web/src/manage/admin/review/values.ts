/** A value of a station as a person reads it. */
import { say } from "../../../ui/language.svelte.ts";
import { catalog } from "../../catalog.svelte.ts";

export function shownValue(value: unknown): string {
  if (value === null || value === undefined || value === "") return say("（空）", "(empty)");
  if (Array.isArray(value)) {
    if (value.length === 0) return say("（空）", "(empty)");
    return value
      .map((one) => (typeof one === "string" ? catalog.amenity(one) : shownValue(one)))
      .join(say("、", ", "));
  }
  if (typeof value === "object") {
    const object = value as Record<string, unknown>;
    if (typeof object.lon === "number" && typeof object.lat === "number") {
      return `${object.lon.toFixed(5)}, ${object.lat.toFixed(5)}`;
    }
    if ("text" in object) return shownValue(object.text ?? object.osm);
    if ("name" in object) return shownValue(object.name);
    return Object.values(object).map(shownValue).join(say("，", ", "));
  }
  return String(value);
}

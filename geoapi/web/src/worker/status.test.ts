import { afterEach, expect, test } from "vitest";
import { language } from "../ui/language.svelte.ts";
import { closesOnTheWay, statusOf } from "./status.ts";
import type { Nearby } from "./types.ts";

const NOON = new Date("2026-11-24T12:00:00+08:00");
const at = (time: string): string => `2026-11-${time}:00+08:00`;

function standing(change: Partial<Nearby>): Parameters<typeof statusOf>[0] {
  return { open_state: "open", open_reason: "rule", closes_at: null, opens_at: null, ...change };
}

function said(change: Partial<Nearby>, asOf = NOON): [string, string] {
  const { tone, text } = statusOf(standing(change), asOf);
  return [tone, text];
}

afterEach(() => (language.current = "zh"));

test("until when, soon, day and night", () => {
  expect(said({ closes_at: at("24T20:00") })).toEqual(["open", "营业至 20:00"]);
  expect(said({ closes_at: at("25T00:00") })).toEqual(["open", "营业至 24:00"]);
  expect(said({ closes_at: at("25T02:30") })).toEqual(["open", "营业至 明天 02:30"]);
  expect(said({ closes_at: null })).toEqual(["open", "24 小时开放"]);
  expect(said({ closes_at: at("24T13:01") })).toEqual(["open", "营业至 13:01"]);
  expect(said({ closes_at: at("24T13:00") })).toEqual(["soon", "60 分钟后关门"]);
  expect(said({ closes_at: at("24T12:25") })).toEqual(["soon", "25 分钟后关门"]);
  expect(said({ closes_at: at("24T12:00") })).toEqual(["soon", "马上关门"]);
  expect(said({ closes_at: at("24T11:00") })).toEqual(["closed", "已关门"]);
});

test("the same in English", () => {
  language.current = "en";
  expect(said({ closes_at: at("24T20:00") })[1]).toBe("Open until 20:00");
  expect(said({ closes_at: at("24T12:25") })[1]).toBe("Closes in 25 min");
  expect(said({ open_state: "closed", opens_at: at("25T08:00") })[1]).toBe("Closed · opens 08:00 tomorrow");
});

test("who will stand before a closed door is told before they set out", () => {
  const way = (closes: string | null, minutes: number): boolean =>
    closesOnTheWay({ open_state: "open", closes_at: closes, walk_minutes: minutes }, NOON);
  expect(way(at("24T12:10"), 11)).toBe(true);
  expect(way(at("24T12:10"), 10)).toBe(false);
  expect(way(null, 90)).toBe(false);
  // closed by now is said already
  expect(way(at("24T11:59"), 5)).toBe(false);
  expect(closesOnTheWay({ open_state: "unknown", closes_at: at("24T12:01"), walk_minutes: 9 }, NOON)).toBe(
    false,
  );
});

test("closed, and unknown", () => {
  expect(said({ open_state: "closed", opens_at: at("25T08:00") })).toEqual([
    "closed",
    "已关门 · 明天 08:00 开门",
  ]);
  expect(said({ open_state: "closed", opens_at: at("26T08:00") })[1]).toMatch(/11月26日.*08:00 开门/);
  expect(said({ open_state: "closed" })).toEqual(["closed", "关闭中"]);
  expect(said({ open_state: "unknown", open_reason: "unstated" })[0]).toBe("unknown");
  expect(statusOf(standing({ open_state: "unknown", open_reason: "holiday" }), NOON).why).toContain("节假日");
  expect(statusOf(standing({ open_reason: "override" }), NOON).why).toBe("应急延长开放");
});

test("days are the station's own: in a phone that is set to another zone it is today all the same", () => {
  const lateInBeijing = new Date("2026-11-24T17:30:00Z");
  expect(said({ closes_at: at("25T06:00") }, lateInBeijing)).toEqual(["open", "营业至 06:00"]);
});

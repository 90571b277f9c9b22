import { expect, test } from "vitest";
import { comingDays } from "./week.ts";
import type { StationHours } from "./types.ts";

const at = (time: string): string => `2026-${time}:00+08:00`;

function hours(
  spans: [string, string, "open" | "unknown"][],
  special: StationHours["special_days"] = [],
): StationHours {
  return {
    id: "1",
    time_zone: "Asia/Shanghai",
    starts_at: at("11-23T00:00"),
    ends_at: at("11-26T00:00"),
    intervals: spans.map(([from, to, state]) => ({
      starts_at: at(from),
      ends_at: at(to),
      state,
      reason: "rule",
    })),
    special_days: special,
  };
}

const told = (days: ReturnType<typeof comingDays>): string[] =>
  days.map((day) =>
    day.allDay
      ? "24h"
      : day.stretches
          .map((one) => `${one.from}-${one.to}${one.nextDay ? "+" : ""}${one.unknown ? "?" : ""}`)
          .join(" "),
  );

test("a row for each day, closed ones too", () => {
  const days = comingDays(
    hours([
      ["11-23T08:30", "11-23T12:00", "open"],
      ["11-23T13:30", "11-23T17:00", "open"],
      ["11-25T09:00", "11-25T10:00", "unknown"],
    ]),
  );
  expect(days.map((day) => day.date)).toEqual(["2026-11-23", "2026-11-24", "2026-11-25"]);
  expect(told(days)).toEqual(["08:30-12:00 13:30-17:00", "", "09:00-10:00?"]);
});

test("a night is told once, with the evening it begins in", () => {
  expect(
    told(
      comingDays(
        hours([
          ["11-23T00:00", "11-23T06:00", "open"],
          ["11-23T22:00", "11-24T06:00", "open"],
          ["11-24T22:00", "11-25T06:00", "open"],
        ]),
      ),
    ),
  ).toEqual(["00:00-06:00 22:00-06:00+", "22:00-06:00+", ""]);
});

test("round the clock, and up to midnight", () => {
  expect(told(comingDays(hours([["11-23T00:00", "11-26T00:00", "open"]])))).toEqual(["24h", "24h", "24h"]);
  expect(told(comingDays(hours([["11-23T08:00", "11-24T00:00", "open"]])))).toEqual(["08:00-24:00", "", ""]);
  expect(told(comingDays(hours([["11-23T18:00", "11-25T09:00", "open"]])))).toEqual([
    "18:00-24:00",
    "24h",
    "00:00-09:00",
  ]);
});

test("holidays and make-up days are marked by name", () => {
  const special = [{ date: "2026-11-24", type: "holiday" as const, name: "国庆节" }];
  expect(comingDays(hours([], special)).map((day) => day.special?.name ?? null)).toEqual([
    null,
    "国庆节",
    null,
  ]);
});

import { expect, test } from "vitest";
import { clock, localDate } from "./format.ts";

test("a time is the station's own, whatever zone the phone is in", () => {
  expect(clock("2026-11-24T20:00:00+08:00")).toBe("20:00");
  expect(localDate("2026-11-24T20:00:00+08:00")).toBe("2026-11-24");
});

import { expect, test } from "vitest";
import { copied, isPastMidnight, isWholeDay, nextSpan, spanOf, timesOf, timeTyped } from "./week.ts";

test.each([
  ["8", "08:00"],
  ["08", "08:00"],
  ["830", "08:30"],
  ["0830", "08:30"],
  ["8:30", "08:30"],
  ["8：30", "08:30"],
  ["８：３０", "08:30"],
  ["8点", "08:00"],
  ["8点30分", "08:30"],
  ["24:00", "24:00"],
  ["99:99", "99:99"],
  [" noon ", "noon"],
  ["", ""],
])("a time typed as %j is %j", (typed, time) => {
  expect(timeTyped(typed)).toBe(time);
});

test("an end at midnight is the end of the day, an earlier end the next day's", () => {
  expect(spanOf({ from: "09:00", to: "00:00" })).toBe("09:00-24:00");
  expect(spanOf(timesOf("22:00-02:00"))).toBe("22:00-02:00");
  expect(isPastMidnight("22:00-02:00")).toBe(true);
  expect(isPastMidnight("00:00-24:00")).toBe(false);
  expect(isWholeDay("00:00-24:00")).toBe(true);
  expect(isPastMidnight("-02:00")).toBe(false);
});

test("a day copied to others is copied as it is, and shared with none", () => {
  const week = [["09:00-12:00", "13:00-18:00"], [], [], [], [], [], ["10:00-14:00"]];
  const out = copied(week, 0, [1, 2]);
  expect(out[1]).toEqual(week[0]);
  expect(out[1]).not.toBe(out[2]);
  expect(out[6]).toEqual(["10:00-14:00"]);
  expect(week[1]).toEqual([]);
});

test("a further span comes after the last one and stays in its day", () => {
  expect(nextSpan([])).toBe("09:00-18:00");
  expect(nextSpan(["08:00-12:00"])).toBe("13:00-15:00");
  expect(nextSpan(["08:00-21:30"])).toBe("22:00-23:00");
});

import { expect, test } from "vitest";
import { fitsTable, holidaysSaid, hoursBody, isSame, linesOf, patchOf, type HoursEntry } from "./form.ts";

const week = [["09:00-18:00"], ["09:00-18:00"], ["09:00-18:00"], ["09:00-18:00"], ["09:00-18:00"], [], []];
const text: HoursEntry = { source: "text", text: "周一至周五 9:00-18:00", week, holidays: null };

test("a PATCH names what was edited and nothing else; what is emptied is cleared", () => {
  expect(patchOf({})).toEqual({});
  expect(patchOf({ phone: " 010-1 ", address: "  " })).toEqual({ phone: "010-1", address: null });
  expect(patchOf({ access: "户外劳动者\n\n 从东门进 " })).toEqual({ access: ["户外劳动者", "从东门进"] });
  expect(linesOf(" \n ")).toEqual([]);
});

test("hours go as the side that was written: words as words, a table as a table, nothing as not known", () => {
  expect(hoursBody(text)).toEqual({ text: "周一至周五 9:00-18:00" });
  expect(hoursBody({ ...text, source: "week", holidays: "closed" })).toEqual({ week, holidays: "closed" });
  expect(hoursBody({ ...text, text: "  " })).toBeNull();
});

test("a table set back to what it was is no change; other words are one", () => {
  expect(isSame("hours", { ...text, source: "week" }, text)).toBe(true);
  expect(isSame("hours", { ...text, source: "week", holidays: "closed" }, text)).toBe(false);
  expect(isSame("hours", { ...text, text: "工作日 9:00-18:00" }, text)).toBe(false);
  expect(isSame("amenities", ["a", "b"], ["b", "a"])).toBe(true);
});

test.each([
  ["周一至周五 09:00-17:30", "Mo-Fr 09:00-17:30", true],
  ["周一至周四 9-12、13-18", "Mo-Th 09:00-12:00,13:00-18:00; Fr 09:00-01:00", true],
  ["周一至周五 9-17，节假日休息", "Mo-Fr 09:00-17:30; PH off", true],
  ["周一 09:00-20:00；周六、周日不开放；法定节假日照常", null, true],
  ["5月至9月 8-20点", "May-Sep 08:00-20:00", false],
  ["12月25日不开放", "Mo-Su 08:00-20:00; Dec 25 off", false],
  ["工作日 9-17", null, false],
])("whether a table says all of %j", (words, osm, fits) => {
  expect(fitsTable({ text: words, osm, certainty: "full", week })).toBe(fits);
});

test("of words that were not all understood a table says less", () => {
  expect(fitsTable({ text: "9-17，夏季延长", osm: "Mo-Su 09:00-17:00", certainty: "partial", week })).toBe(
    false,
  );
});

test("what hours say of public holidays", () => {
  expect(holidaysSaid("周一至周五 09:00-17:30；法定节假日休息", "Mo-Fr 09:00-17:30; PH off")).toBe("closed");
  expect(holidaysSaid("周一至周五 09:00-17:30；法定节假日照常", null)).toBe("as_usual");
  expect(holidaysSaid("周一至周五 09:00-17:30", "Mo-Fr 09:00-17:30")).toBeNull();
});

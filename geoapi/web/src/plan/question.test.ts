import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  daysAfter,
  HOURS_OF_A_WEEK,
  mondayOf,
  parseWithin,
  read,
  same,
  withMore,
  write,
  type Question,
  type Trial,
} from "./question.ts";

const TODAY = "2026-11-25";
const degrees = (most: number): fc.Arbitrary<number> =>
  fc.integer({ min: -most * 1e6, max: most * 1e6 }).map((one) => one / 1e6 || 0);
const hours = fc.string({ minLength: 1, maxLength: 200, unit: "grapheme" }).filter((one) => one !== "");
const trial: fc.Arbitrary<Trial> = fc.oneof(
  fc.record({ kind: fc.constant("add" as const), lon: degrees(180), lat: degrees(90), hours }),
  fc.record({
    kind: fc.constant("hours" as const),
    id: fc.bigInt({ min: 1n, max: 10n ** 17n }).map(String),
    hours,
  }),
);
const question: fc.Arbitrary<Question> = fc.record({
  area: fc.option(fc.stringMatching(/^[0-9a-z]{1,20}$/)),
  kinds: fc.uniqueArray(fc.stringMatching(/^[a-z_]{1,12}$/), { maxLength: 4 }),
  within: fc.oneof(
    fc.integer({ min: 1, max: 999 }).map((one) => `${one}min`),
    fc.integer({ min: 1, max: 99_999 }).map((one) => `${one}m`),
  ),
  model: fc.constantFrom("straight" as const, "walk" as const),
  layer: fc.option(fc.stringMatching(/^[a-z_]{1,12}$/)),
  monday: fc.integer({ min: 0, max: 5000 }).map((weeks) => daysAfter("1990-01-01", 7 * weeks)),
  hour: fc.oneof(
    fc.integer({ min: 0, max: HOURS_OF_A_WEEK - 1 }),
    fc.constantFrom("week" as const, "worst" as const),
  ),
  reading: fc.constantFrom("unknown_closed" as const, "unknown_open" as const),
  trials: fc.array(trial, { maxLength: 5 }),
});

test("an address opened again asks the same question", () => {
  fc.assert(
    fc.property(question, (asked) => {
      expect(read(write(asked), TODAY)).toEqual(asked);
    }),
  );
});

test("whatever stands in an address, the page opens", () => {
  fc.assert(
    fc.property(fc.string(), fc.webQueryParameters(), (noise, query) => {
      for (const fragment of [noise, `#${query}`, `#hour=${noise}&week=${noise}&try=add:${noise}`]) {
        const asked = read(fragment, TODAY);
        expect(mondayOf(asked.monday)).toBe(asked.monday);
        expect(read(write(asked), TODAY)).toEqual(asked);
      }
    }),
  );
});

describe("what makes no sense is as it is at first", () => {
  test.each(["hour=168", "hour=-1", "hour=3.5", "hour="])("%s", (told) => {
    expect(read(`#${told}`, TODAY).hour).toBe("worst");
  });
  test.each(["within=0m", "within=far", "within=15", "within=-5min"])("%s", (told) => {
    expect(read(`#${told}`, TODAY).within).toBe("15min");
  });
  test.each([
    "try=add:200,30:24/7",
    "try=add:116:24/7",
    "try=hours:abc:24/7",
    "try=move:1:2",
    "try=hours:7:",
  ])("%s", (told) => {
    expect(read(`#${told}`, TODAY).trials).toEqual([]);
  });
  test.each(["week=2026-13-01", "week=1800-01-01", "week=tomorrow"])("%s", (told) => {
    expect(read(`#${told}`, TODAY).monday).toBe("2026-11-23");
  });
});

test("a week is that of its day, by its Monday", () => {
  expect(mondayOf("2026-11-29")).toBe("2026-11-23");
  expect(mondayOf("2026-11-23")).toBe("2026-11-23");
  expect(mondayOf("2027-01-01")).toBe("2026-12-28");
});

test("a limit is minutes or metres", () => {
  expect(parseWithin(" 20 min")).toBe("20min");
  expect(parseWithin("800m")).toBe("800m");
  expect(parseWithin("2km")).toBeNull();
});

test("longer hours are added to those that are there", () => {
  expect(withMore("Mo-Fr 09:00-17:00; PH off", "Mo-Fr 00:00-09:00; Sa 08:00-12:00")).toBe(
    "Mo-Fr 09:00-17:00; PH off, Mo-Fr 00:00-09:00, Sa 08:00-12:00",
  );
  expect(withMore(null, "Mo-Su 22:00-06:00")).toBe("Mo-Su 22:00-06:00");
  expect(withMore("Mo-Fr 09:00-17:00", "24/7")).toBe("24/7");
});

test("one station has one set of hours, one place one new station", () => {
  const other: Trial = { kind: "hours", id: "7", hours: "24/7" };
  expect(same(other, { ...other, hours: "Mo 08:00-09:00" })).toBe(true);
  expect(same(other, { kind: "add", lon: 1, lat: 2, hours: "24/7" })).toBe(false);
  expect(same({ kind: "add", lon: 1, lat: 2, hours: "a" }, { kind: "add", lon: 1, lat: 2, hours: "b" })).toBe(
    true,
  );
});

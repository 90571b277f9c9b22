import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { applyDelta, sound, versionOf } from "./delta.ts";
import { UnusablePack, type Parts, type StationRecord } from "./format.ts";
import { formatInstant, parseInstant } from "./instants.ts";
import { answerNearest, type NearestQuestion } from "./nearest.ts";
import { openPack } from "./pack.ts";
import { round } from "./rounding.ts";
import { search } from "./search.ts";
import { deltaOf, packOf, record } from "./testing.ts";

const NOW = Date.parse("2026-11-23T04:00:00Z");
const HERE = { lon: 116.001, lat: 39 };

async function ask(stations: StationRecord[], question: Partial<NearestQuestion> = {}, outline?: number[][]) {
  const pack = openPack(await packOf(stations, { outline: outline ?? null }));
  return answerNearest(pack, { ...HERE, ...question }, NOW);
}

describe("what a pack cannot answer", () => {
  it("is a time that nothing was worked out for", async () => {
    const window = { known_from: "2026-11-22T00:00:00+00:00", known_until: "2026-12-09T00:00:00+00:00" };
    for (const at of ["2026-11-21T23:59:59Z", "2026-12-09T08:00:00+08:00", "2026-12-08T23:50:00Z"]) {
      expect(await ask([record(1)], { at })).toEqual({
        ok: false,
        refused: { why: "beyond_window", ...window },
      });
    }
    // the walk and the stay are over by then
    expect(await ask([record(1)], { at: "2026-12-08T23:59:59Z", open: "at" })).toMatchObject({ ok: true });
  });

  it("is a place around which stations may be missing", async () => {
    const square = [
      [
        11_590_000, 3_890_000, 11_610_000, 3_890_000, 11_610_000, 3_910_000, 11_590_000, 3_910_000,
        11_590_000, 3_890_000,
      ],
    ];
    const far = { lon: 116.15, lat: 39 };
    const refused = await ask([record(1)], far, square);
    expect(refused).toMatchObject({ ok: false, refused: { why: "beyond_area" } });
    // in the middle of the square its sides are 8 km away, and the margin is 5 km more
    expect(await ask([record(1)], { lon: 116, radius_m: 12_000 }, square)).toMatchObject({ ok: true });
    expect(await ask([record(1)], { lon: 116, radius_m: 14_000 }, square)).toMatchObject({ ok: false });
    // what is full of nearer ones is certain, however far the question goes
    const many = Array.from({ length: 3 }, (_, i) => record(i + 1));
    const near = { lon: 116, radius_m: 14_000, limit: 2, open: "any" as const };
    expect(await ask(many, near, square)).toMatchObject({ ok: true });
  });

  it.each([
    [{ lon: NaN }, "lon"], [{ lat: 90.1 }, "lat"], [{ limit: 51 }, "limit"], [{ limit: 1.5 }, "limit"],
    [{ radius_m: 0 }, "radius_m"], [{ radius_m: Infinity }, "radius_m"], [{ stay_minutes: -1 }, "stay_minutes"],
    [{ at: "tomorrow" }, "at"], [{ at: "2026-11-23T08:00:00" }, "at"],
  ])("is a question that the service refuses: %o", async (question, field) => {
    expect(await ask([record(1)], question)).toEqual({ ok: false, refused: { why: "invalid", field } });
  }); // prettier-ignore
});

describe("a nearest answer", () => {
  it("has ties by id, and stations at one point in order", async () => {
    const same = [3, 1, 2].map((id) => record(id, { lon: 116.001 })).sort((a, b) => a.id - b.id);
    const told = await ask(same, { limit: 2 });
    expect(told).toMatchObject({ ok: true, answer: { stations: [{ id: "1", distance_m: 0 }, { id: "2" }] } });
  });

  it("counts an interval's end out, and a stay that just fits in", async () => {
    // daily 09:00 to 20:00 in Beijing, asked on the spot
    const daily = [record(1, { schedule: "daily" })];
    const states = async (at: string, stay: number) => {
      const told = await ask(daily, { at, stay_minutes: stay });
      return told.ok ? told.answer.stations.length : null;
    };
    expect(await states("2026-11-23T19:45:00+08:00", 15)).toBe(1);
    expect(await states("2026-11-23T19:45:00.000001+08:00", 15)).toBe(0);
    expect(await states("2026-11-23T20:00:00+08:00", 0)).toBe(0);
    expect(await states("2026-11-23T09:00:00+08:00", 0)).toBe(1);
    expect(await states("2026-11-23T08:59:59.999999+08:00", 0)).toBe(0);
  });
});

describe("versions", () => {
  const names = fc.string({ unit: "grapheme", maxLength: 6 });
  const stations = fc.uniqueArray(
    fc.record({ id: fc.integer({ min: 1, max: 60 }), name_zh: names, phone: fc.option(names) }),
    { selector: ({ id }) => id, maxLength: 25 },
  );
  const ordered = (some: Partial<StationRecord>[]): StationRecord[] =>
    some.map((one) => record(one.id!, one)).sort((a, b) => a.id - b.id);

  it("an old pack and what changed are the new pack", async () => {
    await fc.assert(
      fc.asyncProperty(stations, stations, async (some, others) => {
        const [old, now] = [ordered(some), ordered(others)];
        const before = await packOf(old);
        const after = await packOf(now);
        const known = new Map(old.map((one) => [one.id, JSON.stringify(one)]));
        const changed = now.filter((one) => known.get(one.id) !== JSON.stringify(one));
        const removed = old.map(({ id }) => id).filter((id) => !now.some((one) => one.id === id));
        const made = applyDelta(before, deltaOf(before, after, changed, removed));
        expect(await versionOf(made)).toBe(after.version);
        expect(made.stations).toEqual(after.stations);
      }),
      { numRuns: 60 },
    );
  });

  it("a delta of another version, and a pack with a part missing, are refused", async () => {
    const [one, other] = [await packOf([record(1)]), await packOf([record(2)])];
    expect(() => applyDelta(one, deltaOf(other, one, []))).toThrow(UnusablePack);
    const parts: Partial<Parts> = { ...one.parts };
    delete parts.readings;
    await expect(sound({ ...one, parts: parts as Parts })).rejects.toThrow(UnusablePack);
  });
});

describe("words", () => {
  it("are found in Chinese of either form, pinyin and initials", async () => {
    const pack = openPack(await packOf([record(1, { name_zh: "東城驿站" }), record(2, { name_zh: "城东" })]));
    const ids = (q: string) => search(pack, q, {}, NOW).map(({ id }) => id);
    expect(ids("東城驛站")).toEqual(["1"]);
    expect(ids("dongcheng")).toEqual(["1", "2"]); // one begins with it, the other lies in 东城区
    expect(ids("dcyz")).toEqual(["1"]);
    expect(ids("chengdong")).toEqual(["2"]);
    expect(ids("dongchen")).toEqual(["1", "2"]);
    expect(ids("|")).toEqual([]);
  });
});

describe("numbers and times", () => {
  it("are rounded half to even, and otherwise to the nearest", () => {
    expect([0.25, 0.75, 1.25, 2.5, 0.05, 1234.15, 7.349999].map((value) => round(value, 1))).toEqual([
      0.2, 0.8, 1.2, 2.5, 0.1, 1234.2, 7.3,
    ]);
    expect(round(5 / 256, 7)).toBe(0.0195312);
    expect(round(116.40739996, 7)).toBe(116.4074);
  });

  it("are read and written to the microsecond", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 4_000_000_000_000_000 }),
        fc.integer({ min: -14 * 60, max: 14 * 60 }),
        (at, minutes) => {
          const offset = minutes * 60;
          expect(parseInstant(formatInstant(at, offset))).toEqual({ at, offset: offset || 0 });
        },
      ),
    );
    expect(formatInstant(0, 28_800)).toBe("1970-01-01T08:00:00+08:00");
    expect(formatInstant(1_500_000, 0)).toBe("1970-01-01T00:00:01.500000+00:00");
    for (const none of ["2026-02-30T00:00:00Z", "2026-11-23", "2026-11-23T24:00:00Z", "1"]) {
      expect(parseInstant(none)).toBeNull();
    }
  });
});

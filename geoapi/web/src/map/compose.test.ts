import { validateStyleMin } from "@maplibre/maplibre-gl-style-spec";
import type { StyleSpecification } from "maplibre-gl";
import { describe, expect, it } from "vitest";
import { asQuery, compose, COVERAGE_COLOURS, type Shown } from "./compose.ts";

const background: StyleSpecification = {
  version: 8,
  sources: { districts: { type: "vector", tiles: ["https://x.test/{z}/{x}/{y}"] } },
  layers: [
    { id: "beyond", type: "background" },
    { id: "border", type: "line", source: "districts", "source-layer": "districts" },
    { id: "name-of-city", type: "symbol", source: "districts", "source-layer": "district_labels" },
  ],
};
const tiles = Object.fromEntries(
  ["stations", "districts", "gaps", "demand"].map((one) => [
    one,
    `https://x.test/${one}/{z}/{x}/{y}?crs=gcj02`,
  ]),
);
const question = {
  district: "110000",
  within: "15min",
  kind: ["care_station", "nursing_room"],
  at: undefined,
};
const nothing: Shown = {
  crs: "gcj02",
  tiles,
  deepest: 12,
  theme: "light",
  lang: "zh",
  dots: null,
  answers: [],
  coverage: null,
  gaps: null,
  areas: null,
  outlined: null,
};
const everything: Shown = {
  ...nothing,
  dots: { at: "2026-11-25T03:00:00+08:00" },
  answers: [{ id: "7", lonlat: [116.4, 39.9] }],
  coverage: { question, reading: "closed", limitM: 1080 },
  gaps: { question, reading: "open" },
  areas: { data: { type: "FeatureCollection", features: [] }, crs: "wgs84", selected: "110101" },
  outlined: "110105",
};

describe("what is drawn", () => {
  it("writes no name under a numbered answer, and keeps its place free of others' names", () => {
    const style = compose(background, everything);
    const room = style.layers.find((layer) => layer.id === "answers-room")!;
    const names = style.layers.find((layer) => layer.id === "dots-name")!;
    expect(JSON.stringify("filter" in names ? names.filter : null)).toContain('["literal",["7"]]');
    expect(style.sources["answers"]).toMatchObject({
      data: { features: [{ geometry: { coordinates: [116.4, 39.9] } }] },
    });
    // what stands later in a style takes its room first
    expect(style.layers.indexOf(room)).toBeGreaterThan(style.layers.indexOf(names));
    expect(compose(background, nothing).layers.some((layer) => layer.id === "answers-room")).toBe(false);
  });

  it("is the background alone where nothing is wanted", () => {
    expect(compose(background, nothing)).toEqual(background);
  });

  it.each(["light", "dark"] as const)("is a style by MapLibre's own specification, %s", (theme) => {
    for (const lang of ["zh", "en"] as const)
      expect(validateStyleMin(compose(background, { ...everything, theme, lang }))).toEqual([]);
  });

  it("has fills below borders and names on top", () => {
    const ids = compose(background, everything).layers.map((layer) => layer.id);
    const at = (id: string): number => ids.indexOf(id);
    expect(at("coverage")).toBeLessThan(at("border"));
    expect(at("areas")).toBeLessThan(at("border"));
    expect(at("gaps")).toBeGreaterThan(at("coverage"));
    expect(at("dots-open")).toBeGreaterThan(at("border"));
    expect(ids.at(-1)).toBe("name-of-city");
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("does not touch what it is made of", () => {
    const before = JSON.stringify(background);
    compose(background, everything);
    expect(JSON.stringify(background)).toBe(before);
  });

  it("asks for the tiles of the question, on the map's datum", () => {
    const { sources } = compose(background, everything);
    const address = (sources["coverage"] as { tiles: string[] }).tiles[0]!;
    expect(address.startsWith("https://x.test/demand/{z}/{x}/{y}?crs=gcj02&")).toBe(true);
    expect(address).toContain("kind=care_station&kind=nursing_room");
    expect(address).toContain("district=110000");
    expect(address).not.toContain("undefined");
    expect(sources["coverage"]).toMatchObject({ maxzoom: 12 });
  });

  it("follows the reading of unknown hours", () => {
    const layer = (reading: "open" | "closed") =>
      JSON.stringify(
        compose(background, { ...nothing, coverage: { question, reading, limitM: 800 } }).layers.find(
          ({ id }) => id === "coverage",
        ),
      );
    expect(layer("open")).toContain("distance_m_if_open");
    expect(layer("closed")).not.toContain("if_open");
  });

  it("says so where the service has no such tiles", () => {
    expect(() => compose(background, { ...everything, tiles: {} })).toThrow("no tiles of demand");
  });
});

describe("a question in an address", () => {
  it("is the same text for the same question", () => {
    expect(asQuery({ at: "x", kind: ["b", "a"] })).toBe(asQuery({ kind: ["b", "a"], at: "x" }));
    expect(asQuery({})).toBe("");
    expect(asQuery({ at: "2026-11-25T03:00:00+08:00" })).toBe("at=2026-11-25T03%3A00%3A00%2B08%3A00");
  });
});

describe("the colours of coverage", () => {
  // https://www.w3.org/TR/WCAG22/#dfn-relative-luminance
  function luminance(colour: string): number {
    const [r, g, b] = [1, 3, 5]
      .map((at) => parseInt(colour.slice(at, at + 2), 16) / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
  }

  it.each(["light", "dark"] as const)("tell served from far off without colour, %s", (theme) => {
    const [first, , middle, , last] = COVERAGE_COLOURS[theme].map(luminance);
    // the best and the worst stand apart from the middle, on either side of the limit
    expect(middle! / first!).toBeGreaterThan(1.5);
    expect(middle! / last!).toBeGreaterThan(1.5);
  });
});

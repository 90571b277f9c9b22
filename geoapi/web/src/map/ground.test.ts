import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { loadDatum } from "../geo/area.ts";
import { metresPerPixel, onMap, scaleBar, shapesOnMap } from "./ground.ts";
import type { Datum } from "./types.ts";

beforeAll(() => loadDatum("gcj02"));

const datum = fc.constantFrom<Datum>("wgs84", "gcj02", "bd09");

describe("places on a map", () => {
  it("come back from any datum to where they were", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 75, max: 130, noNaN: true }),
        fc.double({ min: 20, max: 50, noNaN: true }),
        datum,
        datum,
        (lon, lat, crs, other) => {
          const [x, y] = onMap({ lon, lat, crs }, other);
          const [back, up] = onMap({ lon: x, lat: y, crs: other }, crs);
          expect(back).toBeCloseTo(lon, 9);
          expect(up).toBeCloseTo(lat, 9);
        },
      ),
    );
  });

  it("move Tian'anmen by what GCJ-02 moves it", () => {
    const [lon, lat] = onMap({ lon: 116.3912757, lat: 39.906217, crs: "wgs84" }, "gcj02");
    expect(lon).toBeCloseTo(116.39752, 4);
    expect(lat).toBeCloseTo(39.90762, 4);
  });

  it("takes whole shapes along, holes too", () => {
    const square = [[[116, 40], [117, 40], [117, 41], [116, 40]]]; // prettier-ignore
    const moved = shapesOnMap(
      {
        type: "FeatureCollection",
        features: [
          {
            type: "Feature",
            properties: {},
            geometry: { type: "MultiPolygon", coordinates: [square, square] },
          },
        ],
      },
      "wgs84",
      "bd09",
    );
    const geometry = moved.features[0]!.geometry as { coordinates: number[][][][] };
    expect(geometry.coordinates[1]![0]![0]).toEqual(onMap({ lon: 116, lat: 40, crs: "wgs84" }, "bd09"));
  });
});

describe("the scale bar", () => {
  it("is a round number of metres that has room", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 20, noNaN: true }),
        fc.double({ min: -70, max: 70, noNaN: true }),
        (zoom, lat) => {
          const perPixel = metresPerPixel(lat, zoom);
          const { metres, pixels } = scaleBar(perPixel, 90);
          expect(pixels).toBeLessThanOrEqual(90.0001);
          expect(pixels).toBeGreaterThan(30);
          expect(pixels * perPixel).toBeCloseTo(metres, 6);
          expect(["1", "2", "5"]).toContain(String(metres).replace(/[0.e+-]/g, "")[0]);
        },
      ),
    );
  });

  it("knows how long a pixel is", () => {
    // the equator in one tile of 512 pixels
    expect(metresPerPixel(0, 0)).toBeCloseTo(40075016.686 / 512, 6);
    expect(metresPerPixel(60, 3)).toBeCloseTo(40075016.686 / 512 / 16, 6);
  });
});

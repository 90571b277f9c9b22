/** Reads points and pairs of points from a file and writes what the pages' modules make of them. */
import { readFileSync, writeFileSync } from "node:fs";
import { loadDatum } from "../../geoapi/web/src/geo/area.ts";
import { fromWgs84, toWgs84 } from "../../geoapi/web/src/geo/datum.ts";
import { distanceMetres, leastMetres, mostMetres, unitVector } from "../../geoapi/web/src/geo/geodesic.ts";

await loadDatum("gcj02");
const [asked, answered] = process.argv.slice(2);
const { points, pairs } = JSON.parse(readFileSync(asked, "utf8"));
const moved = points.map(([lon, lat]) =>
  ["gcj02", "bd09"].map((datum) => {
    const there = fromWgs84(lon, lat, datum);
    return { there, back: toWgs84(...there, datum), to: toWgs84(lon, lat, datum) };
  }),
);
const distances = pairs.map(([lon1, lat1, lon2, lat2]) => {
  const [a, b] = [unitVector(lon1, lat1), unitVector(lon2, lat2)];
  const chord2 = a.reduce((sum, value, axis) => sum + (value - b[axis]) ** 2, 0);
  return [distanceMetres(lon1, lat1, lon2, lat2), leastMetres(chord2), mostMetres(chord2)];
});
writeFileSync(answered, JSON.stringify({ moved, distances }));

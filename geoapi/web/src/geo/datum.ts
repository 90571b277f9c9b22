/**
 * Between WGS-84 and the shifted coordinates of Chinese map services: GCJ-02 (Amap, Tencent) and BD-09 (Baidu).
 *
 * The same formulas, area and inverse as the service's own (geoapi/geometry/gcj02.py says where they are from):
 * there and back again is within a micrometre. Outside the area points pass unchanged. Degrees throughout,
 * longitude first.
 *
 * The area's outline is some 10 kB, which a page that stays in WGS-84 never needs: it is loaded apart (`area.ts`), and
 * until it is there the shifted datums cannot be used.
 */

export type Datum = "wgs84" | "gcj02" | "bd09";
export type Point = readonly [lon: number, lat: number];

/** Where the shift applies: a grid of nodes, and for each row at which columns it goes into the area and out of it. */
export interface Area {
  west: number;
  south: number;
  columns: number;
  rows: number;
  nodesPerDegree: number;
  edges: string;
}

let area: Area | null = null;
let rows: readonly (readonly number[])[] = [];

/** From here on points can be shifted. */
export function useArea(loaded: Area): void {
  if (area === loaded) return;
  area = loaded;
  rows = edgesByRow(loaded.edges);
}

const AXIS_M = 6378245.0; // Krasovsky 1940
const ECCENTRICITY_2 = 0.00669342162296594323;
const BAIDU_PI = (Math.PI * 3000.0) / 180.0;
const DONE_DEG = 1e-12;
const MOST_ROUNDS = 70;

type Shift = (lon: number, lat: number) => Point;

/** The point in `datum` of a WGS-84 point. Throws where the area is needed and not there. */
export function fromWgs84(lon: number, lat: number, datum: Datum): Point {
  if (datum === "wgs84") return [lon, lat];
  const [x, y] = addShift(lon, lat, gcj02Shift);
  return datum === "gcj02" ? [x, y] : addShift(x, y, bd09Shift);
}

/** The WGS-84 point of a point in `datum`. Throws where the area is needed and not there. */
export function toWgs84(lon: number, lat: number, datum: Datum): Point {
  if (datum === "wgs84") return [lon, lat];
  const [x, y] = datum === "bd09" ? takeShift(lon, lat, bd09Shift) : [lon, lat];
  return takeShift(x, y, gcj02Shift);
}

function gcj02Shift(lon: number, lat: number): Point {
  const { sin, cos, sqrt, abs, PI } = Math;
  const x = lon - 105.0;
  const y = lat - 35.0;
  const root = sqrt(abs(x));
  const ripple = ((20.0 * sin(6.0 * PI * x) + 20.0 * sin(2.0 * PI * x)) * 2.0) / 3.0;
  const north =
    -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + ripple +
    ((20.0 * sin(PI * y) + 40.0 * sin((PI / 3.0) * y)) * 2.0) / 3.0 +
    ((160.0 * sin((PI / 12.0) * y) + 320.0 * sin((PI / 30.0) * y)) * 2.0) / 3.0; // prettier-ignore
  const east =
    300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + ripple +
    ((20.0 * sin(PI * x) + 40.0 * sin((PI / 3.0) * x)) * 2.0) / 3.0 +
    ((150.0 * sin((PI / 12.0) * x) + 300.0 * sin((PI / 30.0) * x)) * 2.0) / 3.0; // prettier-ignore
  const phi = lat * (PI / 180.0);
  const sine = sin(phi);
  const w2 = 1.0 - ECCENTRICITY_2 * sine * sine;
  const primeVertical = AXIS_M / sqrt(w2);
  const meridian = (primeVertical * (1.0 - ECCENTRICITY_2)) / w2;
  const toDegrees = 180.0 / PI;
  return [(east * toDegrees) / (primeVertical * cos(phi)), (north * toDegrees) / meridian];
}

function bd09Shift(lon: number, lat: number): Point {
  const radius = Math.sqrt(lon * lon + lat * lat) + 0.00002 * Math.sin(lat * BAIDU_PI);
  const angle = Math.atan2(lat, lon) + 0.000003 * Math.cos(lon * BAIDU_PI);
  return [radius * Math.cos(angle) + 0.0065 - lon, radius * Math.sin(angle) + 0.006 - lat];
}

function addShift(lon: number, lat: number, shift: Shift): Point {
  const share = shareAt(lon, lat);
  if (share === 0) return [lon, lat];
  const [east, north] = shift(lon, lat);
  return [lon + share * east, lat + share * north];
}

/** The point that `addShift` moves to (lon, lat). */
function takeShift(lon: number, lat: number, shift: Shift): Point {
  if (!Number.isFinite(lon) || !Number.isFinite(lat)) return [lon, lat];
  let [x, y] = [lon, lat];
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const [movedX, movedY] = addShift(x, y, shift);
    const [stepX, stepY] = [lon - movedX, lat - movedY];
    x += stepX;
    y += stepY;
    if (Math.abs(stepX) < DONE_DEG && Math.abs(stepY) < DONE_DEG) break;
  }
  return [x, y];
}

/** The share of the shift at a point: 1 in the area, 0 outside, and falling from one to the other in its rim. */
function shareAt(lon: number, lat: number): number {
  if (!area) throw new Error("the area of the shift has not been loaded (geo/area.ts)");
  const x = (lon - area.west) * area.nodesPerDegree;
  const y = (lat - area.south) * area.nodesPerDegree;
  if (!(x >= 0 && x < area.columns - 1 && y >= 0 && y < area.rows - 1)) return 0;
  const column = Math.floor(x);
  const row = Math.floor(y);
  const sw = isNode(row, column);
  const se = isNode(row, column + 1);
  const nw = isNode(row + 1, column);
  const ne = isNode(row + 1, column + 1);
  if (sw === se && se === nw && nw === ne) return sw;
  const u = x - column;
  const v = y - row;
  return (sw * (1 - u) + se * u) * (1 - v) + (nw * (1 - u) + ne * u) * v;
}

/** 1 for a node of the grid that is in the area, else 0. */
function isNode(row: number, column: number): 0 | 1 {
  const edges = rows[row]!;
  let passed = 0;
  while (passed < edges.length && edges[passed]! <= column) passed++;
  return (passed & 1) as 0 | 1;
}

/** Of each row from the south, the columns at which it goes into the area and out of it. */
function edgesByRow(written: string): readonly (readonly number[])[] {
  const made: number[][] = [];
  let before: readonly number[] = [];
  for (const text of written.split(";")) {
    let edges: number[];
    if (text.startsWith("=")) {
      let at = 0;
      edges =
        text === "="
          ? []
          : text
              .slice(1)
              .split(",")
              .map((step) => (at += Number(step)));
    } else {
      const steps = text.split(",");
      edges = before.map((edge, i) => edge + Number(steps[i]));
    }
    made.push(edges);
    before = edges;
  }
  return made;
}

/** Distances on the WGS-84 spheroid, as PostGIS measures them, and bounds of them that cost next to nothing. */
// Karney's own; the service's PostGIS has the same algorithm in C
import geodesic from "geographiclib-geodesic";

const { Geodesic } = geodesic;

/** Metres between two points, to the 10 nanometres that PostGIS rounds to. Longitude first, degrees. */
export function distanceMetres(lon1: number, lat1: number, lon2: number, lat2: number): number {
  const metres = Geodesic.WGS84.Inverse(lat1, lon1, lat2, lon2, Geodesic.DISTANCE).s12 ?? 0;
  return Math.round(metres * 1e8) / 1e8;
}

const SPHERE_RADIUS_M = 6371008.771415059;

/** Bounds of spheroid distance ÷ distance on that sphere (geoapi/geometry/distances.py says why). */
const LEAST = 0.9944;
const MOST = 1.0045;

/** A point of the unit sphere, its latitude taken as it is. */
export function unitVector(lon: number, lat: number): readonly [number, number, number] {
  const lambda = (lon * Math.PI) / 180;
  const phi = (lat * Math.PI) / 180;
  return [Math.cos(phi) * Math.cos(lambda), Math.cos(phi) * Math.sin(lambda), Math.sin(phi)];
}

/** The squared chord of the unit sphere that nothing nearer than so many metres on the spheroid exceeds. */
export function mostChord2(metres: number): number {
  const angle = Math.min(Math.PI, (metres + SLACK_M) / LEAST / SPHERE_RADIUS_M);
  return (2 * Math.sin(angle / 2)) ** 2 * (1 + 1e-9) + 1e-18;
}

/** The metres on the spheroid that points with this squared chord are apart at least. */
export function leastMetres(chord2: number): number {
  return Math.max(0, sphereMetres(chord2) * LEAST - SLACK_M);
}

/** The metres on the spheroid that points with this squared chord are apart at most. */
export function mostMetres(chord2: number): number {
  return sphereMetres(chord2) * MOST + SLACK_M;
}

/** More than rounding can do to the chord of two points. */
const SLACK_M = 0.01;

function sphereMetres(chord2: number): number {
  return 2 * SPHERE_RADIUS_M * Math.asin(Math.min(1, Math.sqrt(chord2) / 2));
}

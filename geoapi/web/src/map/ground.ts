/** Places on a map in one datum, and sizes on it. */
import type { FeatureCollection, MultiPolygon, Polygon, Position as Vertex } from "geojson";
import { fromWgs84, toWgs84 } from "../geo/datum.ts";
import type { Datum, Place } from "./types.ts";

/** A place's longitude and latitude on a map in `crs`. */
export function onMap(place: Place, crs: Datum): [number, number] {
  if (place.crs === crs) return [place.lon, place.lat];
  const [lon, lat] = fromWgs84(...toWgs84(place.lon, place.lat, place.crs), crs);
  return [lon, lat];
}

/** Metres that a pixel is, at a latitude and zoom of Web Mercator with tiles of 512 pixels. */
export function metresPerPixel(lat: number, zoom: number): number {
  return (40075016.686 * Math.cos((lat * Math.PI) / 180)) / (512 * 2 ** zoom);
}

/** The longest of 1, 2 or 5 times a power of ten metres that `pixels` have room for, and its pixels. */
export function scaleBar(perPixel: number, pixels: number): { metres: number; pixels: number } {
  const most = perPixel * pixels;
  const power = 10 ** Math.floor(Math.log10(most));
  const metres = ([5, 2, 1].find((one) => one * power <= most) ?? 1) * power;
  return { metres, pixels: metres / perPixel };
}

/** GeoJSON of another datum, for a map in `crs`. */
export function shapesOnMap<T extends FeatureCollection<Polygon | MultiPolygon>>(
  data: T,
  from: Datum,
  crs: Datum,
): T {
  if (from === crs) return data;
  const ring = (points: Vertex[]): Vertex[] =>
    points.map(([lon = 0, lat = 0]) => onMap({ lon, lat, crs: from }, crs));
  const moved = (shape: Polygon | MultiPolygon): typeof shape =>
    shape.type === "Polygon"
      ? { ...shape, coordinates: shape.coordinates.map(ring) }
      : { ...shape, coordinates: shape.coordinates.map((rings) => rings.map(ring)) };
  return { ...data, features: data.features.map((one) => ({ ...one, geometry: moved(one.geometry) })) };
}

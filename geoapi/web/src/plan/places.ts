/** Places of the map's datum, for questions, which are in WGS-84. */
import { toWgs84 } from "../geo/datum.ts";
import type { Place } from "../map/types.ts";

export function wgs84Of(place: Place): { lon: number; lat: number } {
  const [lon, lat] = toWgs84(place.lon, place.lat, place.crs);
  return { lon, lat };
}

/**
 * Deep links to the map services that people here have, each with the point in the datum that it reads.
 *
 * None names where the walk begins: the map finds that out by itself, and the position stays on the phone.
 * docs/worker-page.md says where each scheme is documented.
 */
import { fromWgs84 } from "../geo/datum.ts";
import type { Datum, Point } from "../geo/datum.ts";
import { say } from "../ui/language.svelte.ts";

export type MapService = "amap" | "baidu" | "tencent" | "apple" | "geo";

export interface Destination {
  name: string;
  lon: number;
  lat: number;
}

interface Scheme {
  datum: Datum;
  /** `point` is in `datum`, degrees to the seventh place; `name` is plain text, encoded nowhere yet. */
  address(point: { lon: string; lat: string }, name: string): string;
}

// by whom these services say they are called
const US = "geoapi";
// longer names are cut by the services themselves, or refused
const LONGEST_NAME = 60;

const SCHEMES: Record<MapService, Scheme> = {
  amap: {
    datum: "gcj02",
    address: ({ lon, lat }, name) =>
      `https://uri.amap.com/navigation?${query({
        to: `${lon},${lat},${name.replaceAll(",", "，")}`,
        mode: "walk",
        coordinate: "gaode",
        callnative: "1",
        src: US,
      })}`,
  },
  // a marker, since its route needs a beginning: from there "到这去" is one tap
  baidu: {
    datum: "bd09",
    address: ({ lon, lat }, name) =>
      `https://api.map.baidu.com/marker?${query({
        location: `${lat},${lon}`,
        title: name,
        content: name,
        coord_type: "bd09ll",
        output: "html",
        src: `webapp.${US}.nearest`,
      })}`,
  },
  tencent: {
    datum: "gcj02",
    address: ({ lon, lat }, name) =>
      `https://apis.map.qq.com/uri/v1/routeplan?${query({
        type: "walk",
        to: name,
        tocoord: `${lat},${lon}`,
        coord_type: "2",
        referer: US,
      })}`,
  },
  apple: {
    datum: "gcj02",
    address: ({ lon, lat }) => `https://maps.apple.com/?${query({ daddr: `${lat},${lon}`, dirflg: "w" })}`,
  },
  geo: {
    datum: "wgs84",
    // the brackets of Android's label must be the only ones
    address: ({ lon, lat }, name) =>
      `geo:${lat},${lon}?q=${lat},${lon}(${encodeURIComponent(name.replace(/[()]/g, " ").trim())})`,
  },
};

/** In the order of how many people here use them. */
export const MAP_SERVICES = Object.keys(SCHEMES) as readonly MapService[];

/** The address that opens a walk to a station (WGS-84) in a map service. */
export function walkTo(service: MapService, to: Destination): string {
  const { datum, address } = SCHEMES[service];
  const [lon, lat]: Point = fromWgs84(to.lon, to.lat, datum);
  return address({ lon: lon.toFixed(7), lat: lat.toFixed(7) }, plain(to.name));
}

export function nameOfService(service: MapService): string {
  switch (service) {
    case "amap":
      return say("高德地图", "Amap");
    case "baidu":
      return say("百度地图", "Baidu Maps");
    case "tencent":
      return say("腾讯地图", "Tencent Maps");
    case "apple":
      return say("苹果地图", "Apple Maps");
    case "geo":
      return say("其他地图", "Another map");
  }
}

function query(fields: Record<string, string>): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join("&");
}

/** A name without what would change how it is read (control and direction marks), of a length that is shown. */
function plain(name: string): string {
  const text = name.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, "");
  return [...text].slice(0, LONGEST_NAME).join("");
}

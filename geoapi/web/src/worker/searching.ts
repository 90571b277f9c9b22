/** Places by words: stations by name and address as the service finds them, and districts by name. */
import { answered, api } from "../api/client.ts";
import type { Schemas } from "../api/client.ts";
import { language, named } from "../ui/language.svelte.ts";
import { within } from "./within.ts";
import { kept } from "./kept.svelte.ts";
import type { Listed } from "./types.ts";

export interface Found {
  key: string;
  name: string;
  address: string | null;
  /** Of a station; null: it is a district. */
  kind: string | null;
  location: Schemas["Location"];
}

type District = Schemas["District"];

const MOST = 8;
const PATIENCE_MS = 5_000;

/** What matches, districts first. Raises `Unreachable` where nobody can be asked and nothing is kept. */
export async function searchPlaces(words: string): Promise<{ found: Found[]; offline: boolean }> {
  const lang = language.current;
  try {
    const signal = within(PATIENCE_MS);
    const query = { q: words, limit: MOST, lang };
    const [stations, districts] = await Promise.all([
      answered(api.GET("/v1/stations", { params: { query }, signal })),
      districtsLike(words),
    ]);
    return { found: [...districts, ...stations.items.map(ofStation)], offline: false };
  } catch (error) {
    const own = await kept.search(words, MOST);
    if (own === null) throw error;
    return { found: own.map(ofStation), offline: true };
  }
}

function ofStation(one: Listed): Found {
  return {
    key: `station ${one.id}`,
    name: one.name,
    address: one.address,
    kind: one.kind,
    location: one.location,
  };
}

let districts: Promise<readonly District[]> | undefined;

/** Districts by Chinese name or by the letters that their English name begins with; their middles are places. */
async function districtsLike(words: string): Promise<Found[]> {
  districts ??= answered(api.GET("/v1/districts")).then((list) => list.items);
  const all = await districts.catch(() => {
    districts = undefined;
    return [];
  });
  const asked = words.toLowerCase().replaceAll(/\s+/g, "");
  const like = all.filter(
    (one) =>
      one.level !== "city" &&
      (one.name_zh.includes(asked) ||
        (asked.length > 1 && (one.name_en ?? "").toLowerCase().replaceAll(/\s+/g, "").startsWith(asked))),
  );
  return Promise.all(like.slice(0, 3).map(asPlace));
}

async function asPlace(district: District): Promise<Found> {
  const path = { code: district.code };
  const { geometry } = await answered(api.GET("/v1/districts/{code}", { params: { path } }));
  const [lon, lat] = middle(geometry as unknown as GeoJSON.MultiPolygon);
  return {
    key: `district ${district.code}`,
    name: named(district),
    address: null,
    kind: null,
    location: { lon, lat, crs: "wgs84" },
  };
}

/** The centroid of the largest part, on the plane of degrees: near enough to begin to look around from. */
function middle(shape: GeoJSON.MultiPolygon): [number, number] {
  let most = 0;
  let found: [number, number] = [0, 0];
  for (const [ring] of shape.coordinates) {
    let area = 0;
    let x = 0;
    let y = 0;
    for (let i = 0; i + 1 < ring!.length; i++) {
      const [x1, y1] = ring![i]! as [number, number];
      const [x2, y2] = ring![i + 1]! as [number, number];
      const cross = x1 * y2 - x2 * y1;
      area += cross / 2;
      x += (x1 + x2) * cross;
      y += (y1 + y2) * cross;
    }
    if (Math.abs(area) > most) {
      most = Math.abs(area);
      found = [x / (6 * area), y / (6 * area)];
    }
  }
  return found;
}

/** Tiles of what a planner supposes. They are asked for by POST: a place stands in no address. */
import { onMap } from "./ground.ts";
import type { Datum, PlanningQuestion } from "./types.ts";

/** Of addresses that are the page's own; `requestOf` makes a request of one. */
export const SUPPOSED = "supposed";
const LISTS = ["kind", "amenity"];

/** The address of a planner's tiles; one of our own where something is supposed. */
export function withChanges(address: string, question: PlanningQuestion, crs: Datum): string {
  const { add = [], change_hours = [] } = question;
  if (!add.length && !change_hours.length) return address;
  const changes = {
    add: add.map((one) => {
      const [lon, lat] = onMap(one, crs);
      return { lon, lat, hours: one.hours };
    }),
    change_hours,
  };
  return `${SUPPOSED}://${address}#${encodeURIComponent(JSON.stringify(changes))}`;
}

/** The address of one tile and the body to send there, of an address that `withChanges` made. */
export function requestOf(address: string): { url: string; body: Record<string, unknown> } {
  const url = new URL(address.slice(`${SUPPOSED}://`.length));
  const asked = Object.fromEntries(
    [...new Set(url.searchParams.keys())].map((name) => [
      name,
      LISTS.includes(name) ? url.searchParams.getAll(name) : url.searchParams.get(name),
    ]),
  );
  const changes = JSON.parse(decodeURIComponent(url.hash.slice(1))) as Record<string, unknown>;
  url.search = url.hash = "";
  return { url: url.href, body: { ...asked, ...changes } };
}

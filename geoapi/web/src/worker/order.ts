/** The stations of an answer in the order in which the page shows them: their numbers in the list and on the map. */
import type { Nearby, NearestAnswer } from "./types.ts";

/** Those that are sure, the one that opens next where none is, then those with unknown hours; each once. */
export function inOrder({ stations, opens_next, unknown_hours }: NearestAnswer): Nearby[] {
  const all = [...stations, ...(opens_next ? [opens_next] : []), ...unknown_hours];
  return [...new Map(all.map((one) => [one.id, one])).values()];
}

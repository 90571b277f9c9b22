/** One station's sheet: of the service, and where it cannot be asked of what the phone keeps. */
import { Refused, answered, api } from "../api/client.ts";
import { language } from "../ui/language.svelte.ts";
import { within } from "./within.ts";
import { kept } from "./kept.svelte.ts";
import { midnight } from "./times.ts";
import type { Station, StationHours } from "./types.ts";

export interface Detail {
  station: Station;
  hours: StationHours;
  /** Of when the data are where the phone answered by itself. */
  keptSince: Date | null;
}

const DAYS = 7;
const PATIENCE_MS = 6_000;

/** Everything about a station and its coming week. Raises `Refused` or `Unreachable`. */
export async function readDetail(id: string, stopped: AbortSignal): Promise<Detail> {
  const lang = language.current;
  const now = new Date();
  const span = { from: midnight(now), to: midnight(now, DAYS) };
  try {
    const signal = within(PATIENCE_MS, stopped);
    const path = { id: id as unknown as number };
    const [station, hours] = await Promise.all([
      answered(api.GET("/v1/stations/{id}", { params: { path, query: { lang } }, signal })),
      answered(api.GET("/v1/stations/{id}/hours", { params: { path, query: { ...span, lang } }, signal })),
    ]);
    return { station, hours, keptSince: null };
  } catch (error) {
    if (stopped.aborted || (error instanceof Refused && error.status < 500)) throw error;
    const own = await kept.detail(id, span);
    if (own === null) throw error;
    return own;
  }
}

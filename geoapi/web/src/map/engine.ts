/** MapLibre GL, with its worker from our own files. Imported when a map is shown, and not before. */
import "maplibre-gl/dist/maplibre-gl.css";
import { AJAXError, addProtocol, LngLatBounds, Map as MapLibre, setWorkerUrl } from "maplibre-gl";
// a file of its own, as it is: the policy allows no worker made of text
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?url";
import type { ErrorEvent, StyleSpecification, Tile } from "maplibre-gl";

import { requestOf, SUPPOSED } from "./supposed.ts";

setWorkerUrl(new URL(workerUrl, import.meta.url).href);

export type { MapLibre };
export { LngLatBounds };

/** As close as it makes sense to look at stations: a metre is some four pixels then. */
export const CLOSEST = 19;

/** The status of a service that has too much to do, and how long it is left alone then. */
const BUSY = 503;
const AGAIN_MS = 5000;

export interface Start {
  container: HTMLElement;
  style: StyleSpecification;
  bounds: [number, number, number, number];
  /** What is told of the picture itself to those who come to it by keyboard. */
  title: string;
  reducedMotion: boolean;
}

addProtocol(SUPPOSED, async (asked, { signal }) => {
  const { url, body } = requestOf(asked.url);
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify(body), signal });
  if (!answer.ok) throw new AJAXError(answer.status, answer.statusText, url, await answer.blob());
  return { data: await answer.arrayBuffer() };
});

/** A map in a container. Throws where the browser has no WebGL. */
export function createMap(start: Start): MapLibre {
  const map = new MapLibre({
    container: start.container,
    style: start.style,
    bounds: start.bounds,
    fitBoundsOptions: { padding: 24 },
    maxZoom: CLOSEST,
    // who is to be named is named by the page, as text
    attributionControl: false,
    maplibreLogo: false,
    // a map of a city is flat
    maxPitch: 0,
    dragRotate: true,
    pitchWithRotate: false,
    touchPitch: false,
    renderWorldCopies: false,
    fadeDuration: start.reducedMotion ? 0 : 150,
    locale: { "Map.Title": start.title },
  });
  map.keyboard.enable();
  askAgain(map);
  return map;
}

/** Asks a busy service for its tiles once more: MapLibre itself leaves a hole until the map is moved away. */
function askAgain(map: MapLibre): void {
  const timers = new Map<string, ReturnType<typeof setTimeout>>();
  map.on("error", (event) => {
    const { error, sourceId, tile } = event as ErrorEvent & { sourceId?: string; tile?: Tile };
    if (!sourceId || !tile || (error as Partial<AJAXError>).status !== BUSY) return;
    const { canonical, key } = tile.tileID;
    const name = `${sourceId}/${key}`;
    clearTimeout(timers.get(name));
    const again = (): void => {
      timers.delete(name);
      if (map.getSource(sourceId)) map.refreshTiles(sourceId, [canonical]);
    };
    timers.set(name, setTimeout(again, AGAIN_MS));
  });
  map.once("remove", () => {
    for (const timer of timers.values()) clearTimeout(timer);
  });
}

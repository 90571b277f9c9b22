/** What the service says of its map: asked once, by whoever comes first. */
import { answered, api, base } from "../api/client.ts";
import type { Language } from "../ui/language.svelte.ts";
import type { Theme } from "../ui/theme.svelte.ts";
import type { StyleSpecification } from "maplibre-gl";
import type { Datum, MapOverview } from "./types.ts";

let overview: Promise<MapOverview> | undefined;
const styles = new Map<string, Promise<StyleSpecification>>();

/** `GET /v1/map`. Asked again after a failure, and not otherwise. */
export function mapOverview(): Promise<MapOverview> {
  overview ??= answered(api.GET("/v1/map")).catch((error: unknown) => {
    overview = undefined;
    throw error;
  });
  return overview;
}

/** The datum that the map is drawn in. Answers asked for in it need no conversion to be shown. */
export async function mapDatum(): Promise<Datum> {
  return (await mapOverview()).crs;
}

/** The style to draw with: the service's own, on top of somebody else's where the settings name one. */
export function mapStyle(about: MapOverview, theme: Theme, lang: Language): Promise<StyleSpecification> {
  const key = `${theme}/${lang}`;
  let style = styles.get(key);
  if (!style) {
    style = read(about, theme, lang).catch((error: unknown) => {
      styles.delete(key);
      throw error;
    });
    styles.set(key, style);
  }
  return style;
}

async function read(about: MapOverview, theme: Theme, lang: Language): Promise<StyleSpecification> {
  const path = { scheme: theme };
  const own = answered(api.GET("/v1/map/styles/{scheme}", { params: { path, query: { lang } } }));
  const ours = resolved((await own) as unknown as StyleSpecification, base);
  if (about.basemap?.type !== "style") return ours;
  const theirs = resolved(await fetchStyle(about.basemap.url), about.basemap.url);
  return {
    ...theirs,
    sources: { ...theirs.sources, ...ours.sources },
    layers: [...theirs.layers, ...ours.layers],
  };
}

async function fetchStyle(address: string): Promise<StyleSpecification> {
  const answer = await fetch(address, { credentials: "omit", referrerPolicy: "no-referrer" });
  if (!answer.ok) throw new Error(`the base map's style: HTTP ${answer.status}`);
  return (await answer.json()) as StyleSpecification;
}

/** Whom a style's sources ask to be named, as plain text. */
export function attributionOf(style: StyleSpecification): string {
  const named = Object.values(style.sources).map((one) => ("attribution" in one && one.attribution) || "");
  return [...new Set(named.map((one) => one.replace(/<[^>]*>/g, "").trim()))].filter(Boolean).join(" · ");
}

/** The style with whole addresses: MapLibre's worker would take relative ones as relative to itself. */
function resolved(style: StyleSpecification, from: string): StyleSpecification {
  const whole = (address: string): string => wholeAddress(address, from);
  const sources = Object.fromEntries(
    Object.entries(style.sources).map(([name, source]) => [
      name,
      {
        ...source,
        ...("tiles" in source && source.tiles ? { tiles: source.tiles.map(whole) } : {}),
        ...("url" in source && source.url ? { url: whole(source.url) } : {}),
      },
    ]),
  ) as StyleSpecification["sources"];
  return {
    ...style,
    sources,
    ...(style.glyphs ? { glyphs: whole(style.glyphs) } : {}),
    ...(typeof style.sprite === "string" ? { sprite: whole(style.sprite) } : {}),
  };
}

/** An address made whole, its {marks} left as they are. The service's own begin with /v1, below its base. */
export function wholeAddress(address: string, from: string): string {
  if (/^[a-z]+:/i.test(address)) return address;
  const below = from === base && address.startsWith("/v1/") ? `.${address}` : address;
  return new URL(below, from).href.replaceAll("%7B", "{").replaceAll("%7D", "}");
}

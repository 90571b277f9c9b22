/**
 * The whole of what MapLibre draws, made anew from what a page wants shown: its `setStyle` finds out what of it
 * changed. Pure, so that it is tested without a browser.
 */
import type {
  ExpressionSpecification,
  LayerSpecification,
  SourceSpecification,
  StyleSpecification,
} from "maplibre-gl";
import type { FeatureCollection, Point } from "geojson";
import type { Theme } from "../ui/theme.svelte.ts";
import { withChanges } from "./supposed.ts";
import type { AreasLayer, CoverageLayer, Datum, DotsQuestion, GapsLayer, PlanningQuestion } from "./types.ts";

/** What a page wants shown on the background. `tiles` are the addresses of the service's layers. */
export interface Shown {
  /** The datum of the map. */
  crs: Datum;
  tiles: Readonly<Record<string, string>>;
  deepest: number;
  theme: Theme;
  lang: "zh" | "en";
  dots: DotsQuestion | null;
  /** Where numbered answers stand, longitude and latitude in the map's datum: no names are written under them. */
  answers: readonly { id: string; lonlat: [number, number] }[];
  coverage: CoverageLayer | null;
  gaps: GapsLayer | null;
  /** In the map's datum already. */
  areas: AreasLayer | null;
  /** A district to make stand out, by its code. */
  outlined: string | null;
}

/** Five steps from well served to far off, told apart by lightness alone, too; the last two are beyond the limit. */
export const COVERAGE_COLOURS: Record<Theme, readonly string[]> = {
  light: ["#2c7fb8", "#7fc4c9", "#f7e08a", "#f29e4c", "#b3202c"],
  dark: ["#3a8fc4", "#62aeb4", "#d9c26a", "#e0863a", "#e0565b"],
};

/** Where the steps end, as shares of the limit. */
export const COVERAGE_STEPS = [0.5, 1, 1.5, 2.5] as const;

interface Ink {
  open: string;
  unknown: string;
  closed: string;
  paper: string;
  text: string;
  halo: string;
  gap: string;
  outline: string;
}

const INK: Record<Theme, Ink> = {
  light: {
    open: "#0a7a45",
    unknown: "#4b4a86",
    closed: "#7d7a74",
    paper: "#ffffff",
    text: "#2a2822",
    halo: "#ffffff",
    gap: "#97211f",
    outline: "#101917",
  },
  dark: {
    open: "#5fdc97",
    unknown: "#bcbaf5",
    closed: "#7e8a93",
    paper: "#101716",
    text: "#dfe6ea",
    halo: "#101716",
    gap: "#ff9d97",
    outline: "#eef4f2",
  },
};

/** The style with everything on it, from the ground up. */
export function compose(background: StyleSpecification, shown: Shown): StyleSpecification {
  const sources: Record<string, SourceSpecification> = { ...background.sources };
  const under: LayerSpecification[] = [];
  const over: LayerSpecification[] = [];
  const ink = INK[shown.theme];
  if (shown.coverage) {
    sources["coverage"] = tiled(shown, "demand", shown.coverage.question);
    under.push(...coverageLayers(shown.coverage, shown.theme));
  }
  if (shown.areas) {
    sources["areas"] = { type: "geojson", data: shown.areas.data, promoteId: "code" };
    under.push(...areaLayers(shown.areas, shown.theme, ink));
  }
  if (shown.gaps) {
    sources["gaps"] = tiled(shown, "gaps", shown.gaps.question);
    under.push(...gapLayers(shown.gaps, ink));
  }
  if (shown.outlined) over.push(outline(shown.outlined, ink));
  if (shown.dots) {
    sources["stations"] = tiled(shown, "stations", shown.dots);
    over.push(...dotLayers(ink, shown.lang, shown.answers));
    if (shown.answers.length) {
      sources["answers"] = { type: "geojson", data: pointsOf(shown.answers) };
      over.push(ROOM_OF_ANSWERS);
    }
  }
  // fills lie below borders, and everything below the names
  const at = (start: string): number => {
    const found = background.layers.findIndex((layer) => layer.id.startsWith(start));
    return found < 0 ? background.layers.length : found;
  };
  const [borders, names] = [at("border"), Math.max(at("border"), at("name"))];
  const layers = [
    ...background.layers.slice(0, borders),
    ...under,
    ...background.layers.slice(borders, names),
    ...over,
    ...background.layers.slice(names),
  ];
  return { ...background, sources, layers };
}

/** A question's parameters, as they stand in an address: without those that nothing is said about. */
export function asQuery(question: DotsQuestion | PlanningQuestion): string {
  const query = new URLSearchParams();
  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- places stand in no address
  const { add, change_hours, ...rest } = question as PlanningQuestion;
  for (const [name, value] of Object.entries(rest) as [string, unknown][]) {
    for (const one of Array.isArray(value) ? (value as unknown[]) : [value])
      if (one !== undefined && one !== null && one !== "") query.append(name, String(one));
  }
  query.sort();
  return query.toString();
}

function tiled(shown: Shown, layer: string, question: DotsQuestion | PlanningQuestion): SourceSpecification {
  const address = shown.tiles[layer];
  if (address === undefined) throw new Error(`the service has no tiles of ${layer}`);
  const query = asQuery(question);
  return {
    type: "vector",
    tiles: [withChanges(query ? `${address}&${query}` : address, question as PlanningQuestion, shown.crs)],
    minzoom: 0,
    maxzoom: shown.deepest,
  };
}

/**
 * Keeps names out from under the numbered markers, which stand above the picture where MapLibre does not see them:
 * letters as large as a marker, not seen themselves.
 */
const ROOM_OF_ANSWERS: LayerSpecification = {
  id: "answers-room",
  type: "symbol",
  source: "answers",
  minzoom: 15.5,
  layout: {
    "text-field": "口\n口",
    "text-size": 24,
    "text-line-height": 1,
    "text-anchor": "bottom",
    "text-padding": 3,
    "text-allow-overlap": true,
  },
  paint: { "text-opacity": 0 },
};

function pointsOf(answers: Shown["answers"]): FeatureCollection<Point> {
  return {
    type: "FeatureCollection",
    features: answers.map(({ lonlat }) => ({
      type: "Feature",
      properties: {},
      geometry: { type: "Point", coordinates: lonlat },
    })),
  };
}

function dotLayers(ink: Ink, lang: "zh" | "en", answers: Shown["answers"]): LayerSpecification[] {
  const count = (state: string): ExpressionSpecification => ["coalesce", ["get", state], 0];
  const any = (state: string): ExpressionSpecification => [">", count(state), 0];
  const none = (state: string): ExpressionSpecification => ["==", count(state), 0];
  const grown: ExpressionSpecification = ["min", 2, ["^", ["get", "stations"], 0.33]];
  const radius = (far: number, near: number): ExpressionSpecification => [
    "interpolate",
    ["linear"],
    ["zoom"],
    7,
    ["*", far, grown],
    11.99,
    ["*", near, grown],
  ];
  const single = (near: number): ExpressionSpecification => [
    "interpolate",
    ["exponential", 1.3],
    ["zoom"],
    12,
    near,
    16,
    near * 2.1,
  ];
  const ring = { "circle-color": ink.paper, "circle-stroke-color": ink.unknown } as const;
  const full = { "circle-color": ink.open, "circle-stroke-color": ink.paper } as const;
  const spot = { "circle-color": ink.closed, "circle-opacity": 0.85 } as const;
  const counts = { source: "stations", "source-layer": "station_counts", maxzoom: 12 } as const;
  const each = { source: "stations", "source-layer": "stations", minzoom: 12 } as const;
  const is = (state: string): ExpressionSpecification => ["==", ["get", "state"], state];
  // open is a disc, perhaps open a ring, closed a speck: told apart without colour
  return [
    {
      id: "dots-closed-far",
      type: "circle",
      ...counts,
      filter: ["all", none("open"), none("unknown")],
      paint: { ...spot, "circle-radius": radius(0.7, 1.2) },
    },
    {
      id: "dots-unknown-far",
      type: "circle",
      ...counts,
      filter: ["all", none("open"), any("unknown")],
      paint: { ...ring, "circle-radius": radius(0.9, 1.7), "circle-stroke-width": 1.1 },
    },
    {
      id: "dots-open-far",
      type: "circle",
      ...counts,
      filter: any("open"),
      paint: { ...full, "circle-radius": radius(1.2, 2.3), "circle-stroke-width": 0.5 },
    },
    {
      id: "dots-closed",
      type: "circle",
      ...each,
      filter: is("closed"),
      paint: { ...spot, "circle-radius": single(1.7) },
    },
    {
      id: "dots-unknown",
      type: "circle",
      ...each,
      filter: is("unknown"),
      paint: { ...ring, "circle-radius": single(2.3), "circle-stroke-width": 1.6 },
    },
    {
      id: "dots-open",
      type: "circle",
      ...each,
      filter: is("open"),
      paint: { ...full, "circle-radius": single(3.2), "circle-stroke-width": 1 },
    },
    {
      id: "dots-name",
      type: "symbol",
      source: "stations",
      "source-layer": "stations",
      minzoom: 15.5,
      // the list beside it has the names of its numbers
      filter: ["!", ["in", ["get", "id"], ["literal", answers.map((one) => one.id)]]],
      layout: {
        "text-field":
          lang === "en"
            ? ["coalesce", ["get", "name_en"], ["get", "name_zh"], ""]
            : ["coalesce", ["get", "name_zh"], ["get", "name_en"], ""],
        "text-font": FONTS,
        "text-size": 12,
        "text-max-width": 9,
        "text-variable-anchor": ["left", "right", "top", "bottom"],
        "text-radial-offset": 0.8,
        "text-justify": "auto",
        "text-padding": 4,
        "symbol-sort-key": ["match", ["get", "state"], "open", 0, "unknown", 1, 2],
      },
      paint: { "text-color": ink.text, "text-halo-color": ink.halo, "text-halo-width": 1.5 },
    },
  ];
}

/** The layers whose features are single stations: what a tap may hit. */
export const STATION_LAYERS = ["dots-open", "dots-unknown", "dots-closed", "dots-name"] as const;

const FONTS = ["PingFang SC", "Noto Sans CJK SC", "Source Han Sans SC", "Microsoft YaHei", "sans-serif"];

function coverageLayers(layer: CoverageLayer, theme: Theme): LayerSpecification[] {
  const colours = COVERAGE_COLOURS[theme];
  const distance: ExpressionSpecification = [
    "coalesce",
    ["get", layer.reading === "open" ? "distance_m_if_open" : "distance_m"],
    1e9,
  ];
  const steps = COVERAGE_STEPS.flatMap((share, n) => [share * layer.limitM, colours[n + 1]!]);
  return [
    {
      id: "coverage",
      type: "fill",
      source: "coverage",
      "source-layer": "demand",
      paint: {
        "fill-color": ["step", distance, colours[0]!, ...steps] as ExpressionSpecification,
        // where few live there is little to see: colour is for people, not for ground
        "fill-opacity": [
          "interpolate",
          ["linear"],
          ["coalesce", ["get", "crowd"], 1],
          ...[0, 0.14, 0.03, 0.3, 0.25, 0.6, 1, 0.85],
        ] as unknown as ExpressionSpecification,
        // neighbours share their edges: smoothing each would show a grid
        "fill-antialias": false,
      },
    },
  ];
}

function gapLayers(layer: GapsLayer, ink: Ink): LayerSpecification[] {
  const from = {
    source: "gaps",
    "source-layer": layer.reading === "open" ? "gaps_if_open" : "gaps",
  } as const;
  return [
    { id: "gaps", type: "fill", ...from, paint: { "fill-color": ink.gap, "fill-opacity": 0.16 } },
    {
      id: "gaps-edge",
      type: "line",
      ...from,
      layout: { "line-join": "round" },
      paint: {
        "line-color": ink.gap,
        "line-width": ["interpolate", ["linear"], ["zoom"], 8, 0.5, 12, 1.6],
      },
    },
  ];
}

function areaLayers(layer: AreasLayer, theme: Theme, ink: Ink): LayerSpecification[] {
  const colours = COVERAGE_COLOURS[theme];
  const chosen: ExpressionSpecification = ["==", ["get", "code"], layer.selected ?? ""];
  return [
    {
      id: "areas",
      type: "fill",
      source: "areas",
      paint: {
        "fill-color": [
          "match",
          ["coalesce", ["get", "class"], -1],
          ...colours.flatMap((colour, n) => [n, colour]),
          "rgba(0, 0, 0, 0)",
        ] as unknown as ExpressionSpecification,
        "fill-opacity": ["case", chosen, 0.75, 0.5],
      },
    },
    {
      id: "areas-edge",
      type: "line",
      source: "areas",
      layout: { "line-join": "round" },
      paint: { "line-color": ink.outline, "line-width": ["case", chosen, 2.6, 0.4] },
    },
  ];
}

function outline(code: string, ink: Ink): LayerSpecification {
  return {
    id: "outlined",
    type: "line",
    source: "districts",
    "source-layer": "districts",
    filter: ["==", ["get", "code"], code],
    layout: { "line-join": "round" },
    paint: { "line-color": ink.outline, "line-width": ["interpolate", ["linear"], ["zoom"], 8, 1.6, 13, 3] },
  };
}

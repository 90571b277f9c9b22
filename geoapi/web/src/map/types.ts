/** What pages hand to a map, and what it tells them. Every place says the datum that it is in. */
import type { FeatureCollection, MultiPolygon, Polygon } from "geojson";
import type { Schemas } from "../api/client.ts";
import type { Datum } from "../geo/datum.ts";

export type { Datum } from "../geo/datum.ts";
export type OpenState = "open" | "unknown" | "closed";

/** A point, longitude and latitude in degrees of its datum. */
export interface Place {
  lon: number;
  lat: number;
  crs: Datum;
}

/** One of a list of answers: `rank` is the number it has in the list, `label` what it is called and how it stands. */
export interface StationMark {
  id: string;
  rank: number;
  location: Place;
  state: OpenState;
  label: string;
}

/** Something that is placed by hand: a site that is tried, a station that is moved. */
export interface Pin {
  id: string;
  location: Place;
  label: string;
  /** Up to two characters in it. */
  sign?: string;
  /** Only proposed, and not tried yet. */
  proposed?: boolean;
  draggable?: boolean;
}

/** Where somebody is, and how far off that may be, in metres. */
export interface Position extends Place {
  accuracyM?: number | undefined;
}

/** Which stations are shown as dots, and as of when; all of them, now, where nothing is said. */
export interface DotsQuestion {
  kind?: readonly string[];
  amenity?: readonly string[];
  at?: string | undefined;
}

/** A planner's question about one moment, as `/v1/tiles/gaps` and `/v1/tiles/demand` take it. */
export interface PlanningQuestion {
  district: string;
  kind?: readonly string[];
  amenity?: readonly string[];
  within?: string | undefined;
  model?: string | undefined;
  network?: string | undefined;
  demand?: string | undefined;
  at?: string | undefined;
  /** What is supposed: stations that are not there … */
  add?: readonly (Place & { hours: string })[];
  /** … and other hours of stations. */
  change_hours?: readonly { id: string; hours: string }[];
}

/** Whether stations with unknown hours count as closed or as open. */
export type Reading = "closed" | "open";

/** Demand shaded by how far its nearest open station is; `limitM` is where "too far" begins, in metres walked. */
export interface CoverageLayer {
  question: PlanningQuestion;
  reading: Reading;
  limitM: number;
}

/** The ground that has people and no open station within reach. */
export interface GapsLayer {
  question: PlanningQuestion;
  reading: Reading;
}

/** Areas of a page's own, each in one of five classes (0 is the best) or none; a tap on one tells its `code`. */
export interface AreasLayer {
  data: FeatureCollection<Polygon | MultiPolygon, { code: string; class?: number }>;
  crs: Datum;
  selected?: string | null;
}

export type MapOverview = Schemas["MapOverview"];

/** Room at the edges, in pixels, that something else covers. */
export interface Margins {
  top?: number;
  right?: number;
  bottom?: number;
  left?: number;
}

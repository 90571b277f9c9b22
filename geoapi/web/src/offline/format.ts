/**
 * The pack as the service sends it: docs/pack.md. A document is kept and passed on as it is; `openPack` makes
 * it ready to be asked.
 */

/** The format that this code reads. */
export const FORMAT = 1;

/** A column of stations' records, written in the way that takes least room. */
export type Column =
  | { c: unknown }
  | { g: number[] }
  | { s: [number, unknown][] }
  | { d: unknown[]; i: number[] }
  | { v: unknown[] };

export interface StationBlock {
  count: number;
  columns: Record<string, Column>;
}

/** The fields of a record, in their order. */
export const FIELDS = [
  "id", "kind", "name_zh", "name_en", "address", "lon", "lat", "district", "organisation", "host",
  "host_name", "phone", "description", "attributes", "amenities", "access", "hours_text", "hours_to_come",
  "hours", "hours_later", "time_zone", "calendar", "verified_at", "created_at", "updated_at", "version",
  "source", "schedule", "outages", "exceptions", "warnings", "reading", "search",
] as const; // prettier-ignore
export type Field = (typeof FIELDS)[number];

/** [text, OpenStreetMap string, certainty, what was not read, the week's hours from Monday, holiday policy] */
export type HoursRow = [
  text: string | null,
  osm: string | null,
  certainty: "full" | "partial" | "unknown",
  unread: string[],
  week: string[][],
  policy: "as_usual" | "closed" | null,
];
export type Outage = [amenity: number, from: number | null, until: number | null];
export type Exception = [
  from: number,
  until: number,
  state: "open" | "closed",
  noteZh: string | null,
  noteEn: string | null,
];
export type Warning = [
  kind: "closed" | "amenity" | "gone" | "other",
  amenity: number | null,
  steps: [until: number, people: number, since: number][],
];

/** What a record holds, by field. Instants are microseconds since 1970, days are ISO dates. */
export interface StationRecord {
  id: number;
  kind: string;
  name_zh: string;
  name_en: string | null;
  address: string | null;
  lon: number;
  lat: number;
  district: string | null;
  organisation: string | null;
  host: string | null;
  host_name: string | null;
  phone: string | null;
  description: string | null;
  attributes: string | null;
  amenities: string | number[];
  access: string[];
  hours_text: string | null;
  hours_to_come: [day: string, text: string | null][] | null;
  hours: HoursRow;
  hours_later: [day: string, hours: HoursRow][] | null;
  time_zone: string;
  calendar: string;
  verified_at: number | null;
  created_at: number;
  updated_at: number;
  version: number;
  source: string;
  schedule: string | null;
  outages: Outage[] | null;
  exceptions: Exception[] | null;
  warnings: Warning[] | null;
  reading: string | null;
  search: string | null;
}

/** Whole minutes as a number, anything else as microseconds in digits. */
export type Step = number | string;

export type ScheduleRow = [
  key: string,
  steps: Step[],
  tags: number | number[],
  parts: [interval: number, ...parts: [since: Step, reason: number][]][],
  closed: [from: Step, length: Step, reason: number][],
];

export interface Parts {
  kinds: [id: number, code: string, zh: string, en: string][];
  amenities: [id: number, code: string, zh: string, en: string, tag: string | null][];
  hosts: [code: string, zh: string, en: string][];
  districts: [code: string, parent: string | null, level: string, zh: string, en: string | null][];
  organisations: [code: string, zh: string, en: string | null][];
  zones: [name: string, offsets: [since: number, seconds: number][]][];
  calendars: [name: string, days: [day: string, type: "holiday" | "makeup", zh: string, en: string][]][];
  schedules: ScheduleRow[];
  readings: [chars: string, readings: string];
  simplified: string;
}

/** The parts in the order of the digest. */
export const PARTS = [
  "kinds", "amenities", "hosts", "districts", "organisations", "zones", "calendars", "schedules", "readings",
  "simplified",
] as const satisfies readonly (keyof Parts)[]; // prettier-ignore

/** What the pack says of itself, and the service's settings that answers depend on. */
export interface About {
  format: number;
  code: string;
  name_zh: string;
  name_en: string | null;
  level: string;
  /** The window that is known: [starts_at, ends_at), both midnight UTC. */
  starts_at: string;
  ends_at: string;
  walking: { walk_speed_m_s: number; detour_factor: number };
  nearest: {
    default_radius_m: number;
    max_radius_m: number;
    default_limit: number;
    max_limit: number;
    default_stay_minutes: number;
  };
  /** Metres around the outline within which every station is in the pack. */
  margin_m: number;
  /** Rings of [lon, lat, lon, lat, …] in 1e-5 degrees; null: every station there is is in the pack. */
  outline: number[][] | null;
}

interface Envelope {
  format: number;
  version: string;
  since_known: boolean | null;
  about: About;
  stations: StationBlock;
  removed: number[];
}

/** A whole pack. */
export interface PackDocument extends Envelope {
  kind: "whole";
  since: null;
  parts: Parts;
}

/** What changed in a pack since the version `since`. */
export interface PackDelta extends Envelope {
  kind: "delta";
  since: string;
  parts: Partial<Parts>;
}

/** Why a document cannot be used: a format of another time, or content that is not what its version says. */
export class UnusablePack extends Error {
  override readonly name = "UnusablePack";
}

/** Raises `UnusablePack` for a format that this code does not know. */
export function requireFormat(document: { format: number }): void {
  if (document.format !== FORMAT) {
    throw new UnusablePack(`format ${String(document.format)}, and not ${FORMAT}`);
  }
}

/** A pack made ready to be asked: columns by station, schedules, words and zones by their names. */
import { unitVector } from "../geo/geodesic.ts";
import { valuesOf } from "./columns.ts";
import {
  requireFormat,
  type About,
  type Field,
  type PackDocument,
  type Parts,
  type StationRecord,
} from "./format.ts";
import { instantOf, type Instant } from "./instants.ts";
import { NEVER, readSchedule, type Schedule } from "./schedule.ts";

export interface Word {
  code: string;
  zh: string;
  en: string | null;
}

/** A pack ready to be asked. Stations go by their place in it, from 0, in the order of their ids. */
export interface Pack {
  readonly document: PackDocument;
  readonly version: string;
  readonly about: About;
  readonly parts: Parts;
  /** The window that is known: [startsAt, endsAt). */
  readonly startsAt: Instant;
  readonly endsAt: Instant;
  readonly count: number;
  readonly ids: readonly number[];
  readonly lon: readonly number[];
  readonly lat: readonly number[];
  /** Unit vectors, x y z by station. */
  readonly vectors: Float64Array;
  readonly kinds: readonly string[];
  readonly amenityIds: readonly (readonly number[])[];
  /** The place of each station's schedule in `schedules`. */
  readonly scheduleOf: Int32Array;
  readonly schedules: readonly Schedule[];
  readonly outages: readonly StationRecord["outages"][];
  /** Everything else about one station. */
  field<F extends Field>(field: F, station: number): StationRecord[F];
  readonly placeOfId: ReadonlyMap<number, number>;
  readonly amenityCode: ReadonlyMap<number, string>;
  readonly amenityIdOf: ReadonlyMap<string, number>;
  readonly amenityWord: ReadonlyMap<number, Word>;
  readonly kindCodes: readonly string[];
  readonly district: ReadonlyMap<string, Word>;
  readonly host: ReadonlyMap<string, Word>;
  readonly organisation: ReadonlyMap<string, Word>;
  /** The offset in seconds of a zone's clocks at an instant. */
  offset(zone: string, at: Instant): number;
}

/** The pack of a document. Raises `UnusablePack` for a format that is not known. */
export function openPack(document: PackDocument): Pack {
  requireFormat(document);
  const { about, parts } = document;
  const { count, columns } = document.stations;
  const startsAt = instantOf(about.starts_at);
  const made = new Map<Field, readonly unknown[]>();
  const values = <F extends Field>(field: F): readonly StationRecord[F][] => {
    let found = made.get(field);
    if (!found) {
      found = count === 0 ? [] : valuesOf(columns[field]!, count);
      made.set(field, found);
    }
    return found as readonly StationRecord[F][];
  };
  const lon = values("lon");
  const lat = values("lat");
  const vectors = new Float64Array(3 * count);
  for (let i = 0; i < count; i++) vectors.set(unitVector(lon[i]!, lat[i]!), 3 * i);
  const placeOfSchedule = new Map(parts.schedules.map(([key], place) => [key, place + 1]));
  const zones = new Map(parts.zones);
  return {
    document,
    version: document.version,
    about,
    parts,
    startsAt,
    endsAt: instantOf(about.ends_at),
    count,
    ids: values("id"),
    lon,
    lat,
    vectors,
    kinds: values("kind"),
    amenityIds: readAmenities(values("amenities")),
    scheduleOf: Int32Array.from(values("schedule"), (key) => (key === null ? 0 : placeOfSchedule.get(key)!)),
    schedules: [NEVER, ...parts.schedules.map((row) => readSchedule(row, startsAt))],
    outages: values("outages"),
    field: (field, station) => values(field)[station]!,
    placeOfId: new Map(values("id").map((id, place) => [id, place])),
    amenityCode: new Map(parts.amenities.map(([id, code]) => [id, code])),
    amenityIdOf: new Map(parts.amenities.map(([id, code]) => [code, id])),
    amenityWord: new Map(parts.amenities.map(([id, code, zh, en]) => [id, { code, zh, en }])),
    kindCodes: parts.kinds.map(([, code]) => code),
    district: new Map(parts.districts.map(([code, , , zh, en]) => [code, { code, zh, en }])),
    host: words(parts.hosts),
    organisation: words(parts.organisations),
    offset: (zone, at) => {
      const offsets = zones.get(zone)!;
      let seconds = offsets[0]![1];
      for (const [since, other] of offsets) {
        if (since > at) break;
        seconds = other;
      }
      return seconds;
    },
  };
}

function words(rows: readonly [string, string, string | null][]): Map<string, Word> {
  return new Map(rows.map(([code, zh, en]) => [code, { code, zh, en }]));
}

/** Ids from the bits of hexadecimal numbers; each different number is read once. */
function readAmenities(column: readonly StationRecord["amenities"][]): number[][] {
  const read = new Map<string, number[]>();
  return column.map((written) => {
    if (typeof written !== "string") return written;
    let ids = read.get(written);
    if (!ids) {
      ids = [];
      for (let digit = 0; digit < written.length; digit++) {
        const bits = parseInt(written[written.length - 1 - digit]!, 16);
        for (let bit = 0; bit < 4; bit++) if ((bits >> bit) & 1) ids.push(4 * digit + bit);
      }
      read.set(written, ids);
    }
    return ids;
  });
}

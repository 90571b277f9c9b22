/** Small packs for tests: a few stations in a square of a degree around 116° E, 39° N. */
import { blockOf } from "./columns.ts";
import { versionOf } from "./delta.ts";
import { FIELDS, type PackDelta, type PackDocument, type Parts, type StationRecord } from "./format.ts";

const START = "2026-11-22T00:00:00+00:00";
const END = "2026-12-09T00:00:00+00:00";

/** A station's record, with what a test says of it. */
export function record(id: number, said: Partial<StationRecord> = {}): StationRecord {
  return {
    id,
    kind: "care_station",
    name_zh: `驿站${String(id)}`,
    name_en: null,
    address: null,
    lon: 116 + id / 1000,
    lat: 39,
    district: "110101",
    organisation: null,
    host: null,
    host_name: null,
    phone: null,
    description: null,
    attributes: null,
    amenities: "2",
    access: [],
    hours_text: "24小时",
    hours_to_come: null,
    hours: ["24小时", "24/7", "full", [], Array.from({ length: 7 }, () => ["00:00-24:00"]), null],
    hours_later: null,
    time_zone: "Asia/Shanghai",
    calendar: "CN",
    verified_at: null,
    created_at: 1_760_000_000_000_000,
    updated_at: 1_760_000_000_000_000,
    version: 1,
    source: "test",
    schedule: "always",
    outages: null,
    exceptions: null,
    warnings: null,
    reading: null,
    search: null,
    ...said,
  };
}

const PARTS: Parts = {
  kinds: [[1, "care_station", "职工暖心驿站", "worker care station"]],
  amenities: [[1, "drinking_water", "饮用水", "drinking water", null]],
  hosts: [],
  districts: [["110101", null, "district", "东城区", "Dongcheng"]],
  organisations: [],
  zones: [["Asia/Shanghai", [[0, 28_800]]]],
  calendars: [["CN", []]],
  schedules: [
    ["always", [0, 17 * 1440], 0, [], []],
    ["daily", Array.from({ length: 34 }, (_, i) => [i ? 780 : 60, 660][i % 2]!), 0, [], []],
  ],
  readings: ["东区城站驿", "dong qu cheng zhan yi"],
  simplified: "東东驛驿",
};

/** A pack of these stations, sound. */
export async function packOf(
  stations: readonly StationRecord[],
  { parts = {}, outline = null }: { parts?: Partial<Parts>; outline?: number[][] | null } = {},
): Promise<PackDocument> {
  const document: PackDocument = {
    format: 1,
    kind: "whole",
    version: "",
    since: null,
    since_known: null,
    about: {
      format: 1,
      code: "110101",
      name_zh: "东城区",
      name_en: "Dongcheng",
      level: "district",
      starts_at: START,
      ends_at: END,
      walking: { walk_speed_m_s: 1.2, detour_factor: 1.3 },
      nearest: {
        default_radius_m: 5000,
        max_radius_m: 50_000,
        default_limit: 10,
        max_limit: 50,
        default_stay_minutes: 15,
      },
      margin_m: 5000,
      outline,
    },
    parts: { ...PARTS, ...parts },
    stations: blockOf(stations.map((one) => FIELDS.map((field) => one[field]))),
    removed: [],
  };
  return { ...document, version: await versionOf(document) };
}

/** What changed from one pack to another. */
export function deltaOf(
  before: PackDocument,
  after: PackDocument,
  changed: StationRecord[],
  removed: number[] = [],
): PackDelta {
  return {
    ...after,
    kind: "delta",
    since: before.version,
    since_known: true,
    parts: {},
    stations: blockOf(changed.map((one) => FIELDS.map((field) => one[field]))),
    removed,
  };
}

/**
 * The nearest stations that are open when the walker gets there: what POST /v1/stations/nearest answers, from a
 * pack. The semantics are those of geoapi/queries/nearest.py and its statements, to the field.
 */
import type { Datum } from "../geo/datum.ts";
import { toWgs84 } from "../geo/datum.ts";
import { distanceMetres, leastMetres, mostChord2, unitVector } from "../geo/geodesic.ts";
import { coveredMetres } from "./cover.ts";
import { formatInstant, MINUTE, parseInstant, SECOND, type Instant } from "./instants.ts";
import type { Pack } from "./pack.ts";
import { answered, CannotAnswer, type Answered } from "./refused.ts";
import { round } from "./rounding.ts";
import {
  closedReason,
  intervalAt,
  mayBe,
  openFor,
  reasonAt,
  unknownFor,
  type Interval,
  type Reason,
  type State,
} from "./schedule.ts";
import { local, localDay, noticeAt, outOfOrder, stationShape, type Lang, type Schemas } from "./shapes.ts";

export type Nearest = Schemas["Nearest"];
export type NearbyStation = Schemas["NearbyStation"];
export type OpenMode = "arrival" | "at" | "any";

/** The body of POST /v1/stations/nearest. */
export interface NearestQuestion {
  lon: number;
  lat: number;
  crs?: Datum | undefined;
  kind?: readonly string[] | undefined;
  amenity?: readonly string[] | undefined;
  open?: OpenMode | undefined;
  at?: string | null | undefined;
  stay_minutes?: number | null | undefined;
  radius_m?: number | null | undefined;
  limit?: number | null | undefined;
  lang?: Lang | undefined;
}

/** The question with every default filled in. */
interface Asked {
  pack: Pack;
  query: Nearest["query"];
  lon: number;
  lat: number;
  at: Instant;
  stay: number;
  secondsPerMetre: number;
  kinds: ReadonlySet<string> | null;
  amenityIds: readonly number[];
  crs: Datum;
  lang: Lang;
  now: Instant;
  /** The end of the stay at the end of the longest walk. */
  last: Instant;
}

/** A station of an answer. */
interface Hit {
  station: number;
  metres: number;
  state: "open" | "closed" | "unknown";
  reason: Reason;
  opensAt: Instant | null;
  closesAt: Instant | null;
  notice: string | null;
}

/**
 * The service's answer to a question, by the pack alone; or why the pack cannot answer. `now` is the present,
 * in milliseconds (`Date.now()`).
 */
export function answerNearest(pack: Pack, question: NearestQuestion, now: number): Answered<Nearest> {
  return answered(() => {
    const asked = understood(pack, question, Math.round(now) * 1000);
    const { at, last } = asked;
    if (at < pack.startsAt || last >= pack.endsAt) {
      const { starts_at, ends_at } = pack.about;
      throw new CannotAnswer({ why: "beyond_window", known_from: starts_at, known_until: ends_at });
    }
    return asked.query.open === "any" ? whateverTheHours(asked) : openOnes(asked);
  });
}

function understood(pack: Pack, question: NearestQuestion, now: Instant): Asked {
  const { lon, lat, crs = "wgs84", kind = [], amenity = [], open = "arrival", lang = "zh" } = question;
  const { nearest, walking } = pack.about;
  require(Number.isFinite(lon) && Math.abs(lon) <= 180, "lon");
  require(Number.isFinite(lat) && Math.abs(lat) <= 90, "lat");
  require(["wgs84", "gcj02", "bd09"].includes(crs), "crs");
  require(["arrival", "at", "any"].includes(open), "open");
  const limit = question.limit ?? nearest.default_limit;
  require(Number.isInteger(limit) && limit >= 1 && limit <= nearest.max_limit, "limit");
  const radius = question.radius_m ?? nearest.default_radius_m;
  require(radius > 0 && radius <= nearest.max_radius_m, "radius_m");
  const stay = question.stay_minutes ?? nearest.default_stay_minutes;
  require(Number.isInteger(stay) && stay >= 0 && stay <= 1440, "stay_minutes");
  const kinds = codes(kind);
  const amenities = codes(amenity);
  for (const code of kinds) known(pack.kindCodes.includes(code), "kind", code);
  for (const code of amenities) known(pack.amenityIdOf.has(code), "amenity", code);
  const given = question.at ?? null;
  const parsed = given === null ? { at: Math.floor(now / SECOND) * SECOND, offset: 0 } : parseInstant(given);
  if (!parsed) throw new CannotAnswer({ why: "invalid", field: "at" });
  const secondsPerMetre = walking.detour_factor / walking.walk_speed_m_s;
  const stayed = open === "arrival" ? stay * MINUTE : 0;
  const walk = open === "arrival" ? Math.round(radius * secondsPerMetre * SECOND) : 0;
  const [x, y] = toWgs84(lon, lat, crs);
  return {
    pack,
    query: {
      lon,
      lat,
      crs,
      kind: kinds.length ? kinds : [...pack.kindCodes],
      amenity: amenities,
      open,
      at: formatInstant(parsed.at, parsed.offset),
      stay_minutes: stay,
      radius_m: radius,
      limit,
      lang,
      walk_speed_m_s: walking.walk_speed_m_s,
      detour_factor: walking.detour_factor,
    },
    lon: x,
    lat: y,
    at: parsed.at,
    stay: stayed,
    secondsPerMetre,
    kinds: kinds.length ? new Set(kinds) : null,
    amenityIds: amenities.map((code) => pack.amenityIdOf.get(code)!),
    crs,
    lang,
    now,
    last: parsed.at + walk + stayed,
  };
}

function require(holds: boolean, field: string): void {
  if (!holds) throw new CannotAnswer({ why: "invalid", field });
}

function known(holds: boolean, field: "kind" | "amenity", code: string): void {
  if (!holds) throw new CannotAnswer({ why: "unknown_code", field, code });
}

/** `["a,b"]` and `["a", "b"]` are the same. */
function codes(given: readonly string[]): string[] {
  return given
    .flatMap((part) => part.split(","))
    .map((code) => code.trim())
    .filter((code) => code !== "");
}

function openOnes(asked: Asked): Nearest {
  const { pack, at, stay, query } = asked;
  const sure = new Best(query.limit);
  const unknown = new Best(query.limit);
  const possible = possibleStates(asked);
  for (const { station, least } of nearestFirst(asked)) {
    if (sure.isCertainWithin(least) && unknown.isCertainWithin(least)) break;
    const [open, perhaps] = possible(pack.scheduleOf[station]!);
    const wanted = (open && !sure.isCertainWithin(least)) || (perhaps && !unknown.isCertainWithin(least));
    if (!wanted || !hasAmenities(asked, station)) continue;
    const metres = metresTo(asked, station);
    if (metres > query.radius_m) continue;
    const arrival = at + walkTime(asked, metres);
    if (asked.amenityIds.length && isBroken(asked, station, arrival)) continue;
    const schedule = pack.schedules[pack.scheduleOf[station]!]!;
    const during = openFor(schedule, arrival, stay);
    if (during) {
      sure.add(hit(asked, station, metres, during, arrival));
      continue;
    }
    const doubt = unknownFor(schedule, arrival, stay);
    if (doubt) unknown.add(hit(asked, station, metres, doubt, arrival));
  }
  requireCovered(asked, [sure, unknown]);
  for (const one of sure.hits) {
    const arrival = at + walkTime(asked, one.metres);
    if (one.reason === "exception") one.notice = noticeAt(pack, one.station, arrival, asked.lang);
  }
  const following = sure.hits.length ? null : opensNext(asked);
  if (following) {
    requireCovered(asked, []);
    following.notice = noticeAt(pack, following.station, at, asked.lang);
  }
  return shaped(asked, sure.hits, unknown.hits, following);
}

function whateverTheHours(asked: Asked): Nearest {
  const { pack, at, query } = asked;
  const best = new Best(query.limit);
  for (const { station, least } of nearestFirst(asked)) {
    if (best.isCertainWithin(least)) break;
    if (!hasAmenities(asked, station)) continue;
    if (asked.amenityIds.length && isBroken(asked, station, at)) continue;
    const metres = metresTo(asked, station);
    if (metres > query.radius_m) continue;
    const schedule = pack.schedules[pack.scheduleOf[station]!]!;
    const now = intervalAt(schedule, at);
    if (now) {
      best.add(hit(asked, station, metres, now, at));
      continue;
    }
    const next = schedule.intervals.find((one) => one.state === "open" && one.end > at);
    const reason = closedReason(schedule, at);
    const opensAt = next?.start ?? null;
    best.add({ station, metres, state: "closed", reason, opensAt, closesAt: null, notice: null });
  }
  requireCovered(asked, [best]);
  for (const one of best.hits) {
    if (one.reason === "exception") one.notice = noticeAt(pack, one.station, at, asked.lang);
  }
  return shaped(asked, best.hits, [], null);
}

/** The nearest that were found, ties by id. */
class Best {
  readonly #limit: number;
  #hits: Hit[] = [];
  #sorted = true;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(one: Hit): void {
    this.#hits.push(one);
    this.#sorted = false;
  }

  get hits(): Hit[] {
    if (!this.#sorted) {
      // a place in the pack rises with the id
      this.#hits.sort((a, b) => a.metres - b.metres || a.station - b.station);
      this.#hits.length = Math.min(this.#hits.length, this.#limit);
      this.#sorted = true;
    }
    return this.#hits;
  }

  /** Whether nothing that is so many metres away at least can change it. */
  isCertainWithin(metres: number): boolean {
    if (this.#hits.length < this.#limit) return false;
    const { hits } = this;
    return hits[hits.length - 1]!.metres < metres;
  }
}

/** Refuse where a station that the pack does not have could be in the answer. */
function requireCovered({ pack, lon, lat, query }: Asked, lists: readonly Best[]): void {
  const covered = coveredMetres(pack.about, lon, lat);
  if (query.radius_m <= covered) return;
  if (lists.length && lists.every((best) => best.isCertainWithin(covered))) return;
  throw new CannotAnswer({ why: "beyond_area", covered_m: Math.floor(covered) });
}

/** Stations of the kinds asked about, roughly nearest first, with the metres they are away at least. */
function* nearestFirst(asked: Asked): Generator<{ station: number; least: number }> {
  const { pack, kinds } = asked;
  const { vectors, count } = pack;
  const [x, y, z] = unitVector(asked.lon, asked.lat);
  const most = mostChord2(asked.query.radius_m);
  const chords = new Float64Array(count).fill(Infinity);
  for (let i = 0; i < count; i++) {
    const dz = vectors[3 * i + 2]! - z;
    if (dz * dz > most) continue;
    const dx = vectors[3 * i]! - x;
    const dy = vectors[3 * i + 1]! - y;
    const chord = dx * dx + dy * dy + dz * dz;
    if (chord <= most && (!kinds || kinds.has(pack.kinds[i]!))) chords[i] = chord;
  }
  // in rings, each of four times the area of the one before: few questions go far
  let inner = -1;
  for (let metres = 250; inner < most; metres *= 2) {
    const outer = Math.min(most, mostChord2(metres));
    const ring: number[] = [];
    for (let i = 0; i < count; i++) if (chords[i]! > inner && chords[i]! <= outer) ring.push(i);
    ring.sort((a, b) => chords[a]! - chords[b]!);
    for (const station of ring) yield { station, least: leastMetres(chords[station]!) };
    inner = outer;
  }
}

/** Of a schedule: whether it can be open, and unknown, at any time that the question is about. */
function possibleStates({ pack, at, last }: Asked): (schedule: number) => readonly [boolean, boolean] {
  const known: (readonly [boolean, boolean])[] = [];
  const may = (schedule: number, state: State): boolean => mayBe(pack.schedules[schedule]!, state, at, last);
  return (schedule) => (known[schedule] ??= [may(schedule, "open"), may(schedule, "unknown")]);
}

/** Of the stations within reach, the one whose next opening that leaves time to stay comes first. */
function opensNext(asked: Asked): Hit | null {
  const { pack, at, stay, query } = asked;
  let best: Hit | null = null;
  for (const { station, least } of nearestFirst(asked)) {
    const schedule = pack.schedules[pack.scheduleOf[station]!]!;
    const openings = (after: Instant): Interval | undefined =>
      schedule.intervals.find(
        (one) =>
          one.state === "open" &&
          one.start > after &&
          one.end - one.start >= stay &&
          !(asked.amenityIds.length && isBroken(asked, station, one.start)),
      );
    // the walk takes this long at least, so no opening of it counts that comes earlier
    const soonest = openings(at + walkTime(asked, least));
    if (!soonest || !hasAmenities(asked, station)) continue;
    if (best && soonest.start > best.opensAt!) continue;
    if (best && soonest.start === best.opensAt! && least > best.metres) continue;
    const metres = metresTo(asked, station);
    if (metres > query.radius_m) continue;
    const one = openings(at + walkTime(asked, metres));
    if (!one) continue;
    const sooner =
      !best ||
      one.start < best.opensAt! ||
      (one.start === best.opensAt! &&
        (metres < best.metres || (metres === best.metres && station < best.station)));
    if (!sooner) continue;
    best = {
      station,
      metres,
      state: "closed",
      reason: one.reason,
      opensAt: one.start,
      closesAt: one.end,
      notice: null,
    };
  }
  return best;
}

function metresTo({ pack, lon, lat }: Asked, station: number): number {
  return distanceMetres(pack.lon[station]!, pack.lat[station]!, lon, lat);
}

/** Microseconds on foot, where the question counts them. */
function walkTime({ query, secondsPerMetre }: Asked, metres: number): number {
  return query.open === "arrival" ? Math.round(metres * secondsPerMetre * SECOND) : 0;
}

function hasAmenities({ pack, amenityIds }: Asked, station: number): boolean {
  return amenityIds.every((id) => pack.amenityIds[station]!.includes(id));
}

/** Whether one of the amenities asked about is out of order at an instant. */
function isBroken({ pack, amenityIds }: Asked, station: number, at: Instant): boolean {
  return outOfOrder(pack, station, at).some((id) => amenityIds.includes(id));
}

function hit({ pack }: Asked, station: number, metres: number, during: Interval, moment: Instant): Hit {
  const { state } = during;
  return {
    station,
    metres,
    state,
    reason: reasonAt(during, moment),
    opensAt: null,
    // what lasts to the end of the window has no known end
    closesAt: state === "open" && during.end < pack.endsAt ? during.end : null,
    notice: null,
  };
}

function shaped(asked: Asked, sure: Hit[], unknown: Hit[], following: Hit | null): Nearest {
  const nearby = (one: Hit): NearbyStation => ({
    ...stationShape(asked.pack, one.station, asked.at, asked),
    hours_text: hoursText(asked, one, one === following ? (one.opensAt ?? asked.at) : asked.at),
    distance_m: round(one.metres, 1),
    walk_minutes: Math.max(0, Math.ceil((one.metres * asked.secondsPerMetre) / 60 - 1e-9)),
    open_state: one.state,
    open_reason: one.reason,
    closes_at: local(asked.pack, one.station, one.closesAt),
    opens_at: local(asked.pack, one.station, one.opensAt),
    notice: one.notice,
  });
  return {
    query: asked.query,
    stations: sure.map(nearby),
    unknown_hours: unknown.map(nearby),
    opens_next: following ? nearby(following) : null,
  };
}

/** The text of the hours that are planned for a station's day, where any are. */
function hoursText({ pack }: Asked, { station }: Hit, moment: Instant): string | null {
  const planned = pack.field("hours_to_come", station);
  if (!planned) return pack.field("hours_text", station);
  const day = localDay(pack, station, moment);
  const current = planned.findLast(([since]) => since <= day);
  return current ? current[1] : pack.field("hours_text", station);
}

/** A station's sheet and its hours between two times, from a pack: what GET /v1/stations/{id} and …/hours answer. */
import type { Datum } from "../geo/datum.ts";
import type { HoursRow } from "./format.ts";
import { DAY, MINUTE, parseInstant, type Instant } from "./instants.ts";
import type { Pack } from "./pack.ts";
import { answered, CannotAnswer, type Answered } from "./refused.ts";
import { closedReason, intervalAt, reasonAt } from "./schedule.ts";
import { local, localDay, named, noteOf, noticeAt, stationShape, type Lang, type Schemas } from "./shapes.ts";

export type Station = Schemas["Station"];
export type StationHours = Schemas["StationHours"];

/** How to answer about one station; `at` is now when left out. */
export interface SheetQuestion {
  crs?: Datum;
  lang?: Lang;
  at?: string;
}

const LOOK_AHEAD = 14 * DAY;

/** Everything about one station; `now` is the present in milliseconds (`Date.now()`). */
export function station(
  pack: Pack,
  id: string,
  { crs = "wgs84", lang = "zh", at: asked }: SheetQuestion,
  now: number,
): Answered<Station> {
  return answered(() => {
    const one = placeOf(pack, id);
    const present = Math.round(now) * 1000;
    const at = asked === undefined ? Math.floor(present / MINUTE) * MINUTE : timeOf(asked, "at");
    requireKnown(pack, at, at);
    const until = at + LOOK_AHEAD;
    const schedule = pack.schedules[pack.scheduleOf[one]!]!;
    const during = intervalAt(schedule, at);
    const next = during ? during.end : schedule.intervals.find(({ start }) => start > at)?.start;
    const host = pack.field("host", one);
    const organisation = pack.field("organisation", one);
    const hours = hoursOn(pack, one, localDay(pack, one, at));
    const attributes = pack.field("attributes", one);
    const last = Math.min(until, pack.endsAt);
    return {
      ...stationShape(pack, one, at, { crs, lang, now: present }),
      hours_text: hours[0],
      host: host === null ? null : named(pack.host.get(host)!, lang),
      host_name: pack.field("host_name", one),
      organisation: organisation === null ? null : named(pack.organisation.get(organisation)!, lang),
      description: pack.field("description", one),
      attributes: attributes === null ? {} : (JSON.parse(attributes) as Record<string, unknown>),
      hours: {
        text: hours[0],
        osm: hours[1],
        certainty: hours[2],
        unread: hours[3],
        week: hours[4].map((spans, day) => ({ weekday: day + 1, hours: spans })),
        holiday_policy: hours[5],
        time_zone: pack.field("time_zone", one),
        calendar: pack.field("calendar", one),
        exceptions: (pack.field("exceptions", one) ?? [])
          .filter(([from, to]) => from < until && to > at)
          .map((exception) => ({
            starts_at: local(pack, one, exception[0]),
            ends_at: local(pack, one, exception[1]),
            state: exception[2],
            note: noteOf(exception, lang),
          })),
      },
      now: {
        at: local(pack, one, at),
        open_state: during ? during.state : "closed",
        open_reason: during ? reasonAt(during, at) : closedReason(schedule, at),
        changes_at: next !== undefined && next < last ? local(pack, one, next) : null,
        notice: noticeAt(pack, one, at, lang),
      },
      created_at: local(pack, one, pack.field("created_at", one)),
      updated_at: local(pack, one, pack.field("updated_at", one)),
      retired_at: null,
    };
  });
}

/** What is open in [from, to), the holidays and make-up workdays in between: from now for a week if left out. */
export function stationHours(
  pack: Pack,
  id: string,
  { from, to, lang = "zh" }: { from?: string; to?: string; lang?: Lang },
  now: number,
): Answered<StationHours> {
  return answered(() => {
    const one = placeOf(pack, id);
    const start =
      from === undefined ? Math.floor((Math.round(now) * 1000) / MINUTE) * MINUTE : timeOf(from, "from");
    const end = to === undefined ? start + 7 * DAY : timeOf(to, "to");
    if (end <= start) throw new CannotAnswer({ why: "invalid", field: "to" });
    requireKnown(pack, start, end - 1);
    const [firstDay, lastDay] = [localDay(pack, one, start), localDay(pack, one, end)];
    const calendar = pack.parts.calendars.find(([name]) => name === pack.field("calendar", one));
    return {
      id,
      time_zone: pack.field("time_zone", one),
      starts_at: local(pack, one, start),
      ends_at: local(pack, one, end),
      intervals: pack.schedules[pack.scheduleOf[one]!]!.intervals.filter(
        (interval) => interval.end > start && interval.start < end,
      ).map((interval) => {
        const begin = Math.max(interval.start, start);
        return {
          starts_at: local(pack, one, begin),
          ends_at: local(pack, one, Math.min(interval.end, end)),
          state: interval.state,
          reason: reasonAt(interval, begin),
        };
      }),
      special_days: (calendar?.[1] ?? [])
        .filter(([day]) => firstDay <= day && day <= lastDay)
        .map(([day, type, zh, en]) => ({ date: day, type, name: (lang === "en" ? en : zh) ?? null })),
    };
  });
}

function placeOf(pack: Pack, id: string): number {
  const place = pack.placeOfId.get(Number(id));
  if (place === undefined) throw new CannotAnswer({ why: "not_found" });
  return place;
}

function timeOf(text: string, field: string): Instant {
  const parsed = parseInstant(text);
  if (!parsed) throw new CannotAnswer({ why: "invalid", field });
  return parsed.at;
}

function requireKnown(pack: Pack, first: Instant, last: Instant): void {
  if (first >= pack.startsAt && last < pack.endsAt) return;
  const { starts_at, ends_at } = pack.about;
  throw new CannotAnswer({ why: "beyond_window", known_from: starts_at, known_until: ends_at });
}

/** The hours of a day, where a change is planned or has just taken effect. */
function hoursOn(pack: Pack, one: number, day: string): HoursRow {
  const later = pack.field("hours_later", one)?.findLast(([since]) => since <= day);
  return later ? later[1] : pack.field("hours", one);
}

-- Give every station of {stale} the schedule of its inputs, making schedules that are new.
-- %(starts_at)s: exceptions and overrides that ended before are left out.
CREATE TEMPORARY TABLE changed_station ON COMMIT DROP AS
WITH RECURSIVE
  -- each of their districts with every one that it lies in: a street's district, and their city
  within AS (
    SELECT d.code, d.code AS around, d.parent_code AS next
    FROM district AS d
    WHERE d.code IN (SELECT s.district_code FROM {stale} AS stale (id) JOIN station AS s USING (id))
    UNION
    SELECT w.code, d.code, d.parent_code FROM within AS w JOIN district AS d ON d.code = w.next
  ),
  area AS (
    SELECT code, array_agg(around) AS codes FROM within GROUP BY code
  ),
  -- what the service knows to be over is no longer part of the schedule's identity
  exception AS (
    SELECT
      e.station_id,
      jsonb_agg(
        jsonb_build_array(extract(epoch FROM lower(e.during)), extract(epoch FROM upper(e.during)), e.state)
        ORDER BY e.id
      ) AS list
    FROM hours_exception AS e
    JOIN {stale} AS stale (station_id) USING (station_id)
    WHERE upper(e.during) > %(starts_at)s
    GROUP BY e.station_id
  ),
  override AS (
    SELECT
      s.id AS station_id,
      jsonb_agg(
        jsonb_build_array(
          extract(epoch FROM lower(o.during)), extract(epoch FROM upper(o.during)),
          lower(o.daily_minutes), upper(o.daily_minutes)
        )
        ORDER BY o.id
      ) AS list
    FROM hours_override AS o
    JOIN station AS s ON o.kind_ids IS NULL OR s.kind_id = ANY (o.kind_ids)
    JOIN {stale} AS stale (id) ON stale.id = s.id
    LEFT JOIN area ON area.code = s.district_code
    WHERE upper(o.during) > %(starts_at)s
      AND (o.district_codes IS NULL OR area.codes && o.district_codes)
    GROUP BY s.id
  ),
{regimes},
  -- the rules until the first day on which they become others, and those from then on
  ahead AS (
    SELECT
      first.station_id,
      nullif(first.fields -> 'hours_rules', 'null') AS rules,
      first.holiday_policy,
      (
        SELECT jsonb_agg(jsonb_build_array(r.day, r.fields -> 'hours_rules', r.holiday_policy) ORDER BY r.day)
        FROM regime AS r
        WHERE r.station_id = first.station_id AND r.day IS NOT NULL
      ) AS list
    FROM regime AS first
    WHERE first.day IS NULL
  ),
  input AS (
    SELECT
      s.id AS station_id,
      CASE WHEN ahead.list IS NULL THEN s.hours_rules ELSE ahead.rules END AS rules,
      CASE WHEN ahead.list IS NULL THEN coalesce(s.holiday_policy, h.holiday_policy)
        ELSE ahead.holiday_policy END AS holiday_policy,
      s.time_zone,
      s.calendar,
      coalesce(exception.list, '[]') AS exceptions,
      coalesce(override.list, '[]') AS overrides,
      ahead.list AS planned
    FROM {stale} AS stale (id)
    JOIN station AS s ON s.id = stale.id AND s.retired_at IS NULL
    LEFT JOIN host AS h ON h.id = s.host_id
    LEFT JOIN exception ON exception.station_id = s.id
    LEFT JOIN override ON override.station_id = s.id
    LEFT JOIN ahead ON ahead.station_id = s.id
  )
SELECT
  input.*,
  -- the same inputs are the same text: jsonb writes a value in one way only
  sha256(convert_to(concat_ws(
    '|', coalesce(rules::text, '-'), coalesce(holiday_policy, '-'), time_zone, calendar, exceptions::text,
    overrides::text, planned::text
  ), 'UTF8')) AS key
FROM input;

-- the inputs are written out once a schedule, not once a station
INSERT INTO schedule (key, inputs, calendar)
SELECT key, to_jsonb(c) - ARRAY['station_id', 'key', CASE WHEN planned IS NULL THEN 'planned' END], calendar
FROM changed_station AS c
WHERE station_id IN (SELECT min(station_id) FROM changed_station GROUP BY key)
ON CONFLICT (key) DO NOTHING;

-- stations that are gone or retired have no schedule
DELETE FROM station_schedule AS t
USING {stale} AS stale (id)
WHERE t.station_id = stale.id
  AND NOT EXISTS (SELECT FROM changed_station AS c WHERE c.station_id = stale.id);

INSERT INTO station_schedule (station_id, schedule_id)
SELECT c.station_id, schedule.id
FROM changed_station AS c
JOIN schedule USING (key)
ON CONFLICT (station_id) DO UPDATE SET schedule_id = excluded.schedule_id
  WHERE station_schedule.schedule_id <> excluded.schedule_id;

DROP TABLE changed_station;

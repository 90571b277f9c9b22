-- Of the stations within reach, the one whose next opening that leaves time to stay comes first.
WITH candidate AS (
  SELECT DISTINCT ON (station_id)
    slot.station_id,
    slot.schedule_id,
    ST_Distance(slot.geog, %(here)s::geography) AS distance_m
  FROM station_slot AS slot
  WHERE slot.state = 'open'
    AND (%(kind_ids)s::smallint[] IS NULL OR slot.kind_id = ANY (%(kind_ids)s::smallint[]))
    AND ST_DWithin(slot.geog, %(here)s::geography, %(radius_m)s::float8)
    AND slot.amenity_ids @> %(amenity_ids)s::smallint[]
),
next AS (
  SELECT candidate.*, i.starts_at, i.ends_at, i.reason, i.parts
  FROM candidate
  CROSS JOIN LATERAL (
    SELECT i.starts_at, i.ends_at, i.reason, i.parts
    FROM open_interval AS i
    WHERE i.schedule_id = candidate.schedule_id
      AND i.state = 'open'
      AND i.starts_at > %(at)s::timestamptz
        + make_interval(secs => candidate.distance_m * %(seconds_per_metre)s::float8)
      AND i.ends_at - i.starts_at >= %(stay)s::interval
      AND NOT EXISTS (
        SELECT
        FROM amenity_outage AS out_of_order
        WHERE out_of_order.station_id = candidate.station_id
          AND out_of_order.amenity_id = ANY (%(amenity_ids)s::smallint[])
          AND out_of_order.during @> i.starts_at
      )
    ORDER BY i.ends_at
    LIMIT 1
  ) AS i
),
best AS (
  SELECT *
  FROM next
  ORDER BY starts_at, distance_m, station_id
  LIMIT 1
)
SELECT
  'closed' AS state, best.distance_m, best.starts_at, best.ends_at, best.reason, best.parts,
  {details}
FROM best
JOIN station AS s ON s.id = best.station_id
LEFT JOIN district AS d ON d.code = s.district_code

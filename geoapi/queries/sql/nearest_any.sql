-- Candidates with their state at the time, and when they open next; `ranking.py` puts them into their order.
WITH found AS (
  SELECT kind.id AS search, near.*
  FROM {kinds} AS kind (id)
  CROSS JOIN LATERAL (
    SELECT
      station.id AS station_id,
      station.geog <-> %(here)s::geography AS sphere_m,
      ST_Distance(station.geog, %(here)s::geography) AS distance_m
    FROM station
    WHERE station.retired_at IS NULL
      {of_kind}
      AND ST_DWithin(station.geog, %(here)s::geography, %(radius_m)s::float8)
      {amenities}
    ORDER BY station.geog <-> %(here)s::geography
    LIMIT {fetch}
  ) AS near
)
SELECT
  coalesce(now_.state, 'closed') AS state, found.search, found.sphere_m, found.distance_m,
  coalesce(now_.starts_at, next.starts_at) AS starts_at, now_.ends_at, now_.reason, now_.parts,
  schedule.inputs,
  {details}
FROM found
JOIN station AS s ON s.id = found.station_id
LEFT JOIN district AS d ON d.code = s.district_code
LEFT JOIN station_schedule AS t ON t.station_id = s.id
LEFT JOIN schedule ON schedule.id = t.schedule_id
LEFT JOIN LATERAL (
  SELECT i.*
  FROM open_interval AS i
  WHERE i.schedule_id = t.schedule_id AND i.starts_at <= %(at)s::timestamptz AND i.ends_at > %(at)s::timestamptz
) AS now_ ON true
LEFT JOIN LATERAL (
  SELECT i.starts_at
  FROM open_interval AS i
  WHERE i.schedule_id = t.schedule_id AND i.state = 'open' AND i.ends_at > %(at)s::timestamptz
  ORDER BY i.ends_at
  LIMIT 1
) AS next ON true

WITH found AS (
  SELECT kind.id AS kind_id, near.*
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
),
bounded AS (
  SELECT
    found.*,
    min(CASE WHEN kind_count = {fetch} THEN kind_reach_m * {sphere_to_spheroid} END) OVER () AS sure_within_m
  FROM (
    SELECT
      found.*,
      count(*) OVER (PARTITION BY kind_id) AS kind_count,
      max(sphere_m) OVER (PARTITION BY kind_id) AS kind_reach_m
    FROM found
  ) AS found
),
best AS (
  SELECT *
  FROM bounded
  ORDER BY distance_m, station_id
  LIMIT %(limit)s
)
SELECT
  coalesce(now_.state, 'closed') AS state, best.distance_m,
  coalesce(now_.starts_at, next.starts_at) AS starts_at, now_.ends_at, now_.reason, now_.parts,
  best.sure_within_m, schedule.inputs,
  {details}
FROM best
JOIN station AS s ON s.id = best.station_id
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
ORDER BY best.distance_m, best.station_id

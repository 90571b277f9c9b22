WITH found AS (
{blocks}
),
-- A search that filled its share may have more to give. KNN orders on the sphere; within
-- `sure_within_m` on the spheroid nothing can have been left out.
bounded AS (
  SELECT
    found.*,
    min(CASE WHEN kind_count = {fetch} THEN kind_reach_m * {sphere_to_spheroid} END)
      OVER (PARTITION BY state) AS sure_within_m
  FROM (
    SELECT
      found.*,
      count(*) OVER (PARTITION BY state, kind_id) AS kind_count,
      max(sphere_m) OVER (PARTITION BY state, kind_id) AS kind_reach_m
    FROM found
  ) AS found
),
-- two slots of one station may both match: it is one answer
once AS (
  SELECT DISTINCT ON (state, station_id) *
  FROM bounded
  ORDER BY state, station_id
),
best AS (
  SELECT *, row_number() OVER (PARTITION BY state ORDER BY distance_m, station_id) AS place
  FROM once
)
SELECT
  best.state, best.distance_m, best.starts_at, best.ends_at, best.reason, best.parts, best.sure_within_m,
  {details}
FROM best
JOIN station AS s ON s.id = best.station_id
LEFT JOIN district AS d ON d.code = s.district_code
WHERE best.place <= %(limit)s
ORDER BY best.state, best.place

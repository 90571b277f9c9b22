-- Candidates of both states with all that is said of them; `ranking.py` puts them into their order.
SELECT
  found.state, found.search, found.sphere_m, found.distance_m, found.starts_at, found.ends_at, found.reason,
  found.parts,
  {details}
FROM (
{blocks}
) AS found
JOIN station AS s ON s.id = found.station_id
LEFT JOIN district AS d ON d.code = s.district_code

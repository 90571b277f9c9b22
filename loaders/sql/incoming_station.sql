-- What the file says of each station, in the columns that a station has.
WITH
  -- a digest of what was read: a better reading is news though the text is the same
  hours AS MATERIALIZED (
    SELECT *, md5(jsonb_build_array(osm, certainty, rules, unread)::text) AS digest FROM incoming_hours
  ),
  -- an organisation by its code before one by its name, the first of equal names
  named AS (
    SELECT DISTINCT ON (w.word) w.word, o.id
    FROM (SELECT DISTINCT organisation AS word FROM incoming WHERE organisation IS NOT NULL) AS w
    JOIN organisation AS o ON o.code = w.word OR o.name_zh = w.word
    ORDER BY w.word, o.code <> w.word, o.id
  ),
  -- where the file names none, the federation of the district that the point lies in
  by_district AS (
    SELECT DISTINCT ON (district_code) district_code, id
    FROM organisation
    WHERE level = 'district' AND district_code IS NOT NULL
    ORDER BY district_code, id
  )
SELECT
  i.seq,
  i.external_id,
  i.kind_id,
  i.name_zh,
  i.name_en,
  i.address,
  i.lon,
  i.lat,
  i.area_code AS district_code,
  coalesce(named.id, by_district.id) AS organisation_id,
  i.host_id,
  i.host_name,
  i.phone,
  i.description,
  i.amenity_ids,
  -- the hours' text may say the same of who may enter
  CASE WHEN i.access_note IS NULL OR i.access_note = ANY (h.access) THEN h.access
    ELSE h.access || i.access_note END AS access_notes,
  h.text AS hours_text,
  h.osm AS hours_osm,
  h.certainty AS hours_certainty,
  h.rules AS hours_rules,
  h.unread AS hours_unread,
  i.holiday_policy,
  %(time_zone)s::text AS time_zone,
  %(calendar)s::text AS calendar,
  i.attributes,
  i.verified_at,
  h.digest AS hours_digest
FROM incoming AS i
JOIN hours AS h ON h.key = i.hours_key
LEFT JOIN named ON named.word = i.organisation
LEFT JOIN by_district ON by_district.district_code = i.district_code

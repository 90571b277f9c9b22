-- A page of what waits for a decision at the stations of these organisations and of those below them.
WITH RECURSIVE
  reach AS (
    SELECT id FROM organisation WHERE id = ANY (%(roots)s::bigint[])
    UNION
    SELECT o.id FROM organisation AS o JOIN reach ON o.parent_id = reach.id
  ),
  -- whose the stations of a district are that name no organisation: worked out once a district
  district_owner AS MATERIALIZED (
    SELECT code, managing_organisation(NULL, code) AS organisation_id FROM district
  ),
  waiting AS (
    SELECT 'move_request' AS type, m.created_at AS since, m.id, 0::bigint AS other_id, m.station_id
    FROM move_request AS m WHERE m.decided_at IS NULL
    UNION ALL
    SELECT 'import_conflict', b.loaded_at, c.id, 0, c.station_id
    FROM import_conflict AS c JOIN load_batch AS b ON b.id = c.batch_id WHERE c.resolved_at IS NULL
    UNION ALL
    SELECT 'near_duplicate', b.loaded_at, n.station_id, n.other_id, n.station_id
    FROM near_duplicate AS n
    JOIN load_batch AS b ON b.id = n.batch_id
    JOIN station AS s ON s.id = n.station_id AND s.retired_at IS NULL
    JOIN station AS o ON o.id = n.other_id AND o.retired_at IS NULL
    WHERE n.reviewed_at IS NULL
    UNION ALL
    SELECT 'planned_change', p.lapsed_at, p.id, 0, p.station_id
    FROM planned_change AS p
    WHERE p.lapsed_at IS NOT NULL AND p.cancelled_at IS NULL AND p.applied_at IS NULL
  ),
  page AS (
    SELECT w.*
    FROM waiting AS w
    JOIN station AS s ON s.id = w.station_id
    LEFT JOIN district_owner AS d ON d.code = s.district_code
    LEFT JOIN station AS o ON o.id = nullif(w.other_id, 0)
    LEFT JOIN district_owner AS od ON od.code = o.district_code
    WHERE w.type = ANY (%(types)s)
      AND (coalesce(s.organisation_id, d.organisation_id) IN (SELECT id FROM reach)
        OR coalesce(o.organisation_id, od.organisation_id) IN (SELECT id FROM reach))
      AND (NOT %(goes_on)s
        OR (%(oldest)s AND (w.since, w.type, w.id, w.other_id)
          > (%(since)s::timestamptz, %(type)s::text, %(id)s::bigint, %(other_id)s::bigint))
        OR (NOT %(oldest)s AND (w.since, w.type, w.id, w.other_id)
          < (%(since)s::timestamptz, %(type)s::text, %(id)s::bigint, %(other_id)s::bigint)))
    ORDER BY
      CASE WHEN %(oldest)s THEN w.since END, CASE WHEN %(oldest)s THEN w.type END,
      CASE WHEN %(oldest)s THEN w.id END, CASE WHEN %(oldest)s THEN w.other_id END,
      w.since DESC, w.type DESC, w.id DESC, w.other_id DESC
    LIMIT %(limit)s
  )
SELECT p.*, s.name_zh, s.name_en, s.kind_id, s.version, s.time_zone, s.lon, s.lat, s.retired_at,
  s.district_code, d.name_zh AS district_zh, d.name_en AS district_en,
  organisation_path(managing_organisation(s.organisation_id, s.district_code)) AS path,
  o.name_zh AS other_zh, o.name_en AS other_en, o.kind_id AS other_kind_id, o.version AS other_version,
  CASE WHEN o.id IS NOT NULL
    THEN organisation_path(managing_organisation(o.organisation_id, o.district_code)) END AS other_path,
  CASE p.type
    WHEN 'move_request' THEN (
      SELECT jsonb_build_object('lon', m.lon, 'lat', m.lat, 'from_lon', m.from_lon, 'from_lat', m.from_lat,
        'distance_m', m.distance_m, 'reason', m.reason, 'who', a.name, 'district_code', m.district_code,
        'district_zh', t.name_zh, 'district_en', t.name_en,
        'path_there', organisation_path(managing_organisation(NULL, m.district_code)))
      FROM move_request AS m
      JOIN account AS a ON a.id = m.account_id
      LEFT JOIN district AS t ON t.code = m.district_code
      WHERE m.id = p.id)
    WHEN 'import_conflict' THEN (
      SELECT jsonb_build_object('field', c.field, 'imported_before', c.imported_before, 'edited', c.edited,
        'imported_now', c.imported_now, 'file', b.file_name, 'source', b.source)
      FROM import_conflict AS c JOIN load_batch AS b ON b.id = c.batch_id
      WHERE c.id = p.id)
    WHEN 'near_duplicate' THEN (
      SELECT jsonb_build_object('similarity', n.similarity, 'distance_m', n.distance_m, 'source', b.source)
      FROM near_duplicate AS n JOIN load_batch AS b ON b.id = n.batch_id
      WHERE n.station_id = p.id AND n.other_id = p.other_id)
    ELSE (
      SELECT jsonb_build_object('effective_on', c.effective_on, 'changes', c.changes, 'reason', c.reason,
        'who', a.name)
      FROM planned_change AS c JOIN account AS a ON a.id = c.account_id
      WHERE c.id = p.id)
  END AS detail
FROM page AS p
JOIN station AS s ON s.id = p.station_id
LEFT JOIN district AS d ON d.code = s.district_code
LEFT JOIN station AS o ON o.id = nullif(p.other_id, 0)
ORDER BY
  CASE WHEN %(oldest)s THEN p.since END, CASE WHEN %(oldest)s THEN p.type END,
  CASE WHEN %(oldest)s THEN p.id END, CASE WHEN %(oldest)s THEN p.other_id END,
  p.since DESC, p.type DESC, p.id DESC, p.other_id DESC

-- Where planned changes make hours others: which hold from which day on (NULL: until the first of those days).
-- A change that has taken effect stays known until it is forgotten: the evening before it keeps its hours past
-- midnight, and this week's coverage those of its Monday. Common table expressions, to be put into a statement.
  planned AS (
    SELECT
      p.station_id,
      p.id,
      p.effective_on,
      CASE WHEN p.applied_at IS NULL THEN p.changes END AS to_be,
      r.before AS was
    FROM planned_change AS p
    JOIN {stations} AS asked (station_id) USING (station_id)
    LEFT JOIN revision AS r ON r.station_id = p.station_id AND r.version = p.applied_version
    WHERE p.cancelled_at IS NULL
      AND p.lapsed_at IS NULL
      AND p.changes ?| '{hours_rules,holiday_policy,host_id}'
      AND (p.applied_at IS NULL OR p.effective_on > %(forgotten)s::date)
  ),
  since AS (
    SELECT station_id, effective_on AS day FROM planned
    UNION
    SELECT station_id, NULL FROM planned
  ),
  regime AS (
    SELECT
      since.station_id,
      since.day,
      now_.fields,
      coalesce(now_.fields ->> 'holiday_policy', host.holiday_policy) AS holiday_policy
    FROM since
    JOIN station AS s ON s.id = since.station_id
    CROSS JOIN LATERAL (
      SELECT
        jsonb_build_object(
          'hours_text', s.hours_text, 'hours_osm', s.hours_osm, 'hours_certainty', s.hours_certainty,
          'hours_rules', s.hours_rules, 'hours_unread', s.hours_unread,
          'holiday_policy', s.holiday_policy, 'host_id', s.host_id
        )
        -- of a key that comes twice the last counts: the first change after the day says what was before it
        || coalesce((
          SELECT jsonb_object_agg(field.key, field.value ORDER BY p.effective_on DESC, p.id DESC)
          FROM planned AS p
          CROSS JOIN jsonb_each(p.was) AS field
          WHERE p.station_id = s.id AND p.effective_on > coalesce(since.day, '-infinity')
        ), '{}')
        -- and the last change up to the day what will be
        || coalesce((
          SELECT jsonb_object_agg(field.key, field.value ORDER BY p.effective_on, p.id)
          FROM planned AS p
          CROSS JOIN jsonb_each(p.to_be) AS field
          WHERE p.station_id = s.id AND p.effective_on <= since.day
        ), '{}') AS fields
    ) AS now_
    LEFT JOIN host ON host.id = (now_.fields ->> 'host_id')::smallint
  )

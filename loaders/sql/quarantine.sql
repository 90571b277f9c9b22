-- The same row is often wrong for the same reason in one file after another: it waits once, and where it was
-- set aside it stays so.
CREATE TEMP TABLE known_match ON COMMIT DROP AS
WITH
  -- equal rows are told apart by which of them they are
  said AS (
    SELECT r.ctid AS row_id, r.reason, r.external_id, r.raw,
      row_number() OVER (PARTITION BY r.reason, r.external_id, r.raw ORDER BY r.row_number) AS copy
    FROM rejected AS r
  ),
  known AS (
    SELECT q.id, q.reason, q.external_id, q.raw, q.set_aside_at IS NOT NULL AS is_set_aside,
      row_number() OVER (PARTITION BY q.reason, q.external_id, q.raw ORDER BY q.row_number, q.id) AS copy
    FROM quarantine AS q
    WHERE q.source = %(source)s AND (q.resolved_at IS NULL OR q.set_aside_at IS NOT NULL)
  )
SELECT said.row_id, said.reason, known.id, known.is_set_aside
FROM said
JOIN known ON known.reason = said.reason AND known.raw = said.raw AND known.copy = said.copy
  AND known.external_id IS NOT DISTINCT FROM said.external_id;

-- What the file now says otherwise, or better, waits no longer.
UPDATE quarantine AS q
SET resolved_at = now()
WHERE q.source = %(source)s AND q.resolved_at IS NULL
  AND (q.external_id IN (SELECT external_id FROM seen_id) OR %(whole_source)s)
  AND q.id NOT IN (SELECT id FROM known_match);

INSERT INTO quarantine (batch_id, source, row_number, external_id, reason, detail, raw, district_code)
SELECT %(batch)s, %(source)s, r.row_number, r.external_id, r.reason, r.detail, r.raw, r.district_code
FROM rejected AS r
WHERE r.ctid NOT IN (SELECT row_id FROM known_match)
ORDER BY r.row_number;

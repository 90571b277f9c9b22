-- The same row is often wrong for the same reason in one file after another: it waits once.
CREATE TEMP TABLE waiting_match ON COMMIT DROP AS
WITH
  -- equal rows are told apart by which of them they are
  said AS (
    SELECT r.ctid AS row_id, r.reason, r.external_id, r.raw,
      row_number() OVER (PARTITION BY r.reason, r.external_id, r.raw ORDER BY r.row_number) AS copy
    FROM rejected AS r
  ),
  waiting AS (
    SELECT q.id, q.reason, q.external_id, q.raw,
      row_number() OVER (PARTITION BY q.reason, q.external_id, q.raw ORDER BY q.row_number, q.id) AS copy
    FROM quarantine AS q
    WHERE q.source = %(source)s AND q.resolved_at IS NULL
  )
SELECT said.row_id, waiting.id
FROM said
JOIN waiting ON waiting.reason = said.reason AND waiting.raw = said.raw AND waiting.copy = said.copy
  AND waiting.external_id IS NOT DISTINCT FROM said.external_id;

-- What the file now says otherwise, or better, waits no longer.
UPDATE quarantine AS q
SET resolved_at = now()
WHERE q.source = %(source)s AND q.resolved_at IS NULL
  AND (q.external_id IN (SELECT external_id FROM seen_id) OR %(whole_source)s)
  AND q.id NOT IN (SELECT id FROM waiting_match);

INSERT INTO quarantine (batch_id, source, row_number, external_id, reason, detail, raw)
SELECT %(batch)s, %(source)s, r.row_number, r.external_id, r.reason, r.detail, r.raw
FROM rejected AS r
WHERE r.ctid NOT IN (SELECT row_id FROM waiting_match)
ORDER BY r.row_number;

DROP TABLE waiting_match;

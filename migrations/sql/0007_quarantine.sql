-- Frozen: part of migration 0007. Later changes belong in later migrations.

-- What came of a row that waited. `raw` is the row as it came and is never changed; `mended` has the cells
-- that somebody corrected, by column. A row waits while `resolved_at` is NULL. Afterwards it was accepted
-- (`station_id`), set aside (`set_aside_at`), or overtaken by a later file (neither).
ALTER TABLE quarantine
  -- where it would belong, as far as the row tells: its point, else the district that it names
  ADD COLUMN district_code text,
  -- what it waited for when it was mended: in the next file it is refused for that again
  ADD COLUMN mended_reason text,
  ADD COLUMN mended jsonb CHECK (jsonb_typeof(mended) = 'object' AND mended <> '{}'),
  ADD COLUMN mended_by bigint REFERENCES account (id),
  ADD COLUMN mended_at timestamptz,
  ADD COLUMN station_id bigint REFERENCES station (id) ON DELETE SET NULL,
  ADD COLUMN set_aside_at timestamptz,
  ADD COLUMN set_aside_by bigint REFERENCES account (id),
  ADD COLUMN set_aside_note text,
  ADD CHECK ((mended IS NULL) = (mended_at IS NULL) AND (mended IS NULL) = (mended_reason IS NULL)),
  ADD CHECK (set_aside_at IS NULL OR (resolved_at IS NOT NULL AND station_id IS NULL));
-- what a load looks for: rows that were decided on stay decided on in the next file
CREATE INDEX quarantine_decided ON quarantine (source) WHERE mended IS NOT NULL OR set_aside_at IS NOT NULL;
CREATE INDEX quarantine_station ON quarantine (station_id) WHERE station_id IS NOT NULL;

ALTER TABLE load_batch
  -- NULL: by the command line
  ADD COLUMN loaded_by bigint REFERENCES account (id),
  -- waiting rows tried again, rather than a file
  ADD COLUMN is_retry boolean NOT NULL DEFAULT false;
UPDATE load_batch SET is_retry = true WHERE right(file_name, 8) = ' (retry)';
CREATE INDEX load_batch_newest ON load_batch (loaded_at DESC, id);

-- The organisation that a row of a file would belong to and those above it; a row of which nobody can tell
-- where it belongs is the cities'.
CREATE FUNCTION import_path(of_district text) RETURNS bigint[] LANGUAGE sql STABLE AS $$
  SELECT coalesce(
    nullif(organisation_path(managing_organisation(NULL, of_district)), '{}'),
    (SELECT array_agg(o.id ORDER BY o.id) FROM organisation AS o WHERE o.level = 'city'),
    '{}'
  )
$$;

-- Whether the account of this transaction may decide on such a row
CREATE FUNCTION may_mend_import(of_district text) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (
    SELECT FROM account_role AS r
    JOIN account AS a ON a.id = r.account_id AND a.disabled_at IS NULL
    WHERE r.account_id = current_account() AND r.role IN ('district_admin', 'city_admin')
      AND r.organisation_id = ANY (import_path(of_district))
  )
$$;

-- The second wall. A row as it came, its file and its place are nobody's to change; none is ever deleted.
ALTER TABLE quarantine ENABLE ROW LEVEL SECURITY;
GRANT UPDATE (external_id, reason, detail, resolved_at, mended_reason, mended, mended_by, mended_at, station_id,
  set_aside_at, set_aside_by, set_aside_note) ON quarantine TO geoapi_service;
CREATE POLICY read_waiting ON quarantine FOR SELECT USING (true);
CREATE POLICY decide_waiting ON quarantine FOR UPDATE TO geoapi_service
  USING (may_mend_import(district_code)) WITH CHECK (may_mend_import(district_code));

-- An administrator's load is one of waiting rows, in the administrator's name
ALTER TABLE load_batch ENABLE ROW LEVEL SECURITY;
GRANT INSERT, UPDATE (report, loaded_at) ON load_batch TO geoapi_service;
CREATE POLICY read_load ON load_batch FOR SELECT USING (true);
CREATE POLICY load_again ON load_batch FOR INSERT TO geoapi_service
  WITH CHECK (is_retry AND loaded_by = current_account() AND EXISTS (
    SELECT FROM account_role AS r
    JOIN account AS a ON a.id = r.account_id AND a.disabled_at IS NULL
    WHERE r.account_id = current_account() AND r.role IN ('district_admin', 'city_admin')));
CREATE POLICY report_load ON load_batch FOR UPDATE TO geoapi_service
  USING (is_retry AND loaded_by = current_account()) WITH CHECK (is_retry AND loaded_by = current_account());

-- What a source says of a station, and what follows from that: of stations that the account administers
ALTER TABLE station_import ENABLE ROW LEVEL SECURITY;
GRANT INSERT, UPDATE (batch_id, row_sha256, imported, absent_since) ON station_import TO geoapi_service;
CREATE POLICY read_import ON station_import FOR SELECT USING (true);
CREATE POLICY create_import ON station_import FOR INSERT TO geoapi_service
  WITH CHECK (may_administer_station(station_id));
CREATE POLICY edit_import ON station_import FOR UPDATE TO geoapi_service
  USING (may_administer_station(station_id)) WITH CHECK (may_administer_station(station_id));

GRANT INSERT ON import_conflict, near_duplicate TO geoapi_service;
CREATE POLICY find_conflict ON import_conflict FOR INSERT TO geoapi_service
  WITH CHECK (may_administer_station(station_id) AND resolved_at IS NULL);
CREATE POLICY find_duplicate ON near_duplicate FOR INSERT TO geoapi_service
  WITH CHECK (reviewed_at IS NULL
    AND (may_administer_station(station_id) OR may_administer_station(other_id)));

-- new stations are numbered before they are written
GRANT USAGE ON SEQUENCE station_id_seq TO geoapi_service;

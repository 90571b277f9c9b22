-- Frozen: part of migration 0003. Later changes belong in later migrations.

-- A station's district is the finest on record: an override of its city lies two levels above a street.
CREATE OR REPLACE FUNCTION mark_area(districts text[], kinds smallint[]) RETURNS void LANGUAGE sql AS $$
  WITH RECURSIVE inside AS (
    SELECT code FROM district WHERE code = ANY (districts)
    UNION
    SELECT d.code FROM district AS d JOIN inside ON d.parent_code = inside.code
  )
  INSERT INTO stale_station
  SELECT s.id
  FROM station AS s
  WHERE (districts IS NULL OR s.district_code IN (SELECT code FROM inside))
    AND (kinds IS NULL OR s.kind_id = ANY (kinds))
  ON CONFLICT DO NOTHING
$$;

-- what lies in a district that comes to another parent comes under the overrides of that one
CREATE FUNCTION mark_moved_district() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM mark_area(ARRAY[NEW.code], NULL);
  RETURN NULL;
END $$;
CREATE TRIGGER district_moved AFTER UPDATE OF parent_code ON district
  FOR EACH ROW WHEN (OLD.parent_code IS DISTINCT FROM NEW.parent_code)
  EXECUTE FUNCTION mark_moved_district();

-- Frozen: part of migration 0005. Later changes belong in later migrations.

-- How often the data of a topic has changed: `SELECT sum(changes) FROM change_tally WHERE topic = …`.
--
-- Rows are only ever added, one a statement, and so nobody waits for anybody. The sum that a snapshot sees is
-- the changes that the snapshot sees: an answer kept under it can never be that of another state of the data.
-- (A sequence counts before the commit, and a single row would make every writer wait for every other.)
-- `gather_tally` puts many rows into one with the same sum.
CREATE TABLE change_tally (
  topic text NOT NULL CHECK (topic IN ('stations', 'districts', 'demand', 'streets')),
  changes bigint NOT NULL DEFAULT 1
);
INSERT INTO change_tally (topic) VALUES ('stations'), ('districts'), ('demand'), ('streets');

GRANT SELECT ON change_tally TO geoapi_service;

-- The triggers write as the owner: whoever may change the data need not be trusted with the tally
CREATE FUNCTION tally_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO change_tally (topic) VALUES (TG_ARGV[0]);
  RETURN NULL;
END $$;

CREATE FUNCTION gather_tally() RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH gathered AS (DELETE FROM change_tally RETURNING topic, changes)
  INSERT INTO change_tally (topic, changes) SELECT topic, sum(changes) FROM gathered GROUP BY topic
$$;
REVOKE EXECUTE ON FUNCTION gather_tally() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION gather_tally() TO geoapi_service;

DO $$
DECLARE
  watched record;
BEGIN
  FOR watched IN
    SELECT * FROM (VALUES
      ('station', 'stations'), ('open_interval', 'stations'), ('station_schedule', 'stations'),
      ('amenity_outage', 'stations'), ('hours_exception', 'stations'), ('planned_change', 'stations'),
      ('station_report', 'stations'), ('kind', 'stations'), ('amenity', 'stations'), ('host', 'stations'),
      ('calendar_day', 'stations'),
      ('district', 'districts'),
      ('demand_layer', 'demand'), ('demand_point', 'demand'),
      ('network', 'streets'), ('network_node', 'streets'), ('network_edge', 'streets')
    ) AS one (table_name, topic)
  LOOP
    EXECUTE 'CREATE TRIGGER tallied AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON '
      || quote_ident(watched.table_name)
      || ' FOR EACH STATEMENT EXECUTE FUNCTION tally_change(' || quote_literal(watched.topic) || ')';
  END LOOP;
END $$;

-- Frozen: part of migration 0006. Later changes belong in later migrations.

-- The offline packs that were made: the present one of each district, which versions there were, and in which
-- version each station last changed. A phone that has one of those versions fetches only what changed since.

CREATE TABLE pack (
  code text PRIMARY KEY,
  -- counts the versions of this district's pack
  seq bigint NOT NULL,
  version text NOT NULL,
  -- a digest of the data's tally and of the settings: what is made of the same again is the same
  made_of bytea NOT NULL,
  -- gzip, as it is sent
  body bytea NOT NULL,
  made_at timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE pack ALTER COLUMN body SET STORAGE EXTERNAL;

CREATE TABLE pack_version (
  code text NOT NULL,
  seq bigint NOT NULL,
  version text NOT NULL,
  -- the digest of each small part, by its name
  parts jsonb NOT NULL,
  made_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (code, seq)
);

CREATE TABLE pack_station (
  code text NOT NULL,
  station_id bigint NOT NULL,
  -- of what the pack holds of it; NULL: the station left the pack in that version
  digest bytea,
  changed_in bigint NOT NULL,
  PRIMARY KEY (code, station_id)
);
CREATE INDEX pack_station_changed ON pack_station (code, changed_in);

GRANT SELECT, INSERT, UPDATE, DELETE ON pack, pack_version, pack_station TO geoapi_service;

-- an organisation's name is on its stations' sheets
CREATE TRIGGER tallied AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON organisation
  FOR EACH STATEMENT EXECUTE FUNCTION tally_change('stations');

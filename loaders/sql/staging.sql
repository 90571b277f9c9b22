-- Temporary tables of one load: what the file says, before any of it is on record.
DROP TABLE IF EXISTS pg_temp.incoming, pg_temp.incoming_hours, pg_temp.rejected, pg_temp.incoming_station,
  pg_temp.changed, pg_temp.resolved, pg_temp.incoming_search, pg_temp.seen_id, pg_temp.touched,
  pg_temp.retired_now, pg_temp.known_match;

CREATE TEMP TABLE incoming (
  seq integer PRIMARY KEY,
  external_id text NOT NULL,
  kind_id smallint NOT NULL,
  name_zh text NOT NULL,
  name_en text,
  address text,
  lon double precision NOT NULL,
  lat double precision NOT NULL,
  -- whose federation runs it
  district_code text,
  -- the finest area that it lies in: a street of the district
  area_code text,
  organisation text,
  host_id smallint,
  host_name text,
  phone text,
  description text,
  amenity_ids smallint[] NOT NULL,
  access_note text,
  hours_key integer NOT NULL,
  holiday_policy text,
  verified_at timestamptz,
  attributes jsonb NOT NULL
) ON COMMIT DROP;

-- one row for each distinct text: a city's stations share a few hundred
CREATE TEMP TABLE incoming_hours (
  key integer PRIMARY KEY,
  text text,
  osm text,
  certainty text NOT NULL,
  rules jsonb,
  unread text[] NOT NULL,
  access text[] NOT NULL
) ON COMMIT DROP;

CREATE TEMP TABLE rejected (
  row_number integer NOT NULL,
  external_id text,
  reason text NOT NULL,
  detail text,
  raw jsonb NOT NULL,
  district_code text
) ON COMMIT DROP;

-- every id that the file still has, in whatever state its row is
CREATE TEMP TABLE seen_id (external_id text PRIMARY KEY) ON COMMIT DROP;

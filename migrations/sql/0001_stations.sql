-- Frozen: part of migration 0001. Later changes belong in later migrations.

CREATE EXTENSION IF NOT EXISTS postgis;
CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- Controlled words ---------------------------------------------------------------------

CREATE TABLE kind (
  id smallint PRIMARY KEY,
  code text NOT NULL UNIQUE CHECK (code ~ '^[a-z][a-z0-9_]*$'),
  name_zh text NOT NULL,
  name_en text NOT NULL
);

CREATE TABLE amenity (
  id smallint PRIMARY KEY,
  code text NOT NULL UNIQUE CHECK (code ~ '^[a-z][a-z0-9_]*$'),
  name_zh text NOT NULL,
  name_en text NOT NULL,
  osm_tag text
);

CREATE TABLE host (
  id smallint PRIMARY KEY,
  code text NOT NULL UNIQUE CHECK (code ~ '^[a-z][a-z0-9_]*$'),
  name_zh text NOT NULL,
  name_en text NOT NULL,
  -- what the host says of public holidays, where its stations say nothing themselves
  holiday_policy text CHECK (holiday_policy IN ('as_usual', 'closed'))
);

-- Places and organisations -------------------------------------------------------------

CREATE TABLE district (
  code text PRIMARY KEY,
  parent_code text REFERENCES district (code),
  level text NOT NULL CHECK (level IN ('city', 'district', 'street')),
  name_zh text NOT NULL,
  name_en text,
  geom geometry(MultiPolygon, 4326) NOT NULL CHECK (ST_IsValid(geom)),
  population integer CHECK (population >= 0),
  source text NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX district_geom ON district USING gist (geom);

CREATE TABLE organisation (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  parent_id bigint REFERENCES organisation (id),
  code text NOT NULL UNIQUE,
  level text NOT NULL CHECK (level IN ('city', 'district', 'zone', 'street', 'venue')),
  name_zh text NOT NULL,
  name_en text,
  -- the district it manages; a zone's stations lie in several
  district_code text,
  source text NOT NULL
);
CREATE INDEX organisation_parent ON organisation (parent_id);
CREATE INDEX organisation_name ON organisation (name_zh);

CREATE TABLE station (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind_id smallint NOT NULL REFERENCES kind (id),
  name_zh text NOT NULL CHECK (name_zh <> ''),
  name_en text,
  address text,
  -- WGS-84. A NaN is greater than 180 to PostgreSQL, so these keep it out too; a cast to
  -- geography alone would turn latitude 95 into 85 with only a NOTICE
  lon double precision NOT NULL CHECK (lon BETWEEN -180 AND 180),
  lat double precision NOT NULL CHECK (lat BETWEEN -90 AND 90),
  geog geography(Point, 4326) NOT NULL
    GENERATED ALWAYS AS (ST_SetSRID(ST_MakePoint(lon, lat), 4326)::geography) STORED,
  district_code text REFERENCES district (code),
  organisation_id bigint REFERENCES organisation (id),
  host_id smallint REFERENCES host (id),
  host_name text,
  phone text,
  description text,
  amenity_ids smallint[] NOT NULL DEFAULT '{}',
  access_notes text[] NOT NULL DEFAULT '{}',
  hours_text text,
  hours_osm text,
  hours_certainty text NOT NULL DEFAULT 'unknown' CHECK (hours_certainty IN ('full', 'partial', 'unknown')),
  -- what intervals are computed from; NULL where nothing is known
  hours_rules jsonb,
  hours_unread text[] NOT NULL DEFAULT '{}',
  holiday_policy text CHECK (holiday_policy IN ('as_usual', 'closed')),
  time_zone text NOT NULL DEFAULT 'Asia/Shanghai',
  calendar text NOT NULL DEFAULT 'CN',
  -- stars, area and whatever else a sheet carries
  attributes jsonb NOT NULL DEFAULT '{}',
  verified_at timestamptz,
  retired_at timestamptz,
  source text NOT NULL,
  version integer NOT NULL DEFAULT 1 CHECK (version > 0),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  -- names, address and district in simplified lower case, then their pinyin and initials
  search text NOT NULL DEFAULT '',
  -- the pinyin and initials of `search`: what the trigram index holds. With the Chinese characters in
  -- it too, each a trigram of its own, it takes four times as long to build and finds nothing more
  sound text NOT NULL GENERATED ALWAYS AS (substr(search, strpos(search, '|') + 1)) STORED
);
CREATE INDEX station_kind_geog ON station USING gist (kind_id, geog) WHERE retired_at IS NULL;
-- boxes of longitude and latitude, whose edges are not the great circles of geography
CREATE INDEX station_point ON station USING gist ((geog::geometry));
CREATE INDEX station_district ON station (district_code, id);
CREATE INDEX station_updated ON station (updated_at, id);
CREATE INDEX station_organisation ON station (organisation_id);
CREATE INDEX station_sound ON station USING gin (sound gin_trgm_ops);

CREATE TABLE amenity_outage (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  station_id bigint NOT NULL REFERENCES station (id) ON DELETE CASCADE,
  amenity_id smallint NOT NULL REFERENCES amenity (id),
  during tstzrange NOT NULL CHECK (NOT isempty(during)),
  note text
);
CREATE INDEX amenity_outage_station ON amenity_outage (station_id);

-- Loads --------------------------------------------------------------------------------

CREATE TABLE load_batch (
  id text PRIMARY KEY,
  source text NOT NULL,
  file_name text NOT NULL,
  file_sha256 text NOT NULL,
  mapping_sha256 text NOT NULL,
  -- the mapping as it was, so that waiting rows can be tried again without its file
  mapping jsonb NOT NULL,
  loaded_at timestamptz NOT NULL DEFAULT now(),
  report jsonb NOT NULL
);

-- what a source last said of a station: a three-way merge needs all three sides
CREATE TABLE station_import (
  station_id bigint PRIMARY KEY REFERENCES station (id) ON DELETE CASCADE,
  source text NOT NULL,
  external_id text NOT NULL,
  batch_id text NOT NULL REFERENCES load_batch (id),
  row_sha256 text NOT NULL,
  imported jsonb NOT NULL,
  -- when a load with --sync no longer found it, and retired the station at this very moment
  absent_since timestamptz,
  UNIQUE (source, external_id)
);

CREATE TABLE quarantine (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  batch_id text NOT NULL REFERENCES load_batch (id),
  source text NOT NULL,
  row_number integer NOT NULL,
  external_id text,
  reason text NOT NULL,
  detail text,
  raw jsonb NOT NULL,
  resolved_at timestamptz
);
CREATE INDEX quarantine_batch ON quarantine (batch_id, row_number);
CREATE INDEX quarantine_waiting ON quarantine (source, reason) WHERE resolved_at IS NULL;

CREATE TABLE near_duplicate (
  station_id bigint NOT NULL REFERENCES station (id) ON DELETE CASCADE,
  other_id bigint NOT NULL REFERENCES station (id) ON DELETE CASCADE,
  batch_id text NOT NULL REFERENCES load_batch (id),
  similarity real NOT NULL,
  distance_m real NOT NULL,
  reviewed_at timestamptz,
  PRIMARY KEY (station_id, other_id),
  CHECK (station_id < other_id)
);

CREATE TABLE import_conflict (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  station_id bigint NOT NULL REFERENCES station (id) ON DELETE CASCADE,
  batch_id text NOT NULL REFERENCES load_batch (id),
  field text NOT NULL,
  imported_before jsonb,
  edited jsonb,
  imported_now jsonb,
  resolved_at timestamptz
);
CREATE INDEX import_conflict_station ON import_conflict (station_id);

-- Hours --------------------------------------------------------------------------------

CREATE TABLE calendar_day (
  jurisdiction text NOT NULL,
  day date NOT NULL,
  day_type text NOT NULL CHECK (day_type IN ('workday', 'weekend', 'holiday', 'makeup')),
  name_zh text,
  name_en text,
  source text NOT NULL,
  PRIMARY KEY (jurisdiction, day)
);

CREATE TABLE hours_exception (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  station_id bigint NOT NULL REFERENCES station (id) ON DELETE CASCADE,
  during tstzrange NOT NULL
    CHECK (NOT isempty(during) AND NOT lower_inf(during) AND NOT upper_inf(during)),
  state text NOT NULL CHECK (state IN ('open', 'closed')),
  note_zh text,
  note_en text
);
CREATE INDEX hours_exception_station ON hours_exception (station_id);

-- extended hours for whole areas and kinds; over when `during` is over
CREATE TABLE hours_override (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name_zh text NOT NULL,
  name_en text NOT NULL,
  during tstzrange NOT NULL
    CHECK (NOT isempty(during) AND NOT lower_inf(during) AND NOT upper_inf(during)),
  -- NULL: every district, every kind
  district_codes text[],
  kind_ids smallint[],
  -- local minutes of the day: 1200 to 1440 is 20:00 to 24:00; past 1440 is the next morning
  daily_minutes int4range NOT NULL
    CHECK (daily_minutes <@ int4range(0, 2881) AND NOT isempty(daily_minutes))
);

-- Stations with the same rules, calendar, zone and exceptions share one schedule, so what
-- is open when is worked out once for all of them: a few thousand schedules for 200,000
-- stations.
CREATE TABLE schedule (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  key bytea NOT NULL UNIQUE,
  inputs jsonb NOT NULL,
  calendar text NOT NULL,
  computed_at timestamptz
);
CREATE INDEX schedule_stale ON schedule (id) WHERE computed_at IS NULL;

-- This and station_slot are worked out from station, which has triggers for it: no foreign keys to check.
CREATE TABLE station_schedule (
  station_id bigint PRIMARY KEY,
  schedule_id bigint NOT NULL
);
CREATE INDEX station_schedule_schedule ON station_schedule (schedule_id);

-- The exact truth: what is open, or may be, from when to when. Not covered: closed.
CREATE TABLE open_interval (
  schedule_id bigint NOT NULL REFERENCES schedule (id) ON DELETE CASCADE,
  state text NOT NULL CHECK (state IN ('open', 'unknown')),
  starts_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL CHECK (ends_at > starts_at),
  reason text NOT NULL CHECK (reason IN ('rule', 'exception', 'holiday', 'override', 'unstated')),
  -- where one interval has several reasons: [[starts_at, reason], ...]
  parts jsonb,
  PRIMARY KEY (schedule_id, state, ends_at)
);

-- The times of day (UTC minutes) at which a schedule can be open at all: the coarse sieve
-- that the spatial index holds. `days` counts from 1970-01-01, unbounded where the slot
-- comes back week after week.
CREATE TABLE schedule_slot (
  schedule_id bigint NOT NULL REFERENCES schedule (id) ON DELETE CASCADE,
  state text NOT NULL CHECK (state IN ('open', 'unknown')),
  minutes int4range NOT NULL,
  days int4range NOT NULL,
  PRIMARY KEY (schedule_id, state, minutes, days)
);

CREATE TABLE station_slot (
  station_id bigint NOT NULL,
  schedule_id bigint NOT NULL,
  kind_id smallint NOT NULL,
  state text NOT NULL,
  minutes int4range NOT NULL,
  days int4range NOT NULL,
  geog geography(Point, 4326) NOT NULL,
  -- repeated from the station: a filter that keeps one row in 250 must not visit 250 stations
  amenity_ids smallint[] NOT NULL
);
-- Space first: with kind or minutes first the index is as many trees as there are kinds and
-- shapes of day (some forty are open at 14:00), and a search for the nearest descends into each.
-- One search for all kinds among 200,000 stations at 14:00: 1.5 ms that way, 0.9 ms this way. One for
-- a rare kind within 50 km is slower this way: 0.7 ms against 2.3 ms.
CREATE INDEX station_slot_open ON station_slot USING gist (geog, kind_id, minutes) WHERE state = 'open';
CREATE INDEX station_slot_unknown ON station_slot USING gist (geog, kind_id, minutes, days)
  WHERE state = 'unknown';
CREATE INDEX station_slot_station ON station_slot (station_id);
CREATE INDEX station_slot_schedule ON station_slot (schedule_id);

CREATE TABLE schedule_window (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  starts_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL CHECK (ends_at > starts_at)
);

-- What has changed since the schedule was last worked out --------------------------------

CREATE TABLE stale_station (
  station_id bigint PRIMARY KEY
);

CREATE FUNCTION mark_inserted_stations() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO stale_station SELECT id FROM new_rows ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;

CREATE FUNCTION mark_updated_stations() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO stale_station
  SELECT n.id
  FROM new_rows AS n
  JOIN old_rows AS o USING (id)
  WHERE (n.kind_id, n.lon, n.lat, n.district_code, n.host_id, n.hours_rules, n.holiday_policy,
         n.time_zone, n.calendar, n.amenity_ids, n.retired_at)
    IS DISTINCT FROM
        (o.kind_id, o.lon, o.lat, o.district_code, o.host_id, o.hours_rules, o.holiday_policy,
         o.time_zone, o.calendar, o.amenity_ids, o.retired_at)
  ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;

CREATE FUNCTION mark_deleted_stations() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO stale_station SELECT id FROM old_rows ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;

CREATE TRIGGER station_deleted AFTER DELETE ON station
  REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION mark_deleted_stations();
CREATE TRIGGER station_inserted AFTER INSERT ON station
  REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION mark_inserted_stations();
CREATE TRIGGER station_updated AFTER UPDATE ON station
  REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION mark_updated_stations();

CREATE FUNCTION mark_exception_stations() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    INSERT INTO stale_station SELECT OLD.station_id ON CONFLICT DO NOTHING;
  END IF;
  IF TG_OP <> 'DELETE' THEN
    INSERT INTO stale_station SELECT NEW.station_id ON CONFLICT DO NOTHING;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER hours_exception_changed AFTER INSERT OR UPDATE OR DELETE ON hours_exception
  FOR EACH ROW EXECUTE FUNCTION mark_exception_stations();

CREATE FUNCTION mark_area(districts text[], kinds smallint[]) RETURNS void LANGUAGE sql AS $$
  INSERT INTO stale_station
  SELECT s.id
  FROM station AS s
  LEFT JOIN district AS d ON d.code = s.district_code
  WHERE (districts IS NULL OR s.district_code = ANY (districts) OR d.parent_code = ANY (districts))
    AND (kinds IS NULL OR s.kind_id = ANY (kinds))
  ON CONFLICT DO NOTHING
$$;

CREATE FUNCTION mark_override_stations() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    PERFORM mark_area(OLD.district_codes, OLD.kind_ids);
  END IF;
  IF TG_OP <> 'DELETE' THEN
    PERFORM mark_area(NEW.district_codes, NEW.kind_ids);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER hours_override_changed AFTER INSERT OR UPDATE OR DELETE ON hours_override
  FOR EACH ROW EXECUTE FUNCTION mark_override_stations();

CREATE FUNCTION mark_host_stations() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO stale_station SELECT id FROM station WHERE host_id = NEW.id ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
CREATE TRIGGER host_policy_changed AFTER UPDATE OF holiday_policy ON host
  FOR EACH ROW EXECUTE FUNCTION mark_host_stations();

CREATE FUNCTION mark_calendar_schedules() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    UPDATE schedule SET computed_at = NULL WHERE calendar = OLD.jurisdiction AND computed_at IS NOT NULL;
  END IF;
  IF TG_OP <> 'DELETE' THEN
    UPDATE schedule SET computed_at = NULL WHERE calendar = NEW.jurisdiction AND computed_at IS NOT NULL;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER calendar_day_changed AFTER INSERT OR UPDATE OR DELETE ON calendar_day
  FOR EACH ROW EXECUTE FUNCTION mark_calendar_schedules();

-- The words we begin with ----------------------------------------------------------------

INSERT INTO kind (id, code, name_zh, name_en) VALUES
  (1, 'care_station', '职工暖心驿站', 'worker care station'),
  (2, 'worker_home', '公共区域职工之家', 'public-area worker home'),
  (3, 'nursing_room', '母婴关爱室', 'mother-and-baby room'),
  (4, 'psych_point', '职工心灵驿站', 'psychological care point');

INSERT INTO amenity (id, code, name_zh, name_en, osm_tag) VALUES
  (1, 'drinking_water', '饮用水', 'drinking water', 'drinking_water=yes'),
  (2, 'hot_water', '热水', 'hot water', NULL),
  (3, 'microwave', '微波炉', 'microwave', NULL),
  (4, 'kettle', '电热水壶', 'electric kettle', NULL),
  (5, 'table_chairs', '桌椅', 'table and chairs', NULL),
  (6, 'sofa', '沙发', 'sofa', NULL),
  (7, 'lockers', '储物柜', 'lockers', NULL),
  (8, 'heating', '取暖', 'heating', NULL),
  (9, 'air_conditioning', '空调', 'air conditioning', 'air_conditioning=yes'),
  (10, 'wifi', '免费无线网', 'free Wi-Fi', 'internet_access=wlan'),
  (11, 'phone_charging', '手机充电', 'phone charging', NULL),
  (12, 'toilet', '卫生间', 'toilet', 'toilets=yes'),
  (13, 'fridge', '冰箱', 'fridge', NULL),
  (14, 'first_aid', '急救箱', 'first-aid kit', NULL),
  (15, 'umbrella', '雨伞', 'umbrella', NULL),
  (16, 'raincoat', '雨衣', 'raincoat', NULL),
  (17, 'tyre_pump', '打气筒', 'tyre pump', 'service:bicycle:pump=yes'),
  (18, 'nursing_chair', '哺乳椅', 'nursing chair', NULL),
  (19, 'changing_table', '尿布台', 'changing table', 'changing_table=yes'),
  (20, 'wash_basin', '洗手池', 'wash basin', NULL),
  (21, 'socket', '电源插座', 'socket', NULL),
  (22, 'privacy_door', '可锁的门', 'lockable door', NULL),
  (23, 'privacy_curtain', '遮挡帘', 'privacy curtain', NULL),
  (24, 'counselling', '心理咨询', 'counselling', NULL),
  (25, 'self_assessment', '心理自测', 'self-assessment', NULL),
  (26, 'relaxation', '放松设备', 'relaxation equipment', NULL),
  (27, 'hotline', '心理热线', 'hotline', NULL);

INSERT INTO host (id, code, name_zh, name_en, holiday_policy) VALUES
  (1, 'convenience_store', '便利店', 'convenience store', 'as_usual'),
  (2, 'petrol_station', '加油站', 'petrol station', 'as_usual'),
  (3, 'bank', '银行网点', 'bank branch', NULL),
  (4, 'estate_agent', '房产中介门店', 'estate agent', NULL),
  (5, 'mall', '商场', 'shopping mall', 'as_usual'),
  (6, 'park', '公园', 'park', 'as_usual'),
  (7, 'hospital', '医院', 'hospital', NULL),
  (8, 'community_centre', '社区服务站', 'community service station', NULL),
  (9, 'party_centre', '党群服务中心', 'party and community service centre', NULL),
  (10, 'metro_station', '地铁站', 'metro station', 'as_usual'),
  (11, 'coach_station', '长途客运站', 'coach station', 'as_usual'),
  (12, 'stadium', '体育场馆', 'stadium', NULL),
  (13, 'street_office', '街道乡镇办事处', 'street or town office', 'closed'),
  (14, 'union_building', '工会服务场所', 'trade union building', NULL),
  (15, 'office_building', '写字楼', 'office building', NULL),
  (16, 'school', '学校', 'school', NULL),
  (17, 'library', '图书馆', 'library', NULL),
  (18, 'government', '政府机关', 'government office', 'closed'),
  (19, 'scenic_spot', '景区', 'scenic spot', 'as_usual'),
  (20, 'other', '其他', 'other', NULL);

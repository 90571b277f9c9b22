-- Frozen: part of migration 0004. Later changes belong in later migrations.

-- history has its times in UTC, whoever writes it
SET LOCAL timezone = 'UTC';

-- The role that the service connects as: it owns nothing and passes no policy by -------------

DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'geoapi_service') THEN
    CREATE ROLE geoapi_service LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
  END IF;
EXCEPTION
  -- another database of this server is being migrated at this moment
  WHEN duplicate_object OR unique_violation THEN NULL;
END $$;
-- so that the owner may become it, where the service has no address of its own
GRANT geoapi_service TO CURRENT_USER;

-- Accounts -------------------------------------------------------------------------------

CREATE TABLE account (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  login text NOT NULL UNIQUE CHECK (login = lower(login) AND login ~ '^\S{3,100}$'),
  name text NOT NULL CHECK (name <> ''),
  -- argon2id; NULL: signs in by OpenID Connect only
  password_hash text,
  password_changed_at timestamptz,
  oidc_issuer text,
  oidc_subject text,
  disabled_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (oidc_issuer, oidc_subject),
  CHECK ((oidc_issuer IS NULL) = (oidc_subject IS NULL))
);

CREATE TABLE account_role (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account_id bigint NOT NULL REFERENCES account (id),
  organisation_id bigint NOT NULL REFERENCES organisation (id),
  role text NOT NULL CHECK (role IN ('manager', 'district_admin', 'city_admin', 'auditor')),
  -- NULL: by the command line
  granted_by bigint REFERENCES account (id),
  granted_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (account_id, organisation_id, role)
);
CREATE INDEX account_role_organisation ON account_role (organisation_id);

-- One-time links: to a new account, or to a new password of an old one. Of a token only its SHA-256 is kept.
CREATE TABLE invitation (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  token_sha256 bytea NOT NULL UNIQUE CHECK (length(token_sha256) = 32),
  purpose text NOT NULL CHECK (purpose IN ('invitation', 'recovery')),
  -- recovery: whose; invitation: who accepted
  account_id bigint REFERENCES account (id),
  -- invitation: who is meant, and as what
  name text,
  organisation_id bigint REFERENCES organisation (id),
  role text CHECK (role IN ('manager', 'district_admin', 'city_admin', 'auditor')),
  -- NULL: by the command line
  created_by bigint REFERENCES account (id),
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  used_at timestamptz,
  revoked_at timestamptz,
  CHECK (purpose = 'recovery' OR (organisation_id IS NOT NULL AND role IS NOT NULL)),
  CHECK (purpose = 'invitation' OR account_id IS NOT NULL)
);
CREATE INDEX invitation_organisation ON invitation (organisation_id);

CREATE TABLE account_session (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account_id bigint NOT NULL REFERENCES account (id),
  token_sha256 bytea NOT NULL UNIQUE CHECK (length(token_sha256) = 32),
  kind text NOT NULL CHECK (kind IN ('cookie', 'bearer')),
  created_at timestamptz NOT NULL DEFAULT now(),
  last_seen_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  revoked_at timestamptz,
  address inet,
  user_agent text
);
CREATE INDEX account_session_account ON account_session (account_id);

-- A sign-in by OpenID Connect that is under way
CREATE TABLE oidc_flow (
  state_sha256 bytea PRIMARY KEY CHECK (length(state_sha256) = 32),
  -- of the browser that began it
  browser_sha256 bytea NOT NULL CHECK (length(browser_sha256) = 32),
  nonce text NOT NULL,
  code_verifier text NOT NULL,
  -- what it is for: signing in, accepting an invitation, or linking to the account signed in
  invitation_sha256 bytea,
  account_id bigint REFERENCES account (id),
  return_to text,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL
);

-- Token buckets, one place for every worker process. `key` is a digest: no login or address is kept.
CREATE TABLE rate_bucket (
  key bytea PRIMARY KEY,
  tokens double precision NOT NULL,
  full_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL
);

-- 0 when one was taken, else the seconds until there is one. Nothing is lost by asking in vain.
CREATE FUNCTION take_token(bucket bytea, capacity double precision, per_second double precision)
RETURNS double precision LANGUAGE plpgsql AS $$
DECLARE
  moment timestamptz := clock_timestamp();
  has double precision;
BEGIN
  INSERT INTO rate_bucket AS b (key, tokens, full_at, updated_at)
  VALUES (bucket, capacity - 1, moment + make_interval(secs => 1 / per_second), moment)
  ON CONFLICT (key) DO UPDATE
    SET tokens = least(capacity, b.tokens + greatest(0, extract(epoch FROM moment - b.updated_at)) * per_second) - 1,
        full_at = moment + make_interval(secs => (capacity - least(capacity, b.tokens
          + greatest(0, extract(epoch FROM moment - b.updated_at)) * per_second) + 1) / per_second),
        updated_at = greatest(moment, b.updated_at)
    WHERE least(capacity, b.tokens + greatest(0, extract(epoch FROM moment - b.updated_at)) * per_second) >= 1;
  IF FOUND THEN
    RETURN 0;
  END IF;
  SELECT tokens + greatest(0, extract(epoch FROM moment - updated_at)) * per_second INTO has
  FROM rate_bucket WHERE key = bucket;
  RETURN greatest(0.001, (1 - coalesce(has, 0)) / per_second);
END $$;

-- Secrets of the service's own, made here so that every worker has the same
CREATE TABLE service_secret (
  name text PRIMARY KEY,
  value bytea NOT NULL
);
INSERT INTO service_secret
SELECT name, sha256(convert_to(concat(gen_random_uuid(), gen_random_uuid(), gen_random_uuid()), 'UTF8'))
FROM (VALUES ('reporter'), ('throttle'), ('timing')) AS secret (name);

-- What was answered to a POST with an Idempotency-Key. The answer is sealed with a key made of what only
-- the caller has, so that a token in it cannot be read from here.
CREATE TABLE idempotent_request (
  key_sha256 bytea PRIMARY KEY,
  request_sha256 bytea NOT NULL,
  sealed bytea,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX idempotent_request_age ON idempotent_request (created_at);

-- Who may what -----------------------------------------------------------------------------

CREATE FUNCTION setting_or_null(name text) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT nullif(current_setting(name, true), '')
$$;

-- Whose request this transaction is for; NULL: nobody's
CREATE FUNCTION current_account() RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT setting_or_null('geoapi.account')::bigint
$$;

-- The organisation that a station belongs to: the one it names, else that of the smallest district around it
CREATE FUNCTION managing_organisation(of_organisation bigint, of_district text)
RETURNS bigint LANGUAGE sql STABLE AS $$
  WITH RECURSIVE around AS (
    SELECT d.code, d.parent_code, 0 AS steps FROM district AS d WHERE d.code = of_district
    UNION
    SELECT d.code, d.parent_code, steps + 1 FROM district AS d JOIN around ON d.code = around.parent_code
  )
  SELECT coalesce(of_organisation, (
    SELECT o.id
    FROM around JOIN organisation AS o ON o.district_code = around.code
    WHERE o.level IN ('city', 'district', 'street')
    ORDER BY around.steps, o.level = 'street', o.id
    LIMIT 1
  ))
$$;

-- An organisation and those above it
CREATE FUNCTION organisation_path(of_organisation bigint) RETURNS bigint[] LANGUAGE sql STABLE AS $$
  WITH RECURSIVE up AS (
    SELECT id, parent_id FROM organisation WHERE id = of_organisation
    UNION
    SELECT o.id, o.parent_id FROM organisation AS o JOIN up ON o.id = up.parent_id
  )
  SELECT coalesce(array_agg(id), '{}') FROM up
$$;

CREATE FUNCTION account_has(of_account bigint, of_organisation bigint, roles text[])
RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (
    SELECT FROM account_role AS r
    JOIN account AS a ON a.id = r.account_id AND a.disabled_at IS NULL
    WHERE r.account_id = of_account AND r.role = ANY (roles)
      AND r.organisation_id = ANY (organisation_path(of_organisation))
  )
$$;

-- Whether the account of this transaction has one of the roles at the organisation or above it
CREATE FUNCTION may_at(of_organisation bigint, VARIADIC roles text[]) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT account_has(current_account(), of_organisation, roles)
$$;

CREATE FUNCTION may_edit(of_organisation bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT may_at(of_organisation, 'manager', 'district_admin', 'city_admin')
$$;

CREATE FUNCTION may_administer(of_organisation bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT may_at(of_organisation, 'district_admin', 'city_admin')
$$;

CREATE FUNCTION may_edit_station(of_station bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT may_edit(managing_organisation(s.organisation_id, s.district_code)) FROM station AS s WHERE s.id = of_station
$$;

CREATE FUNCTION may_administer_station(of_station bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT may_administer(managing_organisation(s.organisation_id, s.district_code))
  FROM station AS s WHERE s.id = of_station
$$;

-- Whether an account may give this role there: a district's administrator makes no city's
CREATE FUNCTION account_may_grant(of_account bigint, of_organisation bigint, of_role text)
RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT account_has(of_account, of_organisation,
    CASE WHEN of_role = 'city_admin' THEN '{city_admin}' ELSE '{district_admin,city_admin}' END::text[])
$$;

CREATE FUNCTION may_grant(of_organisation bigint, of_role text) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT account_may_grant(current_account(), of_organisation, of_role)
$$;

-- Whether every role of an account is one that the other could give (and there is one)
CREATE FUNCTION account_may_administer(of_account bigint, other bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT coalesce(bool_and(account_may_grant(of_account, r.organisation_id, r.role)), false)
  FROM account_role AS r WHERE r.account_id = other
$$;

CREATE FUNCTION may_administer_account(of_account bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT account_may_administer(current_account(), of_account)
$$;

-- History ----------------------------------------------------------------------------------

-- Append-only: the service's role may read it and no more; rows come from the triggers below.
CREATE TABLE revision (
  station_id bigint NOT NULL,
  -- that the station came to have by it
  version integer NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- NULL: an import, the service itself, or SQL
  account_id bigint,
  -- who, in words that outlive the account
  actor text NOT NULL,
  address inet,
  action text NOT NULL,
  reason text,
  batch_id text,
  -- of the fields that changed: columns of the station by name, and "exception:ID" and "outage:ID"
  before jsonb NOT NULL,
  after jsonb NOT NULL,
  PRIMARY KEY (station_id, version)
);
CREATE INDEX revision_account ON revision (account_id, at) WHERE account_id IS NOT NULL;

-- What of a station is on record in its history. Left out: what is worked out from it (geog, search, sound,
-- district_code, updated_at), its version and when it was made.
-- STABLE as jsonb_build_object is: PostgreSQL then writes it out where it is called. Recording 200,000 new
-- stations took 13 s without that and with the settings read for every row, and takes 6 s.
CREATE FUNCTION recorded_fields(s station) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT jsonb_build_object(
    'kind_id', s.kind_id, 'name_zh', s.name_zh, 'name_en', s.name_en, 'address', s.address,
    'lon', s.lon, 'lat', s.lat, 'organisation_id', s.organisation_id, 'host_id', s.host_id,
    'host_name', s.host_name, 'phone', s.phone, 'description', s.description,
    'amenity_ids', s.amenity_ids, 'access_notes', s.access_notes, 'hours_text', s.hours_text,
    'hours_osm', s.hours_osm, 'hours_certainty', s.hours_certainty, 'hours_rules', s.hours_rules,
    'hours_unread', s.hours_unread, 'holiday_policy', s.holiday_policy, 'time_zone', s.time_zone,
    'calendar', s.calendar, 'attributes', s.attributes, 'verified_at', s.verified_at,
    'retired_at', s.retired_at
  )
$$;

-- Every change of what is on record makes the version one more, whoever makes it and by whatever statement.
-- A version that is already one more with nothing else changed is a change beside the row (a closure).
CREATE FUNCTION count_station_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF recorded_fields(NEW) IS DISTINCT FROM recorded_fields(OLD) OR NEW.version <> OLD.version THEN
    NEW.version := OLD.version + 1;
    NEW.updated_at := greatest(now(), NEW.updated_at);
    -- what only an administrator may do; row-level security alone cannot compare old and new
    IF current_user = 'geoapi_service'
      AND (NEW.retired_at, NEW.organisation_id, NEW.kind_id)
        IS DISTINCT FROM (OLD.retired_at, OLD.organisation_id, OLD.kind_id)
      AND NOT may_administer(managing_organisation(OLD.organisation_id, OLD.district_code))
    THEN
      RAISE insufficient_privilege USING MESSAGE = 'only an administrator may do this to a station';
    END IF;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER station_version BEFORE UPDATE ON station
  FOR EACH ROW EXECUTE FUNCTION count_station_version();

CREATE FUNCTION revision_actor() RETURNS text LANGUAGE sql STABLE AS $$
  SELECT coalesce(setting_or_null('geoapi.actor'), 'sql ' || session_user)
$$;

CREATE FUNCTION record_inserted_stations() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
BEGIN
  INSERT INTO revision (station_id, version, account_id, actor, address, action, reason, batch_id, before, after)
  SELECT n.id, n.version, (SELECT current_account()), (SELECT revision_actor()),
    (SELECT setting_or_null('geoapi.address')::inet), (SELECT coalesce(setting_or_null('geoapi.action'), 'create')),
    (SELECT setting_or_null('geoapi.reason')), (SELECT setting_or_null('geoapi.batch')),
    '{}', recorded_fields(n)
  FROM new_rows AS n;
  RETURN NULL;
END $$;
CREATE TRIGGER station_inserted_recorded AFTER INSERT ON station
  REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION record_inserted_stations();

CREATE FUNCTION record_updated_stations() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
BEGIN
  INSERT INTO revision (station_id, version, account_id, actor, address, action, reason, batch_id, before, after)
  SELECT n.id, n.version, (SELECT current_account()), (SELECT revision_actor()),
    (SELECT setting_or_null('geoapi.address')::inet), (SELECT coalesce(setting_or_null('geoapi.action'), 'edit')),
    (SELECT setting_or_null('geoapi.reason')), (SELECT setting_or_null('geoapi.batch')),
    changed.before, changed.after
  FROM new_rows AS n
  JOIN old_rows AS o USING (id)
  CROSS JOIN LATERAL (
    SELECT jsonb_object_agg(was.key, was.value) AS before, jsonb_object_agg(was.key, fields.now -> was.key) AS after
    FROM (SELECT recorded_fields(n) AS now) AS fields
    CROSS JOIN LATERAL jsonb_each(recorded_fields(o)) AS was
    WHERE was.value IS DISTINCT FROM fields.now -> was.key
  ) AS changed
  WHERE n.version <> o.version AND changed.before IS NOT NULL;
  RETURN NULL;
END $$;
CREATE TRIGGER station_updated_recorded AFTER UPDATE ON station
  REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION record_updated_stations();

-- Closures, extra openings and outages are changes of their station, too
CREATE FUNCTION record_beside_station(changed bigint, key text, was jsonb, now_is jsonb)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  came_to integer;
BEGIN
  UPDATE station SET version = version + 1 WHERE id = changed RETURNING version INTO came_to;
  -- gone, and its exceptions with it
  IF came_to IS NULL THEN
    RETURN;
  END IF;
  INSERT INTO revision (station_id, version, account_id, actor, address, action, reason, batch_id, before, after)
  VALUES (
    changed, came_to, current_account(), revision_actor(), setting_or_null('geoapi.address')::inet,
    coalesce(setting_or_null('geoapi.action'), 'edit'), setting_or_null('geoapi.reason'),
    setting_or_null('geoapi.batch'),
    jsonb_build_object(key, was), jsonb_build_object(key, now_is)
  );
END $$;
REVOKE EXECUTE ON FUNCTION record_beside_station FROM PUBLIC;

CREATE FUNCTION recorded_exception(e hours_exception) RETURNS jsonb LANGUAGE sql STABLE SET timezone = 'UTC' AS $$
  SELECT CASE WHEN e.id IS NOT NULL THEN jsonb_build_object(
    'state', e.state, 'starts_at', lower(e.during), 'ends_at', upper(e.during),
    'note_zh', e.note_zh, 'note_en', e.note_en
  ) END
$$;

CREATE FUNCTION record_exception() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF recorded_exception(OLD) IS DISTINCT FROM recorded_exception(NEW) THEN
    PERFORM record_beside_station(
      coalesce(NEW.station_id, OLD.station_id), 'exception:' || coalesce(NEW.id, OLD.id),
      recorded_exception(OLD), recorded_exception(NEW)
    );
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER hours_exception_recorded AFTER INSERT OR UPDATE OR DELETE ON hours_exception
  FOR EACH ROW EXECUTE FUNCTION record_exception();

CREATE FUNCTION recorded_outage(o amenity_outage) RETURNS jsonb LANGUAGE sql STABLE SET timezone = 'UTC' AS $$
  SELECT CASE WHEN o.id IS NOT NULL THEN jsonb_build_object(
    'amenity_id', o.amenity_id, 'starts_at', lower(o.during), 'ends_at', upper(o.during), 'note', o.note
  ) END
$$;

CREATE FUNCTION record_outage() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF recorded_outage(OLD) IS DISTINCT FROM recorded_outage(NEW) THEN
    PERFORM record_beside_station(
      coalesce(NEW.station_id, OLD.station_id), 'outage:' || coalesce(NEW.id, OLD.id),
      recorded_outage(OLD), recorded_outage(NEW)
    );
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER amenity_outage_recorded AFTER INSERT OR UPDATE OR DELETE ON amenity_outage
  FOR EACH ROW EXECUTE FUNCTION record_outage();

-- the stations there are: their history begins with what they are now
INSERT INTO revision (station_id, version, actor, action, before, after)
SELECT s.id, s.version, 'migration', 'base', '{}',
  recorded_fields(s) || coalesce(e.all, '{}') || coalesce(o.all, '{}')
FROM station AS s
LEFT JOIN LATERAL (
  SELECT jsonb_object_agg('exception:' || x.id, recorded_exception(x)) AS all
  FROM hours_exception AS x WHERE x.station_id = s.id
) AS e ON true
LEFT JOIN LATERAL (
  SELECT jsonb_object_agg('outage:' || x.id, recorded_outage(x)) AS all
  FROM amenity_outage AS x WHERE x.station_id = s.id
) AS o ON true;

-- What else was done: sign-ins, invitations, overrides, reviews. Append-only as well.
CREATE TABLE event (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  account_id bigint,
  actor text NOT NULL DEFAULT revision_actor(),
  address inet DEFAULT setting_or_null('geoapi.address')::inet,
  action text NOT NULL,
  -- where it belongs: who may read it
  organisation_id bigint REFERENCES organisation (id),
  -- the account, override, invitation … that it was done to
  subject text,
  detail jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX event_organisation ON event (organisation_id, id);
CREATE INDEX event_account ON event (account_id, id);

-- Editing ----------------------------------------------------------------------------------

-- An edit that takes effect at the start of a day at the station
CREATE TABLE planned_change (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  station_id bigint NOT NULL REFERENCES station (id) ON DELETE CASCADE,
  effective_on date NOT NULL,
  -- columns of the station by name, as they are to be
  changes jsonb NOT NULL CHECK (jsonb_typeof(changes) = 'object' AND changes <> '{}'),
  reason text,
  account_id bigint NOT NULL REFERENCES account (id),
  created_at timestamptz NOT NULL DEFAULT now(),
  applied_at timestamptz,
  applied_version integer,
  cancelled_at timestamptz,
  cancelled_by bigint REFERENCES account (id),
  -- when its day came and its author no longer might: waits for an administrator
  lapsed_at timestamptz
);
CREATE INDEX planned_change_station ON planned_change (station_id);
CREATE INDEX planned_change_due ON planned_change (effective_on)
  WHERE applied_at IS NULL AND cancelled_at IS NULL AND lapsed_at IS NULL;

CREATE TRIGGER planned_change_changed AFTER INSERT OR UPDATE OR DELETE ON planned_change
  FOR EACH ROW EXECUTE FUNCTION mark_exception_stations();

-- A move too far to be made without an administrator
CREATE TABLE move_request (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  station_id bigint NOT NULL REFERENCES station (id) ON DELETE CASCADE,
  lon double precision NOT NULL CHECK (lon BETWEEN -180 AND 180),
  lat double precision NOT NULL CHECK (lat BETWEEN -90 AND 90),
  district_code text REFERENCES district (code),
  distance_m double precision NOT NULL,
  -- from where it was asked for: approval of a station that has moved since would be of something else
  from_lon double precision NOT NULL,
  from_lat double precision NOT NULL,
  reason text,
  account_id bigint NOT NULL REFERENCES account (id),
  created_at timestamptz NOT NULL DEFAULT now(),
  decided_at timestamptz,
  decided_by bigint REFERENCES account (id),
  decision text CHECK (decision IN ('approved', 'rejected', 'withdrawn')),
  decision_note text,
  CHECK ((decided_at IS NULL) = (decision IS NULL))
);
-- one at a time: a second one replaces the first
CREATE UNIQUE INDEX move_request_open ON move_request (station_id) WHERE decided_at IS NULL;

ALTER TABLE import_conflict
  ADD COLUMN resolved_by bigint REFERENCES account (id),
  ADD COLUMN resolution text CHECK (resolution IN ('edited', 'imported'));
CREATE INDEX import_conflict_open ON import_conflict (station_id) WHERE resolved_at IS NULL;

ALTER TABLE near_duplicate ADD COLUMN reviewed_by bigint REFERENCES account (id);

ALTER TABLE hours_override
  ADD COLUMN reason text,
  ADD COLUMN created_by bigint REFERENCES account (id),
  ADD COLUMN created_at timestamptz NOT NULL DEFAULT now(),
  ADD COLUMN ended_by bigint REFERENCES account (id),
  ADD COLUMN ended_at timestamptz;

-- What workers say, without an account. No position, no address: `reporter` tells people apart, not who they are.
CREATE TABLE station_report (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  station_id bigint NOT NULL REFERENCES station (id) ON DELETE CASCADE,
  kind text NOT NULL CHECK (kind IN ('closed', 'amenity', 'gone', 'other')),
  amenity_id smallint REFERENCES amenity (id),
  note text,
  reporter bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  resolved_at timestamptz,
  resolved_by bigint REFERENCES account (id),
  resolution text CHECK (resolution IN ('corrected', 'not_so', 'duplicate')),
  resolution_note text,
  CHECK ((kind = 'amenity') = (amenity_id IS NOT NULL)),
  CHECK ((resolved_at IS NULL) = (resolution IS NULL))
);
CREATE INDEX station_report_open ON station_report (station_id, kind, created_at) WHERE resolved_at IS NULL;

-- The second wall: row-level security, on writes only ----------------------------------------
-- A condition on SELECT would keep PostGIS's operators from the index (they are not leakproof).

GRANT USAGE ON SCHEMA public TO geoapi_service;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO geoapi_service;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO geoapi_service;

-- worked out from what is on record: no wall, the refresh of opening times writes it all
GRANT INSERT, UPDATE, DELETE ON
  schedule, station_schedule, open_interval, schedule_slot, station_slot, schedule_window, stale_station
  TO geoapi_service;
GRANT TRUNCATE ON stale_station TO geoapi_service;
-- a year of the calendar that nobody has entered is entered from packages; days are never changed
GRANT INSERT ON calendar_day TO geoapi_service;

ALTER TABLE station ENABLE ROW LEVEL SECURITY;
GRANT INSERT, UPDATE ON station TO geoapi_service;
CREATE POLICY read_station ON station FOR SELECT USING (true);
CREATE POLICY edit_station ON station FOR UPDATE TO geoapi_service
  USING (may_edit(managing_organisation(organisation_id, district_code)))
  WITH CHECK (may_edit(managing_organisation(organisation_id, district_code)));
CREATE POLICY create_station ON station FOR INSERT TO geoapi_service
  WITH CHECK (may_administer(managing_organisation(organisation_id, district_code)));

ALTER TABLE hours_exception ENABLE ROW LEVEL SECURITY;
GRANT INSERT, UPDATE, DELETE ON hours_exception TO geoapi_service;
CREATE POLICY read_exception ON hours_exception FOR SELECT USING (true);
CREATE POLICY create_exception ON hours_exception FOR INSERT TO geoapi_service
  WITH CHECK (may_edit_station(station_id));
CREATE POLICY edit_exception ON hours_exception FOR UPDATE TO geoapi_service
  USING (may_edit_station(station_id)) WITH CHECK (may_edit_station(station_id));
CREATE POLICY delete_exception ON hours_exception FOR DELETE TO geoapi_service
  USING (may_edit_station(station_id));

ALTER TABLE amenity_outage ENABLE ROW LEVEL SECURITY;
GRANT INSERT, UPDATE, DELETE ON amenity_outage TO geoapi_service;
CREATE POLICY read_outage ON amenity_outage FOR SELECT USING (true);
CREATE POLICY create_outage ON amenity_outage FOR INSERT TO geoapi_service
  WITH CHECK (may_edit_station(station_id));
CREATE POLICY edit_outage ON amenity_outage FOR UPDATE TO geoapi_service
  USING (may_edit_station(station_id)) WITH CHECK (may_edit_station(station_id));
CREATE POLICY delete_outage ON amenity_outage FOR DELETE TO geoapi_service
  USING (may_edit_station(station_id));

ALTER TABLE planned_change ENABLE ROW LEVEL SECURITY;
GRANT INSERT, UPDATE ON planned_change TO geoapi_service;
CREATE POLICY read_planned ON planned_change FOR SELECT USING (true);
CREATE POLICY create_planned ON planned_change FOR INSERT TO geoapi_service
  WITH CHECK (account_id = current_account() AND may_edit_station(station_id));
-- the service itself, nobody being signed in, may mark one as lapsed
CREATE POLICY edit_planned ON planned_change FOR UPDATE TO geoapi_service
  USING (may_edit_station(station_id) OR current_account() IS NULL)
  WITH CHECK (may_edit_station(station_id)
    OR (current_account() IS NULL AND lapsed_at IS NOT NULL AND applied_at IS NULL AND cancelled_at IS NULL));

ALTER TABLE move_request ENABLE ROW LEVEL SECURITY;
GRANT INSERT, UPDATE ON move_request TO geoapi_service;
CREATE POLICY read_move ON move_request FOR SELECT USING (true);
CREATE POLICY ask_move ON move_request FOR INSERT TO geoapi_service
  WITH CHECK (account_id = current_account() AND may_edit_station(station_id));
CREATE POLICY decide_move ON move_request FOR UPDATE TO geoapi_service
  USING (may_edit_station(station_id))
  WITH CHECK (may_edit_station(station_id)
    AND (decision IS DISTINCT FROM 'approved' OR may_administer_station(station_id)));

ALTER TABLE import_conflict ENABLE ROW LEVEL SECURITY;
GRANT UPDATE (resolved_at, resolved_by, resolution) ON import_conflict TO geoapi_service;
CREATE POLICY read_conflict ON import_conflict FOR SELECT USING (true);
CREATE POLICY resolve_conflict ON import_conflict FOR UPDATE TO geoapi_service
  USING (may_edit_station(station_id)) WITH CHECK (may_edit_station(station_id));

ALTER TABLE near_duplicate ENABLE ROW LEVEL SECURITY;
GRANT UPDATE (reviewed_at, reviewed_by) ON near_duplicate TO geoapi_service;
CREATE POLICY read_duplicate ON near_duplicate FOR SELECT USING (true);
CREATE POLICY review_duplicate ON near_duplicate FOR UPDATE TO geoapi_service
  USING (may_administer_station(station_id) OR may_administer_station(other_id));

-- every district it names, and it names some: an override of the whole world is the command line's
ALTER TABLE hours_override ENABLE ROW LEVEL SECURITY;
GRANT INSERT, UPDATE ON hours_override TO geoapi_service;
CREATE POLICY read_override ON hours_override FOR SELECT USING (true);
CREATE POLICY create_override ON hours_override FOR INSERT TO geoapi_service
  WITH CHECK (district_codes <> '{}' AND created_by = current_account() AND (
    SELECT bool_and(may_administer(managing_organisation(NULL, code))) FROM unnest(district_codes) AS code));
CREATE POLICY end_override ON hours_override FOR UPDATE TO geoapi_service
  USING (district_codes <> '{}' AND (
    SELECT bool_and(may_administer(managing_organisation(NULL, code))) FROM unnest(district_codes) AS code))
  WITH CHECK (district_codes <> '{}' AND (
    SELECT bool_and(may_administer(managing_organisation(NULL, code))) FROM unnest(district_codes) AS code));

ALTER TABLE station_report ENABLE ROW LEVEL SECURITY;
GRANT INSERT ON station_report TO geoapi_service;
GRANT UPDATE (resolved_at, resolved_by, resolution, resolution_note) ON station_report TO geoapi_service;
CREATE POLICY read_report ON station_report FOR SELECT USING (true);
CREATE POLICY make_report ON station_report FOR INSERT TO geoapi_service WITH CHECK (resolved_at IS NULL);
CREATE POLICY resolve_report ON station_report FOR UPDATE TO geoapi_service
  USING (may_edit_station(station_id)) WITH CHECK (may_edit_station(station_id));

ALTER TABLE organisation ENABLE ROW LEVEL SECURITY;
GRANT INSERT, UPDATE (name_zh, name_en) ON organisation TO geoapi_service;
CREATE POLICY read_organisation ON organisation FOR SELECT USING (true);
CREATE POLICY create_organisation ON organisation FOR INSERT TO geoapi_service
  WITH CHECK (level IN ('street', 'venue') AND parent_id IS NOT NULL AND may_administer(parent_id));
CREATE POLICY rename_organisation ON organisation FOR UPDATE TO geoapi_service
  USING (may_administer(id)) WITH CHECK (may_administer(id));

ALTER TABLE account ENABLE ROW LEVEL SECURITY;
GRANT UPDATE (name, password_hash, password_changed_at, disabled_at, oidc_issuer, oidc_subject) ON account
  TO geoapi_service;
CREATE POLICY read_account ON account FOR SELECT USING (true);
CREATE POLICY edit_account ON account FOR UPDATE TO geoapi_service
  USING (id = current_account() OR may_administer_account(id))
  WITH CHECK (id = current_account() OR may_administer_account(id));

ALTER TABLE account_role ENABLE ROW LEVEL SECURITY;
GRANT INSERT, DELETE ON account_role TO geoapi_service;
CREATE POLICY read_role ON account_role FOR SELECT USING (true);
CREATE POLICY give_role ON account_role FOR INSERT TO geoapi_service
  WITH CHECK (granted_by = current_account() AND may_grant(organisation_id, role));
CREATE POLICY take_role ON account_role FOR DELETE TO geoapi_service
  USING (may_grant(organisation_id, role));

ALTER TABLE invitation ENABLE ROW LEVEL SECURITY;
GRANT INSERT ON invitation TO geoapi_service;
GRANT UPDATE (revoked_at) ON invitation TO geoapi_service;
CREATE POLICY read_invitation ON invitation FOR SELECT USING (true);
CREATE POLICY invite ON invitation FOR INSERT TO geoapi_service
  WITH CHECK (created_by = current_account() AND used_at IS NULL AND CASE purpose
    WHEN 'recovery' THEN may_administer_account(account_id)
    ELSE may_grant(organisation_id, role) AND account_id IS NULL END);
CREATE POLICY revoke_invitation ON invitation FOR UPDATE TO geoapi_service
  USING (created_by = current_account() OR CASE purpose
    WHEN 'recovery' THEN may_administer_account(account_id) ELSE may_grant(organisation_id, role) END);

ALTER TABLE account_session ENABLE ROW LEVEL SECURITY;
GRANT INSERT ON account_session TO geoapi_service;
GRANT UPDATE (last_seen_at, revoked_at) ON account_session TO geoapi_service;
CREATE POLICY read_session ON account_session FOR SELECT USING (true);
CREATE POLICY begin_session ON account_session FOR INSERT TO geoapi_service
  WITH CHECK (account_id = current_account());
CREATE POLICY end_session ON account_session FOR UPDATE TO geoapi_service
  USING (account_id = current_account() OR may_administer_account(account_id));

ALTER TABLE event ENABLE ROW LEVEL SECURITY;
GRANT INSERT ON event TO geoapi_service;
CREATE POLICY read_event ON event FOR SELECT USING (true);
CREATE POLICY note_event ON event FOR INSERT TO geoapi_service
  WITH CHECK (account_id IS NOT DISTINCT FROM current_account());

-- of nobody's: plain grants
GRANT INSERT, UPDATE, DELETE ON rate_bucket, idempotent_request, oidc_flow TO geoapi_service;

-- Doors in the wall: each checks for itself -----------------------------------------------------

-- Make the account that an invitation promises, or give its role to the account signed in: that account's id,
-- or NULL where the invitation is not, or no longer, good. A login that is taken is a unique_violation.
CREATE FUNCTION accept_invitation(
  token bytea, login text, name text, password_hash text, oidc_issuer text, oidc_subject text
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  found invitation;
  accepted bigint := current_account();
BEGIN
  SELECT * INTO found FROM invitation AS i
  WHERE i.token_sha256 = token AND i.purpose = 'invitation' AND i.used_at IS NULL AND i.revoked_at IS NULL
    AND i.expires_at > clock_timestamp()
  FOR UPDATE;
  -- good only as long as whoever gave it could still give it
  IF found.id IS NULL OR (found.created_by IS NOT NULL
      AND NOT account_may_grant(found.created_by, found.organisation_id, found.role)) THEN
    RETURN NULL;
  END IF;
  IF accepted IS NULL THEN
    IF accept_invitation.password_hash IS NULL AND accept_invitation.oidc_subject IS NULL THEN
      RAISE check_violation USING MESSAGE = 'an account needs a way to sign in';
    END IF;
    INSERT INTO account (login, name, password_hash, password_changed_at, oidc_issuer, oidc_subject)
    VALUES (accept_invitation.login, accept_invitation.name, accept_invitation.password_hash,
      CASE WHEN accept_invitation.password_hash IS NOT NULL THEN now() END,
      accept_invitation.oidc_issuer, accept_invitation.oidc_subject)
    RETURNING id INTO accepted;
  ELSIF NOT EXISTS (SELECT FROM account AS a WHERE a.id = accepted AND a.disabled_at IS NULL) THEN
    RETURN NULL;
  END IF;
  INSERT INTO account_role (account_id, organisation_id, role, granted_by)
  VALUES (accepted, found.organisation_id, found.role, found.created_by)
  ON CONFLICT DO NOTHING;
  UPDATE invitation SET used_at = clock_timestamp(), account_id = accepted WHERE id = found.id;
  RETURN accepted;
END $$;

-- Set a new password by a recovery link and end every session: whose it was, or NULL where the link is not good
CREATE FUNCTION recover_account(token bytea, new_password_hash text)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  whose bigint;
BEGIN
  UPDATE invitation AS i SET used_at = clock_timestamp()
  FROM account AS a
  WHERE i.token_sha256 = token AND i.purpose = 'recovery' AND i.used_at IS NULL AND i.revoked_at IS NULL
    AND i.expires_at > clock_timestamp() AND a.id = i.account_id AND a.disabled_at IS NULL
    -- good only as long as whoever gave it could still give it: the account may have risen, its giver fallen
    AND (i.created_by IS NULL OR account_may_administer(i.created_by, a.id))
  RETURNING i.account_id INTO whose;
  IF whose IS NOT NULL THEN
    -- an identity linked meanwhile may be somebody else's: the owner links it again
    UPDATE account SET password_hash = new_password_hash, password_changed_at = now(),
      oidc_issuer = NULL, oidc_subject = NULL
    WHERE id = whose;
    UPDATE account_session SET revoked_at = now() WHERE account_id = whose AND revoked_at IS NULL;
    -- of somebody who knew the old password and is on the way to link an identity of their own
    DELETE FROM oidc_flow AS f WHERE f.account_id = whose;
    UPDATE invitation SET revoked_at = now()
    WHERE account_id = whose AND purpose = 'recovery' AND used_at IS NULL AND revoked_at IS NULL;
  END IF;
  RETURN whose;
END $$;

-- Put an exception or outage back under the number that history knows it by
CREATE FUNCTION restore_exception(
  restored bigint, of_station bigint, during tstzrange, state text, note_zh text, note_en text
) RETURNS void LANGUAGE sql AS $$
  INSERT INTO hours_exception (id, station_id, during, state, note_zh, note_en)
  OVERRIDING SYSTEM VALUE VALUES (restored, of_station, during, state, note_zh, note_en)
$$;
CREATE FUNCTION restore_outage(
  restored bigint, of_station bigint, amenity smallint, during tstzrange, note text
) RETURNS void LANGUAGE sql AS $$
  INSERT INTO amenity_outage (id, station_id, amenity_id, during, note)
  OVERRIDING SYSTEM VALUE VALUES (restored, of_station, amenity, during, note)
$$;

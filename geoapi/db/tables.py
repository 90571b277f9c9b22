"""The tables as request queries see them. Indexes, checks and triggers are in `migrations/sql`.

Positions are WGS-84 lon/lat (EPSG:4326). `tests/queries/test_tables.py` holds these
declarations and the migrated database equal.
"""

from __future__ import annotations

from geoalchemy2 import Geography, Geometry
from sqlalchemy import (
    ARRAY,
    REAL,
    BigInteger,
    Boolean,
    Column,
    Computed,
    Date,
    DateTime,
    Double,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import INET, INT4RANGE, JSONB, TSTZRANGE

metadata = MetaData()
Instant = DateTime(timezone=True)

kind = Table(
    "kind",
    metadata,
    Column("id", SmallInteger, primary_key=True),
    Column("code", Text, nullable=False),
    Column("name_zh", Text, nullable=False),
    Column("name_en", Text, nullable=False),
)

amenity = Table(
    "amenity",
    metadata,
    Column("id", SmallInteger, primary_key=True),
    Column("code", Text, nullable=False),
    Column("name_zh", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("osm_tag", Text),
)

host = Table(
    "host",
    metadata,
    Column("id", SmallInteger, primary_key=True),
    Column("code", Text, nullable=False),
    Column("name_zh", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("holiday_policy", Text),
)

district = Table(
    "district",
    metadata,
    Column("code", Text, primary_key=True),
    Column("parent_code", Text),
    Column("level", Text, nullable=False),
    Column("name_zh", Text, nullable=False),
    Column("name_en", Text),
    Column("geom", Geometry("MULTIPOLYGON", srid=4326, spatial_index=False), nullable=False),
    Column("population", Integer),
    Column("source", Text, nullable=False),
    Column("updated_at", Instant, nullable=False),
)

organisation = Table(
    "organisation",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("parent_id", BigInteger),
    Column("code", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("name_zh", Text, nullable=False),
    Column("name_en", Text),
    Column("district_code", Text),
    Column("source", Text, nullable=False),
)

station = Table(
    "station",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("kind_id", SmallInteger, nullable=False),
    Column("name_zh", Text, nullable=False),
    Column("name_en", Text),
    Column("address", Text),
    Column("lon", Double, nullable=False),
    Column("lat", Double, nullable=False),
    Column(
        "geog",
        Geography("POINT", srid=4326, spatial_index=False),
        Computed("ST_SetSRID(ST_MakePoint(lon, lat), 4326)::geography"),
        nullable=False,
    ),
    Column("district_code", Text),
    Column("organisation_id", BigInteger),
    Column("host_id", SmallInteger),
    Column("host_name", Text),
    Column("phone", Text),
    Column("description", Text),
    Column("amenity_ids", ARRAY(SmallInteger), nullable=False),
    Column("access_notes", ARRAY(Text), nullable=False),
    Column("hours_text", Text),
    Column("hours_osm", Text),
    Column("hours_certainty", Text, nullable=False),
    Column("hours_rules", JSONB(none_as_null=True)),
    Column("hours_unread", ARRAY(Text), nullable=False),
    Column("holiday_policy", Text),
    Column("time_zone", Text, nullable=False),
    Column("calendar", Text, nullable=False),
    Column("attributes", JSONB, nullable=False),
    Column("verified_at", Instant),
    Column("retired_at", Instant),
    Column("source", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("search", Text, nullable=False),
    Column("sound", Text, Computed("substr(search, strpos(search, '|') + 1)"), nullable=False),
)

amenity_outage = Table(
    "amenity_outage",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("station_id", BigInteger, nullable=False),
    Column("amenity_id", SmallInteger, nullable=False),
    Column("during", TSTZRANGE, nullable=False),
    Column("note", Text),
)

load_batch = Table(
    "load_batch",
    metadata,
    Column("id", Text, primary_key=True),
    Column("source", Text, nullable=False),
    Column("file_name", Text, nullable=False),
    Column("file_sha256", Text, nullable=False),
    Column("mapping_sha256", Text, nullable=False),
    Column("mapping", JSONB, nullable=False),
    Column("loaded_at", Instant, nullable=False),
    Column("report", JSONB, nullable=False),
    Column("loaded_by", BigInteger),
    Column("is_retry", Boolean, nullable=False),
)

station_import = Table(
    "station_import",
    metadata,
    Column("station_id", BigInteger, primary_key=True),
    Column("source", Text, nullable=False),
    Column("external_id", Text, nullable=False),
    Column("batch_id", Text, nullable=False),
    Column("row_sha256", Text, nullable=False),
    Column("imported", JSONB, nullable=False),
    Column("absent_since", Instant),
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("batch_id", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("row_number", Integer, nullable=False),
    Column("external_id", Text),
    Column("reason", Text, nullable=False),
    Column("detail", Text),
    Column("raw", JSONB, nullable=False),
    Column("resolved_at", Instant),
    Column("district_code", Text),
    Column("mended_reason", Text),
    Column("mended", JSONB),
    Column("mended_by", BigInteger),
    Column("mended_at", Instant),
    Column("station_id", BigInteger),
    Column("set_aside_at", Instant),
    Column("set_aside_by", BigInteger),
    Column("set_aside_note", Text),
)

near_duplicate = Table(
    "near_duplicate",
    metadata,
    Column("station_id", BigInteger, primary_key=True),
    Column("other_id", BigInteger, primary_key=True),
    Column("batch_id", Text, nullable=False),
    Column("similarity", REAL, nullable=False),
    Column("distance_m", REAL, nullable=False),
    Column("reviewed_at", Instant),
    Column("reviewed_by", BigInteger),
)

import_conflict = Table(
    "import_conflict",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("station_id", BigInteger, nullable=False),
    Column("batch_id", Text, nullable=False),
    Column("field", Text, nullable=False),
    Column("imported_before", JSONB),
    Column("edited", JSONB),
    Column("imported_now", JSONB),
    Column("resolved_at", Instant),
    Column("resolved_by", BigInteger),
    Column("resolution", Text),
)

account = Table(
    "account",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("login", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("password_hash", Text),
    Column("password_changed_at", Instant),
    Column("oidc_issuer", Text),
    Column("oidc_subject", Text),
    Column("disabled_at", Instant),
    Column("created_at", Instant, nullable=False),
)

account_role = Table(
    "account_role",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("account_id", BigInteger, nullable=False),
    Column("organisation_id", BigInteger, nullable=False),
    Column("role", Text, nullable=False),
    Column("granted_by", BigInteger),
    Column("granted_at", Instant, nullable=False),
)

invitation = Table(
    "invitation",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("token_sha256", LargeBinary, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("account_id", BigInteger),
    Column("name", Text),
    Column("organisation_id", BigInteger),
    Column("role", Text),
    Column("created_by", BigInteger),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
    Column("revoked_at", Instant),
)

account_session = Table(
    "account_session",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("account_id", BigInteger, nullable=False),
    Column("token_sha256", LargeBinary, nullable=False),
    Column("kind", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("last_seen_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("revoked_at", Instant),
    Column("address", INET),
    Column("user_agent", Text),
)

oidc_flow = Table(
    "oidc_flow",
    metadata,
    Column("state_sha256", LargeBinary, primary_key=True),
    Column("browser_sha256", LargeBinary, nullable=False),
    Column("nonce", Text, nullable=False),
    Column("code_verifier", Text, nullable=False),
    Column("invitation_sha256", LargeBinary),
    Column("account_id", BigInteger),
    Column("return_to", Text),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
)

rate_bucket = Table(
    "rate_bucket",
    metadata,
    Column("key", LargeBinary, primary_key=True),
    Column("tokens", Double, nullable=False),
    Column("full_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
)

service_secret = Table(
    "service_secret",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", LargeBinary, nullable=False),
)

idempotent_request = Table(
    "idempotent_request",
    metadata,
    Column("key_sha256", LargeBinary, primary_key=True),
    Column("request_sha256", LargeBinary, nullable=False),
    Column("sealed", LargeBinary),
    Column("created_at", Instant, nullable=False),
)

revision = Table(
    "revision",
    metadata,
    Column("station_id", BigInteger, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("account_id", BigInteger),
    Column("actor", Text, nullable=False),
    Column("address", INET),
    Column("action", Text, nullable=False),
    Column("reason", Text),
    Column("batch_id", Text),
    Column("before", JSONB, nullable=False),
    Column("after", JSONB, nullable=False),
)

event = Table(
    "event",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("account_id", BigInteger),
    Column("actor", Text, nullable=False),
    Column("address", INET),
    Column("action", Text, nullable=False),
    Column("organisation_id", BigInteger),
    Column("subject", Text),
    Column("detail", JSONB, nullable=False),
)

planned_change = Table(
    "planned_change",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("station_id", BigInteger, nullable=False),
    Column("effective_on", Date, nullable=False),
    Column("changes", JSONB, nullable=False),
    Column("reason", Text),
    Column("account_id", BigInteger, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("applied_at", Instant),
    Column("applied_version", Integer),
    Column("cancelled_at", Instant),
    Column("cancelled_by", BigInteger),
    Column("lapsed_at", Instant),
)

move_request = Table(
    "move_request",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("station_id", BigInteger, nullable=False),
    Column("lon", Double, nullable=False),
    Column("lat", Double, nullable=False),
    Column("district_code", Text),
    Column("distance_m", Double, nullable=False),
    Column("from_lon", Double, nullable=False),
    Column("from_lat", Double, nullable=False),
    Column("reason", Text),
    Column("account_id", BigInteger, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("decided_at", Instant),
    Column("decided_by", BigInteger),
    Column("decision", Text),
    Column("decision_note", Text),
)

station_report = Table(
    "station_report",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("station_id", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("amenity_id", SmallInteger),
    Column("note", Text),
    Column("reporter", LargeBinary, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("resolved_at", Instant),
    Column("resolved_by", BigInteger),
    Column("resolution", Text),
    Column("resolution_note", Text),
)

calendar_day = Table(
    "calendar_day",
    metadata,
    Column("jurisdiction", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("day_type", Text, nullable=False),
    Column("name_zh", Text),
    Column("name_en", Text),
    Column("source", Text, nullable=False),
)

hours_exception = Table(
    "hours_exception",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("station_id", BigInteger, nullable=False),
    Column("during", TSTZRANGE, nullable=False),
    Column("state", Text, nullable=False),
    Column("note_zh", Text),
    Column("note_en", Text),
)

hours_override = Table(
    "hours_override",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("name_zh", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("during", TSTZRANGE, nullable=False),
    Column("district_codes", ARRAY(Text)),
    Column("kind_ids", ARRAY(SmallInteger)),
    Column("daily_minutes", INT4RANGE, nullable=False),
    Column("reason", Text),
    Column("created_by", BigInteger),
    Column("created_at", Instant, nullable=False),
    Column("ended_by", BigInteger),
    Column("ended_at", Instant),
)

schedule = Table(
    "schedule",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("key", LargeBinary, nullable=False),
    Column("inputs", JSONB, nullable=False),
    Column("calendar", Text, nullable=False),
    Column("computed_at", Instant),
)

station_schedule = Table(
    "station_schedule",
    metadata,
    Column("station_id", BigInteger, primary_key=True),
    Column("schedule_id", BigInteger, nullable=False),
)

open_interval = Table(
    "open_interval",
    metadata,
    Column("schedule_id", BigInteger, primary_key=True),
    Column("state", Text, primary_key=True),
    Column("starts_at", Instant, nullable=False),
    Column("ends_at", Instant, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("parts", JSONB),
)

schedule_slot = Table(
    "schedule_slot",
    metadata,
    Column("schedule_id", BigInteger, primary_key=True),
    Column("state", Text, primary_key=True),
    Column("minutes", INT4RANGE, primary_key=True),
    Column("days", INT4RANGE, primary_key=True),
)

station_slot = Table(
    "station_slot",
    metadata,
    Column("station_id", BigInteger, nullable=False),
    Column("schedule_id", BigInteger, nullable=False),
    Column("kind_id", SmallInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("minutes", INT4RANGE, nullable=False),
    Column("days", INT4RANGE, nullable=False),
    Column("geog", Geography("POINT", srid=4326, spatial_index=False), nullable=False),
    Column("amenity_ids", ARRAY(SmallInteger), nullable=False),
)

schedule_window = Table(
    "schedule_window",
    metadata,
    Column("only_row", Boolean, primary_key=True),
    Column("starts_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False),
)

stale_station = Table("stale_station", metadata, Column("station_id", BigInteger, primary_key=True))

demand_layer = Table(
    "demand_layer",
    metadata,
    Column("id", SmallInteger, primary_key=True),
    Column("code", Text, nullable=False),
    Column("name_zh", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("unit_zh", Text, nullable=False),
    Column("unit_en", Text, nullable=False),
    Column("as_of", Date),
    Column("source", Text, nullable=False),
    Column("licence", Text),
    Column("cell", Text, nullable=False),
    Column("cell_size_m", Double, nullable=False),
    Column("h3_resolution", SmallInteger),
    Column("method", JSONB, nullable=False),
    Column("points", Integer, nullable=False),
    Column("total", Double, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("loaded_at", Instant, nullable=False),
)

demand_point = Table(
    "demand_point",
    metadata,
    Column("layer_id", SmallInteger, primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("lon", Double, nullable=False),
    Column("lat", Double, nullable=False),
    Column("weight", Double, nullable=False),
    Column("district_code", Text),
)

network = Table(
    "network",
    metadata,
    Column("id", SmallInteger, primary_key=True),
    Column("code", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("as_of", Date),
    Column("nodes", Integer, nullable=False),
    Column("edges", Integer, nullable=False),
    Column("islands", Integer, nullable=False),
    Column("largest_share", Double, nullable=False),
    Column("bounds", Geometry("POLYGON", srid=4326, spatial_index=False), nullable=False),
    Column("report", JSONB, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("loaded_at", Instant, nullable=False),
)

network_node = Table(
    "network_node",
    metadata,
    Column("network_id", SmallInteger, primary_key=True),
    Column("node", Integer, primary_key=True),
    Column("lon", Double, nullable=False),
    Column("lat", Double, nullable=False),
)

network_edge = Table(
    "network_edge",
    metadata,
    Column("network_id", SmallInteger, nullable=False),
    Column("tail", Integer, nullable=False),
    Column("head", Integer, nullable=False),
    Column("length_m", Double, nullable=False),
    Column("both_ways", Boolean, nullable=False),
    Column("rank", SmallInteger),
)

target = Table(
    "target",
    metadata,
    Column("district_code", Text, primary_key=True),
    Column("kind_id", SmallInteger, primary_key=True),
    Column("planned", Integer, nullable=False),
    Column("due", Date),
    Column("source", Text, nullable=False),
)

pack = Table(
    "pack",
    metadata,
    Column("code", Text, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("version", Text, nullable=False),
    Column("made_of", LargeBinary, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("made_at", Instant, nullable=False),
)

pack_version = Table(
    "pack_version",
    metadata,
    Column("code", Text, primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("version", Text, nullable=False),
    Column("parts", JSONB, nullable=False),
    Column("made_at", Instant, nullable=False),
)

pack_station = Table(
    "pack_station",
    metadata,
    Column("code", Text, primary_key=True),
    Column("station_id", BigInteger, primary_key=True),
    Column("digest", LargeBinary),
    Column("changed_in", BigInteger, nullable=False),
)

change_tally = Table(
    "change_tally",
    metadata,
    Column("topic", Text, nullable=False),
    Column("changes", BigInteger, nullable=False),
)

"""The wall behind the rule: what PostgreSQL itself refuses the service's role, whatever the routes ask.

Row-level security is on writes. Reading stays open (`SELECT USING (true)`): a condition there would keep
PostGIS's operators from their indexes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
import pytest
from psycopg import sql
from psycopg.errors import InsufficientPrivilege

from geoapi.accounts.permissions import Caller, Role
from geoapi.db.embedded import SERVICE_ROLE
from geoapi.db.engine import as_service
from geoapi.queries.nearest import any_sql, open_sql
from tests.api.conftest import fill
from tests.api.managing.asks import Of, Scene
from tests.api.managing.conftest import staff
from tests.api.managing.matrix import GUARDED, READING
from tests.api.managing.things import MISSING, Things, things_in
from tests.conftest import clone

# written to without row-level security, and why that is nobody's way round the walls
OPEN_TO_THE_SERVICE = {
    "schedule": "worked out from stations: written anew by every refresh",
    "station_schedule": "worked out from stations",
    "open_interval": "worked out from stations",
    "schedule_slot": "worked out from stations",
    "station_slot": "worked out from stations",
    "schedule_window": "how far ahead was worked out",
    "stale_station": "which stations wait to be worked out anew",
    "calendar_day": "a year nobody entered is entered from packages; never changed or deleted",
    "rate_bucket": "throttling, before anybody is signed in",
    "idempotent_request": "sealed answers, under keys of anybody's",
    "oidc_flow": "a sign-in that is under way is nobody's yet",
    "pack": "made of what anybody may read, and anew when it changed",
    "pack_version": "which packs phones may have",
    "pack_station": "which stations were in them",
}
# what runs with the owner's rights, and so has to check for itself
DOORS = {
    "accept_invitation", "recover_account",
    # history: writes what the triggers hand it, and the service cannot call it
    "record_inserted_stations", "record_updated_stations", "record_exception", "record_outage",
    # how often the data changed: triggers count, and the service adds the counts up, whose sum stays
    "tally_change", "gather_tally",
}  # fmt: skip
# what the service may write with nobody signed in: workers' reports, and what is noted of nobody
OF_NOBODY = {("INSERT", "station_report"), ("INSERT", "event")}
APPEND_ONLY = ("revision", "event")


@dataclass(frozen=True)
class Place:
    """A database with one row at least in every table, all of 东四's, and the ids of people."""

    owner_url: str
    things: Things
    accounts: dict[str, int]
    organisations: dict[str, int]
    stations: dict[str, int]

    def as_(self, who: str | None) -> psycopg.Connection:
        """A connection as the service's, for a transaction of this person's."""
        conn = psycopg.connect(as_service(self.owner_url))
        account = "" if who is None else str(self.accounts[who])
        conn.execute("SELECT set_config('geoapi.account', %s, false)", [account])
        conn.commit()
        return conn


@pytest.fixture(scope="module")
def place(server_url: str) -> Iterator[Place]:
    with clone(server_url) as url, things_in(url) as things:
        stations = fill(url)
        with psycopg.connect(url) as conn:
            organisations, accounts, _ = staff(conn, stations)
        station, other = stations["东四暖心驿站"], stations["朝内暖心驿站"]
        manager = accounts["manager"]
        things.exception(station)
        things.outage(station, 1)
        things.planned(station, manager)
        things.move(station, manager)
        things.conflict(station)
        things.duplicate(station, other)
        things.report(station)
        things.override("110101", account=accounts["district_admin"])
        things.invitation(organisations["dc-dongsi"], by=accounts["district_admin"])
        things.recovery(manager)
        row, _ = things.waiting(116.41, 39.91, "110101")
        things.sql("UPDATE load_batch SET is_retry = true, loaded_by = %s", accounts["district_admin"])
        things.sql(
            """INSERT INTO station_import (station_id, source, external_id, batch_id, row_sha256, imported)
               SELECT %s, source, external_id, batch_id, 'x', '{}' FROM quarantine WHERE id = %s""",
            station, row,
        )  # fmt: skip
        things.add("event", action="sign_in", actor="王芳", account_id=manager)
        # nobody of the other district appears in what is changed below
        for table in ("account_session", "account_role"):
            things.sql(f"DELETE FROM {table} WHERE account_id <> %s", manager)  # noqa: S608 - constants
        things.role(accounts["other_manager"], organisations["xc-xidan"])
        things.role(accounts["other_district_admin"], organisations["xc"], "district_admin")
        things.role(accounts["auditor"], organisations["dc"], "auditor")
        yield Place(url, things, accounts, organisations, stations)


def rows(place: Place, statement: str) -> set[tuple[object, ...]]:
    """What a statement about `$role`, the service's, finds."""
    return set(place.things.sql(statement.replace("$role", f"'{SERVICE_ROLE}'")))


# The role ------------------------------------------------------------------------------------


def test_the_services_role_is_nobody_in_particular(place: Place) -> None:
    assert rows(
        place,
        """SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication, rolcanlogin
            FROM pg_roles WHERE rolname = $role""",
    ) == {(False, False, False, False, False, True)}
    # of no other role's rights, and the owner of nothing at all
    assert not rows(place, "SELECT 1 FROM pg_auth_members WHERE member = $role::regrole")
    assert not rows(
        place,
        """SELECT classid::regclass, objid FROM pg_shdepend
            WHERE refobjid = $role::regrole AND deptype = 'o'""",
    )
    assert rows(
        place,
        """SELECT has_schema_privilege($role, 'public', 'CREATE'),
              has_database_privilege($role, current_database(), 'CREATE')""",
    ) == {(False, False)}
    with place.as_(None) as conn:
        assert conn.execute("SELECT current_user, session_user").fetchone() == (SERVICE_ROLE,) * 2
        with pytest.raises(InsufficientPrivilege):
            conn.execute("CREATE TABLE mine ()")


def writable(place: Place) -> dict[str, tuple[bool, set[str]]]:
    """Tables that the role may write to, each with whether it has row-level security, and which writes."""
    found = rows(
        place,
        """SELECT c.relname, c.relrowsecurity, kind
            FROM pg_class AS c, unnest(ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) AS kind
            WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
              AND (has_table_privilege($role, c.oid, kind)
                OR kind IN ('INSERT', 'UPDATE') AND has_any_column_privilege($role, c.oid, kind))""",
    )
    tables: dict[str, tuple[bool, set[str]]] = {}
    for name, secured, kind in found:
        tables.setdefault(str(name), (bool(secured), set()))[1].add(str(kind))
    return tables


def test_every_table_that_is_written_to_has_rules_or_a_reason(place: Place) -> None:
    tables = writable(place)
    assert {name for name, (secured, _) in tables.items() if not secured} == set(OPEN_TO_THE_SERVICE)
    assert tables["calendar_day"][1] == {"INSERT"}
    assert {name for name, (_, kinds) in tables.items() if "TRUNCATE" in kinds} == {"stale_station"}
    assert "revision" not in tables
    assert tables["event"][1] == {"INSERT"}


def test_reading_has_no_condition(place: Place) -> None:
    policies = rows(
        place,
        """SELECT tablename, cmd, qual FROM pg_policies
           WHERE schemaname = 'public' AND cmd IN ('SELECT', 'ALL')""",
    )
    secured = {str(name) for name, (has_rules, _) in writable(place).items() if has_rules}
    assert {(name, cmd, qual) for name, cmd, qual in policies if name in secured} == {
        (name, "SELECT", "true") for name in secured
    }
    assert all(qual == "true" for _, _, qual in policies)


def test_only_the_known_doors_run_with_the_owners_rights(place: Place) -> None:
    doors = rows(
        place,
        """SELECT p.proname,
             EXISTS (SELECT FROM unnest(p.proconfig) AS c WHERE c = 'search_path=public, pg_temp')
           FROM pg_proc AS p
           WHERE p.prosecdef AND p.pronamespace = 'public'::regnamespace
             AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.objid = p.oid AND d.deptype = 'e')""",
    )
    assert doors == {(name, True) for name in DOORS}
    with place.as_("city_admin") as conn, pytest.raises(InsufficientPrivilege):
        conn.execute("SELECT record_beside_station(1, 'x', NULL, '{}')")


# Rows ----------------------------------------------------------------------------------------

SECURED = (
    "station", "hours_exception", "amenity_outage", "planned_change", "move_request", "import_conflict",
    "near_duplicate", "hours_override", "station_report", "organisation", "account", "account_role",
    "invitation", "account_session", "event", "quarantine", "load_batch", "station_import",
)  # fmt: skip
STRANGERS = (None, "other_manager", "other_district_admin", "auditor", "disabled")


def test_these_are_all_the_tables_with_rules(place: Place) -> None:
    assert {name for name, (secured, _) in writable(place).items() if secured} == set(SECURED)


def attempt(conn: psycopg.Connection, statement: sql.Composed) -> int:
    """How many rows a statement changes: none where it is refused. Undone in any case."""
    try:
        with conn.transaction(force_rollback=True):
            return conn.execute(statement).rowcount
    except InsufficientPrivilege:
        return 0


def columns(place: Place, table: str, privilege: str) -> list[str]:
    """The columns of a table that the role may give a value by an INSERT or UPDATE."""
    found = place.things.sql(
        """SELECT attname FROM pg_attribute
           WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
             AND has_column_privilege(%s, attrelid, attnum, %s) AND (attidentity = '' OR %s = 'INSERT')
           ORDER BY attnum""",
        table, SERVICE_ROLE, privilege, privilege,
    )  # fmt: skip
    return [name for (name,) in found]


def of_dongsi(place: Place, table: str) -> sql.SQL:
    """Which rows of a table a stranger to 东四 has nothing to do with."""
    mine = {
        "station": "district_code = '110101'",
        "organisation": "starts_with(code, 'dc')",
        "account": "login = 'manager'",
        "account_role": f"account_id = {place.accounts['manager']}",
    }
    return sql.SQL(mine.get(table, "true"))


@pytest.mark.parametrize("who", STRANGERS)
@pytest.mark.parametrize("table", SECURED)
def test_strangers_change_no_row(place: Place, table: str, who: str | None) -> None:
    """The same values once more are a change, too: it is the row that counts."""
    name, which = sql.Identifier(table), of_dongsi(place, table)
    assert place.things.sql(f"SELECT 1 FROM {table} WHERE {which.as_string()}")  # noqa: S608 - constants
    with place.as_(who) as conn:
        for column in columns(place, table, "UPDATE"):
            if table == "account_session" and column == "last_seen_at":
                continue
            same = sql.SQL("UPDATE {0} SET {1} = {1} WHERE {2}").format(name, sql.Identifier(column), which)
            assert attempt(conn, same) == 0, column
        assert attempt(conn, sql.SQL("DELETE FROM {} WHERE {}").format(name, which)) == 0
        given = columns(place, table, "INSERT")
        if not given or ("INSERT", table) in OF_NOBODY:
            return
        # rules are asked before keys: that the row is there already does not come into it
        again = sql.SQL("INSERT INTO {0} ({1}) OVERRIDING SYSTEM VALUE SELECT {1} FROM {0} WHERE {2}").format(
            name, sql.SQL(", ").join(map(sql.Identifier, given)), which
        )
        assert attempt(conn, again) == 0


@pytest.mark.parametrize("who", [None, "manager", "district_admin", "city_admin"])
@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("statement", ["UPDATE {} SET at = at", "DELETE FROM {}", "TRUNCATE {}"])
def test_nobody_rewrites_history(place: Place, table: str, who: str | None, statement: str) -> None:
    with place.as_(who) as conn, pytest.raises(InsufficientPrivilege):
        conn.execute(sql.SQL(statement).format(sql.Identifier(table)))


def test_nobody_adds_to_a_stations_history_by_hand(place: Place) -> None:
    with place.as_("city_admin") as conn, pytest.raises(InsufficientPrivilege):
        conn.execute(
            """INSERT INTO revision (station_id, version, actor, action, before, after)
               VALUES (1, 99, 'x', 'edit', '{}', '{}')"""
        )


def test_nothing_is_noted_in_another_name(place: Place) -> None:
    with place.as_("other_manager") as conn, pytest.raises(InsufficientPrivilege):
        conn.execute(
            "INSERT INTO event (account_id, action) VALUES (%s, 'sign_in')", [place.accounts["manager"]]
        )


# what even those may not do whose rows they are: the rule's finer points
REFUSED = (
    ("manager", "UPDATE station SET retired_at = now() WHERE id = {station}"),
    ("manager", "UPDATE station SET kind_id = 2 WHERE id = {station}"),
    ("manager", "UPDATE station SET organisation_id = {xc} WHERE id = {station}"),
    ("manager", "UPDATE station SET organisation_id = NULL WHERE id = {station}"),
    ("district_admin", "UPDATE station SET organisation_id = {xc} WHERE id = {station}"),
    (
        "manager",
        "INSERT INTO station (kind_id, name_zh, lon, lat, source, organisation_id) "
        "VALUES (1, 'x', 116.41, 39.91, 'x', {dongsi})",
    ),
    (
        "district_admin",
        "INSERT INTO station (kind_id, name_zh, lon, lat, source, organisation_id) "
        "VALUES (1, 'x', 116.3, 39.91, 'x', {xc})",
    ),
    # nobody owns what lies nowhere
    (
        "city_admin",
        "INSERT INTO station (kind_id, name_zh, lon, lat, source) VALUES (1, 'x', 121.4, 31.2, 'x')",
    ),
    ("manager", "UPDATE move_request SET decided_at = now(), decision = 'approved'"),
    ("manager", "UPDATE near_duplicate SET reviewed_at = now()"),
    (
        "manager",
        "INSERT INTO account_role (account_id, organisation_id, role, granted_by) "
        "VALUES ({manager}, {dongsi}, 'district_admin', {manager})",
    ),
    (
        "district_admin",
        "INSERT INTO account_role (account_id, organisation_id, role, granted_by) "
        "VALUES ({district_admin}, {dc}, 'city_admin', {district_admin})",
    ),
    (
        "district_admin",
        "INSERT INTO account_role (account_id, organisation_id, role, granted_by) "
        "VALUES ({district_admin}, {bj}, 'district_admin', {district_admin})",
    ),
    # not in another's name
    (
        "district_admin",
        "INSERT INTO account_role (account_id, organisation_id, role, granted_by) "
        "VALUES ({neighbour}, {dongsi}, 'manager', {city_admin})",
    ),
    ("district_admin", "UPDATE account SET password_hash = 'x' WHERE id = {city_admin}"),
    ("district_admin", "UPDATE account_session SET revoked_at = now() WHERE account_id = {city_admin}"),
    ("manager", "INSERT INTO account (login, name) VALUES ('me-too', 'x')"),
    ("city_admin", "INSERT INTO account (login, name) VALUES ('me-too', 'x')"),
    ("city_admin", "UPDATE account SET login = 'me-too' WHERE id = {manager}"),
    ("city_admin", "DELETE FROM account WHERE id = {manager}"),
    (
        "district_admin",
        "INSERT INTO invitation (token_sha256, purpose, organisation_id, role, created_by, expires_at) "
        "VALUES (sha256('x'), 'invitation', {dc}, 'city_admin', {district_admin}, now() + interval '1 day')",
    ),
    (
        "district_admin",
        "INSERT INTO invitation (token_sha256, purpose, account_id, created_by, expires_at) "
        "VALUES (sha256('x'), 'recovery', {city_admin}, {district_admin}, now() + interval '1 day')",
    ),
    ("city_admin", "UPDATE invitation SET used_at = NULL, revoked_at = NULL"),
    ("city_admin", "UPDATE invitation SET role = 'city_admin'"),
    (
        "district_admin",
        "INSERT INTO hours_override (name_zh, name_en, during, district_codes, daily_minutes, created_by) "
        "VALUES ('x', 'x', '[2026-01-01, 2026-01-02)', '{{110101,110102}}', '[0,60)', {district_admin})",
    ),
    (
        "city_admin",
        "INSERT INTO hours_override (name_zh, name_en, during, daily_minutes, created_by) "
        "VALUES ('x', 'x', '[2026-01-01, 2026-01-02)', '[0,60)', {city_admin})",
    ),
    ("city_admin", "UPDATE hours_override SET district_codes = NULL"),
    (
        "manager",
        "INSERT INTO organisation (code, parent_id, level, name_zh, source) "
        "VALUES ('x', {dongsi}, 'venue', 'x', 'x')",
    ),
    (
        "city_admin",
        "INSERT INTO organisation (code, parent_id, level, name_zh, source) "
        "VALUES ('x', {bj}, 'district', 'x', 'x')",
    ),
    ("city_admin", "UPDATE organisation SET parent_id = NULL WHERE id = {dc}"),
    (
        "manager",
        "INSERT INTO planned_change (station_id, effective_on, changes, account_id) "
        "VALUES ({xidan}, '2030-01-01', '{{\"phone\": 1}}', {manager})",
    ),
    (
        "manager",
        "INSERT INTO planned_change (station_id, effective_on, changes, account_id) "
        "VALUES ({station}, '2030-01-01', '{{\"phone\": 1}}', {district_admin})",
    ),
    (None, "UPDATE planned_change SET applied_at = now()"),
    (None, "UPDATE planned_change SET cancelled_at = now()"),
    ("city_admin", "DELETE FROM station WHERE id = {station}"),
    ("city_admin", "UPDATE district SET name_zh = name_zh"),
    ("city_admin", "DELETE FROM calendar_day"),
    ("city_admin", "UPDATE calendar_day SET day_type = 'workday'"),
    ("city_admin", "UPDATE service_secret SET value = 'x'"),
    ("manager", "INSERT INTO station_import SELECT * FROM station_import"),
    ("manager", "UPDATE quarantine SET resolved_at = now()"),
    # the row as it came, and that it came
    ("city_admin", "UPDATE quarantine SET raw = '{{}}'"),
    ("city_admin", "UPDATE quarantine SET district_code = '110102'"),
    ("city_admin", "DELETE FROM quarantine"),
    (
        "city_admin",
        "INSERT INTO quarantine (batch_id, source, row_number, reason, raw) "
        "SELECT batch_id, source, 9, reason, raw FROM quarantine",
    ),
    # files are loaded on the command line, and nobody loads in another's name
    (
        "city_admin",
        "INSERT INTO load_batch (id, source, file_name, file_sha256, mapping_sha256, mapping, report, "
        "loaded_by) VALUES ('x', 'x', 'x', 'x', 'x', '{{}}', '{{}}', {city_admin})",
    ),
    (
        "city_admin",
        "INSERT INTO load_batch (id, source, file_name, file_sha256, mapping_sha256, mapping, report, "
        "loaded_by, is_retry) VALUES ('x', 'x', 'x', 'x', 'x', '{{}}', '{{}}', {district_admin}, true)",
    ),
    ("city_admin", "UPDATE load_batch SET report = '{{}}'"),
)  # fmt: skip


@pytest.mark.parametrize(("who", "statement"), REFUSED, ids=lambda one: str(one)[:70])
def test_the_rules_finer_points(place: Place, who: str | None, statement: str) -> None:
    ids = {
        **place.accounts, **{code.removeprefix("dc-").removeprefix("xc-"): number
                             for code, number in place.organisations.items()},
        "station": place.stations["东四暖心驿站"], "xidan": place.stations["西单心灵驿站"],
    }  # fmt: skip
    for login, code, role in (
        ("district_admin", "dc", "district_admin"), ("city_admin", "bj", "city_admin"),
    ):  # fmt: skip
        place.things.role(place.accounts[login], place.organisations[code], role)
    try:
        with place.as_(who) as conn:
            assert attempt(conn, sql.Composed([sql.SQL(statement.format(**ids))])) == 0
    finally:
        for login in ("district_admin", "city_admin"):
            place.things.sql("DELETE FROM account_role WHERE account_id = %s", place.accounts[login])


# Without the first wall ----------------------------------------------------------------------


# what the rule alone knows: how far is far, and that a manager who may edit a station may not decide there
KNOWN_TO_THE_RULE_ALONE = {
    ("POST /v1/stations/{id}/move", "manager"),
    ("POST /v1/manage/moves/{id}/reject", "manager"),
}
REFUSALS = [
    (operation, row.of, who)
    for operation, rows in GUARDED.items()
    if operation not in READING
    for row in rows
    for who in ("manager", "other_manager", "other_district_admin", "auditor")
    if row.of == "own" and row.cells[who] in (403, 404) and (operation, who) not in KNOWN_TO_THE_RULE_ALONE
]


@pytest.fixture
def no_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everybody has every role everywhere, as far as the first wall can see."""
    monkeypatch.setattr(Caller, "roles_along", lambda self, path: frozenset(Role))
    monkeypatch.setattr(Caller, "organisations", lambda self, act: frozenset(range(1, 1000)))


@pytest.mark.usefixtures("no_rule")
@pytest.mark.parametrize(("operation", "of", "who"), REFUSALS)
def test_the_second_wall_holds_where_the_first_is_gone(
    scene: Scene, operation: str, of: Of, who: str
) -> None:
    request = scene.request(operation, of, who)
    before = scene.things.digest()
    response = request()
    assert response.status_code in (403, 404), response.text
    assert scene.things.digest() == before


# Reading -------------------------------------------------------------------------------------

HERE = {
    "here": "'SRID=4326;POINT(116.41 39.91)'", "at": "now()", "radius_m": "500", "stay": "'15 minutes'",
    "minutes": "'{[0,1440)}'", "days": "'[0,99999)'", "seconds_per_metre": "1", "warning_days": "14",
    "warning_reports": "3", "kind_ids": "'{1}'", "amenity_ids": "'{}'",
}  # fmt: skip
BOX = """SELECT id FROM station
         WHERE ST_Intersects(geog::geometry, ST_MakeEnvelope(116.3, 39.8, 116.5, 40.0, 4326))"""
NEAR = """SELECT id FROM station
          WHERE retired_at IS NULL AND ST_DWithin(geog, ST_MakePoint(116.41, 39.91)::geography, 500)"""


@pytest.mark.parametrize(
    ("statement", "index"),
    [
        (any_sql(12, False, False), "station_kind_geog"),
        (any_sql(12, True, True), "station_kind_geog"),
        (open_sql(12, False, False), "station_slot_open"),
        (BOX, "station_point"),
        (NEAR, "station_kind_geog"),
    ],
    ids=["any", "any of a kind", "open", "box", "within"],
)
def test_the_wall_keeps_no_index_from_a_question(place: Place, statement: str, index: str) -> None:
    """The plan is the owner's: what is asked goes into the index on positions, and is not a filter after."""
    asked = re.sub(r"%\((\w+)\)s", lambda found: HERE[found[1]], statement)
    plans = []
    for url in (place.owner_url, as_service(place.owner_url)):
        with psycopg.connect(url) as conn:
            # few rows would be read one by one: it is not the cost that is asked about
            conn.execute("SET enable_seqscan = off")
            conn.execute("SET enable_bitmapscan = off")
            found = conn.execute(sql.SQL("EXPLAIN (COSTS OFF) {}").format(sql.SQL(asked))).fetchall()
            plans.append("\n".join(line for (line,) in found))
    of_owner, of_service = plans
    assert of_service == of_owner
    scan = re.search(rf"Index Scan using {index} .*\n\s+Index Cond: .*geog.* &&", of_service)
    assert scan, of_service


def test_missing_is_missing(place: Place) -> None:
    assert not place.things.sql("SELECT FROM station WHERE id = %s", MISSING)

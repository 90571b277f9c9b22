"""The declared tables and the migrated database say the same."""

from __future__ import annotations

import psycopg
import pytest

from geoapi.db.migrate import head_revision, migrate
from geoapi.db.tables import metadata
from geoapi.errors import SetupNeeded

TABLES_OF_OTHERS = {"spatial_ref_sys", "alembic_version"}


def test_every_table_and_column_is_declared(conn: psycopg.Connection) -> None:
    rows = conn.execute(
        """SELECT table_name, column_name, is_nullable FROM information_schema.columns
           WHERE table_schema = 'public' AND table_name IN
             (SELECT tablename FROM pg_tables WHERE schemaname = 'public')"""
    ).fetchall()
    there = {(t, c, n == "YES") for t, c, n in rows if t not in TABLES_OF_OTHERS}
    declared = {(t.name, c.name, bool(c.nullable)) for t in metadata.tables.values() for c in t.columns}
    assert declared == there


def test_migrating_twice_changes_nothing(db_url: str) -> None:
    assert migrate(db_url) == []
    with psycopg.connect(db_url) as conn:
        row = conn.execute("SELECT version_num FROM alembic_version").fetchone()
    assert row == (head_revision(),)


def test_a_server_without_postgis_is_one_clear_line(server_url: str) -> None:
    """A user who may not create extensions, on a database that has none."""
    admin_url = server_url.replace("/geoapi?", "/postgres?")
    with psycopg.connect(admin_url, autocommit=True) as admin:
        admin.execute("CREATE ROLE nobody_special")
        admin.execute("CREATE DATABASE bare OWNER nobody_special")
    # in that role rather than by that name: the server knows people by their accounts
    url = server_url.replace("/geoapi?", "/bare?") + "&options=-c%20role%3Dnobody_special"
    with pytest.raises(SetupNeeded) as error:
        migrate(url)
    assert "\n" not in error.value.line()
    assert "CREATE EXTENSION" in error.value.line()

"""Bring a database to the newest migration, and say whether it is there."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

import migrations
from geoapi.db.engine import connect, sqlalchemy_url
from geoapi.errors import SetupNeeded, Words

# any number that nobody else uses: two processes must not migrate at once
MIGRATION_LOCK = 0x6765_6F61


def migrate(url: str) -> list[str]:
    """Apply what is missing and return the revisions applied, oldest first (empty: nothing to do).

    Raises `SetupNeeded` when the server cannot be reached, lacks PostGIS, or refuses.
    """
    # the plain driver's error is the clearer one
    connect(url).close()
    try:
        return _migrate(url)
    except DBAPIError as error:
        said = str(error.orig).strip().splitlines()[0]
        raise SetupNeeded(
            Words("数据库无法升级", f"the database cannot be migrated: {said}"),
            field="GEOAPI_DATABASE_URL",
            mend=Words(
                "安装 PostGIS,并由有权限的用户执行 CREATE EXTENSION postgis, btree_gist, pg_trgm",
                "install PostGIS, and let a user who may run CREATE EXTENSION postgis, btree_gist, pg_trgm",
            ),
        ) from error


def _migrate(url: str) -> list[str]:
    engine = create_engine(sqlalchemy_url(url), poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": MIGRATION_LOCK})
        connection.commit()
        try:
            config = _config(connection)
            script = ScriptDirectory.from_config(config)
            before = _lineage(script, _applied(connection))
            command.upgrade(config, "head")
            after = _lineage(script, _applied(connection))
            return [revision for revision in after if revision not in before]
        finally:
            connection.rollback()
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": MIGRATION_LOCK})
            connection.commit()


def head_revision() -> str:
    """The newest revision that this version of the code knows."""
    script = ScriptDirectory(str(Path(migrations.__file__).parent))
    head = script.get_current_head()
    assert head is not None
    return head


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.attributes["connection"] = connection
    return config


def _applied(connection: Connection) -> tuple[str, ...]:
    heads = MigrationContext.configure(connection).get_current_heads()
    connection.rollback()
    return heads


def _lineage(script: ScriptDirectory, heads: tuple[str, ...]) -> list[str]:
    """Every revision from the first to these heads."""
    found = [step.revision for head in heads for step in script.iterate_revisions(head, "base")]
    return found[::-1]

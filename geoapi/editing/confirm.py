"""Somebody who knows says that a station is still as it is told here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from psycopg import Connection

from geoapi.editing.details import require_in_use
from geoapi.editing.managed import Showing, managed_body, version_header
from geoapi.editing.stale import require_version
from geoapi.editing.transaction import Answered, By
from geoapi.editing.vocabulary import catalog_of
from geoapi.editing.write import write_columns
from geoapi.settings import EditingSettings


def confirm(
    conn: Connection,
    by: By,
    row: Mapping[str, Any],
    version: int | None,
    settings: EditingSettings,
    showing: Showing,
) -> Answered:
    """Put on record that the locked station `row` is correct as of now, and answer with it.

    With `version` only what that version says is confirmed: `StaleVersion` where it is another by now.
    Raises `Conflict` for a retired station.
    """
    if version is not None:
        require_version(conn, row, version, {}, catalog_of(conn), settings, showing)
    require_in_use(row)
    write_columns(conn, row, {"verified_at": datetime.now(UTC)})
    body = managed_body(conn, row["id"], showing, unverified_days=settings.unverified_days)
    return Answered(body, headers=version_header(body))

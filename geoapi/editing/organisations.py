"""New organisations under one's own, and their names."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any, Literal

from psycopg import Connection
from psycopg.rows import dict_row

from geoapi.accounts.permissions import Act, not_allowed, require
from geoapi.editing.transaction import Answered, By, note_event
from geoapi.errors import Conflict, NotFound, Words

_ONE = "SELECT o.*, organisation_path(o.id) AS path FROM organisation AS o WHERE o.id = %s"


def organisation_with_path(conn: Connection, organisation_id: int, field: str) -> Mapping[str, Any]:
    """The organisation's row and `path`, the ids of itself and all above; `NotFound` (of `field`)."""
    with conn.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(_ONE, [organisation_id]).fetchone()
    if row is None:
        raise NotFound(
            Words("没有这个组织", "there is no such organisation"),
            field=field,
            mend=Words("编号见 GET /v1/manage/organisations", "GET /v1/manage/organisations lists yours"),
        )
    return row


def create_organisation(
    conn: Connection,
    by: By,
    *,
    parent_id: int,
    level: Literal["street", "venue"],
    name: str,
    name_en: str | None,
) -> Answered:
    """A new street or town, or a venue, under one of the caller's. Raises `NotFound`, `NotAllowed`;
    `Conflict` where the parent has one of that name already, or is itself a venue."""
    parent = organisation_with_path(conn, parent_id, "parent_id")
    require(by.caller, Act.CREATE_ORGANISATION, parent["path"])
    if parent["level"] == "venue" or (parent["level"] == level == "street"):
        raise Conflict(
            Words(
                "场所之下不能再有组织，街道之下只能有场所",
                "a venue has nothing below it, and a street only venues",
            ),
            field="parent_id",
            mend=Words("选上一级组织", "choose the organisation above"),
        )
    # two taps at once: the second waits for the first, and finds it
    conn.execute("SELECT pg_advisory_xact_lock(hashtextextended('organisation', %s))", [parent_id])
    twin = conn.execute(
        "SELECT id FROM organisation WHERE parent_id = %s AND name_zh = %s", [parent_id, name]
    ).fetchone()
    if twin is not None:
        raise Conflict(
            Words("已有同名的组织", "there is one of that name already"),
            field="name",
            mend=Words("用已有的，或换一个名称", "use that one, or choose another name"),
            id=str(twin[0]),
        )
    with conn.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(
            """INSERT INTO organisation (parent_id, code, level, name_zh, name_en, source)
               VALUES (%s, %s, %s, %s, %s, 'manual') RETURNING *""",
            [parent_id, f"{parent['code']}-{secrets.token_hex(4)}", level, name, name_en],
        ).fetchone()
    assert row is not None
    note_event(
        conn, "create_organisation", organisation_id=row["id"], subject=f"organisation:{row['id']}", name=name
    )
    return Answered(organisation_answer(row), 201)


def rename_organisation(
    conn: Connection, by: By, organisation_id: int, names: Mapping[str, str | None]
) -> Answered:
    """Give an organisation another name; `names` has `name_zh`, `name_en` or both. Raises `NotFound`,
    `NotAllowed`, and `Conflict` where a sister has that name."""
    row = organisation_with_path(conn, organisation_id, "id")
    require(by.caller, Act.CREATE_ORGANISATION, row["path"])
    after = {**row, **names}
    if names:
        twin = conn.execute(
            "SELECT FROM organisation WHERE parent_id = %s AND name_zh = %s AND id <> %s",
            [row["parent_id"], after["name_zh"], organisation_id],
        ).fetchone()
        if twin is not None:
            raise Conflict(
                Words("已有同名的组织", "there is one of that name already"),
                field="name",
                mend=Words("换一个名称", "choose another name"),
            )
        renamed = conn.execute(
            "UPDATE organisation SET name_zh = %s, name_en = %s WHERE id = %s",
            [after["name_zh"], after["name_en"], organisation_id],
        ).rowcount
        # what PostgreSQL's own rules keep from us it does not show, either
        if not renamed:
            raise not_allowed()
        note_event(
            conn, "rename_organisation", organisation_id=organisation_id,
            subject=f"organisation:{organisation_id}",
            before={name: row[name] for name in names}, after=names,
        )  # fmt: skip
    return Answered(organisation_answer(after))


def organisation_answer(row: Mapping[str, Any]) -> dict[str, Any]:
    """An organisation by itself."""
    return {
        "id": str(row["id"]),
        "parent_id": str(row["parent_id"]) if row["parent_id"] is not None else None,
        "code": row["code"],
        "level": row["level"],
        "name": row["name_zh"],
        "name_en": row["name_en"],
        "district_code": row["district_code"],
    }

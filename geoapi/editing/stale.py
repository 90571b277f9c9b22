"""A change made of a version that is no longer the current one: refused, with what is and what differs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from psycopg import Connection
from psycopg.rows import dict_row

from geoapi.editing.fields import (
    FIELD_OF_COLUMN,
    FIELDS,
    Field,
    columns_of,
    differing,
    label_of,
    shown_fields,
)
from geoapi.editing.managed import Showing, managed_body
from geoapi.editing.replay import EXCEPTION, OUTAGE, Recorded, replay
from geoapi.errors import GeoapiError, StaleVersion, Words
from geoapi.queries.catalog import Catalog
from geoapi.settings import EditingSettings

Status = Literal["same", "theirs", "yours", "both"]

_REVISIONS = """
SELECT version, at, actor, after FROM revision WHERE station_id = %s ORDER BY version
"""
_BESIDE: Final = {
    EXCEPTION: Words("临时关闭或加开", "closure or extra opening"),
    OUTAGE: Words("设施故障", "amenity out of order"),
}


def require_version(
    conn: Connection,
    row: Mapping[str, Any],
    version: int,
    changes: Mapping[str, Any],
    catalog: Catalog,
    settings: EditingSettings,
    showing: Showing,
) -> None:
    """Nothing, if the locked station `row` is of this version.

    Else `StaleVersion`, with the station as it is (`current`) and, field by field, what the change was made
    of, what is now and what was wanted (`difference`).
    """
    if row["version"] == version:
        return
    current = managed_body(conn, row["id"], showing, unverified_days=settings.unverified_days)
    with conn.cursor(row_factory=dict_row) as cursor:
        revisions = [
            {**one, "at": one["at"].astimezone(ZoneInfo(row["time_zone"]))}
            for one in cursor.execute(_REVISIONS, [row["id"]])
        ]
    raise StaleVersion(
        Words(
            f"站点已是第 {row['version']} 版，您的修改依据第 {version} 版",
            f"the station is at version {row['version']}; the change was made of version {version}",
        ),
        field="If-Match",
        mend=Words(
            "对照 difference，以新的版本号重发", "look at `difference` and send it again with the new version"
        ),
        etag=f'"{row["version"]}"',
        current=current,
        difference=stale_difference(row, version, changes, revisions, catalog),
    )


def stale_difference(
    row: Mapping[str, Any],
    version: int,
    changes: Mapping[str, Any],
    revisions: Sequence[Mapping[str, Any]],
    catalog: Catalog,
) -> list[dict[str, Any]]:
    """Every field that somebody changed since `version`, or that `changes` ask for.

    `status`: "theirs" changed since, and not asked for; "yours" asked for, and not changed since; "both", to
    different values; "same": both to the same value, or asked for what it is. `before` is null where the
    version is not in the history; then everything asked for that is not so now counts as "both".
    """
    known = any(one["version"] == version for one in revisions)
    base = replay(one["after"] for one in revisions if one["version"] <= version) if known else None
    since = [one for one in revisions if one["version"] > version]
    wanted = _wanted(changes, row, catalog)
    out = []
    for field in FIELDS:
        before = base.columns if base is not None else None
        theirs = before is not None and bool(
            differing(before, {column: row[column] for column in field.columns})
        )
        yours = field.name in changes
        if not theirs and not yours:
            continue
        out.append(
            {
                **_entry(field, before, row, wanted, catalog, theirs=theirs, yours=yours),
                **_who(since, set(field.columns), changed=theirs),
            }
        )
    return [*out, *_beside(base, since, catalog)]


def _wanted(changes: Mapping[str, Any], row: Mapping[str, Any], catalog: Catalog) -> dict[str, Any]:
    """The columns that are wanted and are not so now; of what cannot be used nothing is said."""
    wanted: dict[str, Any] = {}
    for name, value in changes.items():
        try:
            wanted |= columns_of({name: value}, row, catalog)
        except GeoapiError:
            continue
    return wanted


def _entry(
    field: Field,
    before: Mapping[str, Any] | None,
    row: Mapping[str, Any],
    wanted: Mapping[str, Any],
    catalog: Catalog,
    *,
    theirs: bool,
    yours: bool,
) -> dict[str, Any]:
    own = {column: wanted[column] for column in field.columns if column in wanted}
    status: Status
    if not yours:
        status = "theirs"
    elif not own:
        status = "same"
    elif before is not None and not theirs:
        status = "yours"
    elif before is not None and not differing(before, own):
        # asked for what it was: only they changed it
        status = "theirs"
    else:
        status = "both"
    return {
        "field": field.name,
        "label": label_of(field),
        "status": status,
        "before": None if before is None else field.shown(before, catalog),
        "now": field.shown(row, catalog),
        "yours": field.shown({**row, **own}, catalog) if yours else None,
    }


def _who(since: Sequence[Mapping[str, Any]], keys: set[str], *, changed: bool) -> dict[str, Any]:
    """Who changed one of these last, and when; nobody where nothing changed."""
    last = next((one for one in reversed(since) if changed and not keys.isdisjoint(one["after"])), None)
    return {
        "changed_by": last["actor"] if last else None,
        "changed_at": last["at"] if last else None,
    }


def _beside(
    base: Recorded | None, since: Sequence[Mapping[str, Any]], catalog: Catalog
) -> list[dict[str, Any]]:
    """Closures, extra openings and outages that came, ended or went since."""
    latest: dict[str, Mapping[str, Any]] = {}
    for one in since:
        latest |= {key: one for key in one["after"] if key not in FIELD_OF_COLUMN}
    return [
        {
            "field": key,
            "label": {"zh": label.zh, "en": label.en},
            "status": "theirs",
            "before": _dated(base.value(key), catalog) if base is not None else None,
            "now": _dated(one["after"][key], catalog),
            "yours": None,
            "changed_by": one["actor"],
            "changed_at": one["at"],
        }
        for key, one in latest.items()
        for label in (_BESIDE.get(f"{key.partition(':')[0]}:"),)
        if label is not None
    ]


def _dated(recorded: Mapping[str, Any] | None, catalog: Catalog) -> dict[str, Any] | None:
    """A closure or outage on record, the amenity by its code."""
    if recorded is None or "amenity_id" not in recorded:
        return None if recorded is None else dict(recorded)
    rest = {name: value for name, value in recorded.items() if name != "amenity_id"}
    return {
        "amenity": shown_fields({"amenity_ids": [recorded["amenity_id"]]}, catalog)["amenities"][0],
        **rest,
    }

"""Putting back: what one revision changed, or everything as it was at a version.

A revert is a change like any other, with revisions of its own, and can be reverted. Closures and outages come
back under the numbers that history knows them by. What is over stays as it was: the past is not made up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Literal

from psycopg import Connection
from psycopg.types.range import TimestamptzRange

from geoapi.accounts.permissions import Act, may, not_allowed
from geoapi.editing.details import require_in_use
from geoapi.editing.fields import EDITABLE, FIELDS
from geoapi.editing.managed import Showing, managed_body, version_header
from geoapi.editing.moves import is_far
from geoapi.editing.place import path_at
from geoapi.editing.record import last_change_of, recorded_at, revision_of
from geoapi.editing.replay import EXCEPTION, OUTAGE, Recorded
from geoapi.editing.stale import require_version
from geoapi.editing.transaction import Answered, By
from geoapi.editing.vocabulary import catalog_of
from geoapi.editing.write import write_columns
from geoapi.errors import Conflict, InvalidInput, Words
from geoapi.settings import EditingSettings

Mode = Literal["undo", "to"]

ADMINISTRATORS_FIELDS: Final = frozenset(("kind", "organisation_id", "retired_at"))


@dataclass(frozen=True)
class Revert:
    """What somebody wants put back: what revision `version` changed, or everything as that version had it.

    Asked for of a station at version `made_of`. `force`: also where it has changed again since.
    """

    version: int
    mode: Mode
    made_of: int
    force: bool = False


@dataclass
class _Plan:
    """What is to be put back: columns with their values, exceptions and outages by key (None: removed)."""

    columns: dict[str, Any] = field(default_factory=dict)
    dated: dict[str, dict[str, Any] | None] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        return not self.columns and not self.dated


def revert(
    conn: Connection,
    by: By,
    row: Mapping[str, Any],
    wanted: Revert,
    settings: EditingSettings,
    showing: Showing,
) -> Answered:
    """Put back what is wanted of the locked station `row`, and answer with what it is then.

    Raises `StaleVersion`; `InvalidInput` for a version that never was; `NotAllowed` where it would take an
    administrator; and `Conflict` where nothing is left to undo, where what it changed has changed again since
    (`force` undoes it all the same), where it would move the station far, or leave a retired one retired.
    """
    require_version(conn, row, wanted.made_of, {}, catalog_of(conn), settings, showing)
    now = recorded_at(conn, row["id"], row["version"])
    if wanted.mode == "to":
        plan = _plan_to(conn, row, wanted.version, now)
    else:
        plan = _plan_undo(conn, row, wanted.version, now, wanted.force)
    if plan.is_empty:
        raise Conflict(
            Words("没有可撤销的内容：现在已是那样", "nothing to put back: it is so already, or is over"),
            field="version",
            mend=Words("见 GET …/history", "see GET …/history"),
        )
    _require_right(conn, by, row, plan.columns)
    if plan.columns.get("retired_at", row["retired_at"]) is not None and row["retired_at"] is not None:
        require_in_use(row)
    _require_near(conn, by, row, plan.columns, settings)
    conn.execute("SELECT set_config('geoapi.batch', %s, true)", [f"revert {wanted.mode} {wanted.version}"])
    write_columns(conn, row, plan.columns)
    for key, value in plan.dated.items():
        _put_dated(conn, row["id"], key, now.value(key), value)
    body = managed_body(conn, row["id"], showing, unverified_days=settings.unverified_days)
    return Answered(body, headers=version_header(body))


def _plan_undo(conn: Connection, row: Mapping[str, Any], version: int, now: Recorded, force: bool) -> _Plan:
    revision = revision_of(conn, row["id"], version)
    if revision is None:
        raise _no_such_version(row["version"])
    if not revision["before"]:
        raise Conflict(
            Words("这是历史的开始，无法撤销", "the history begins with it: it cannot be undone"),
            field="version",
            mend=Words("不再使用的站点请停用", "retire a station that is not to be used"),
        )
    was, left = recorded_at(conn, row["id"], version - 1), recorded_at(conn, row["id"], version)
    plan = _Plan()
    for one in FIELDS:
        if revision["after"].keys().isdisjoint(one.columns):
            continue
        old, made, present = (_of(one.columns, state) for state in (was, left, now))
        if present == old:
            continue
        if present != made and not force:
            raise _changed_since(conn, row["id"], one.name, one.label, list(one.columns))
        plan.columns |= old
    for key in _dated_keys(revision["after"]):
        before, made, present = was.value(key), left.value(key), now.value(key)
        if present == before or (_is_over(before) and _is_over(made) and _is_over(present)):
            continue
        if present != made and not force:
            raise _changed_since(conn, row["id"], _field_of(key, before or made), _label_of(key), [key])
        plan.dated[key] = before
    return plan


def _plan_to(conn: Connection, row: Mapping[str, Any], version: int, now: Recorded) -> _Plan:
    then = recorded_at(conn, row["id"], version)
    if not 0 < version <= row["version"] or not then.columns:
        raise _no_such_version(row["version"])
    plan = _Plan()
    for one in FIELDS:
        old, present = _of(one.columns, then), _of(one.columns, now)
        if old != present and (one in EDITABLE or one.name in ADMINISTRATORS_FIELDS):
            plan.columns |= old
    keys = [f"{EXCEPTION}{id_}" for id_ in sorted({*then.exceptions, *now.exceptions})]
    keys += [f"{OUTAGE}{id_}" for id_ in sorted({*then.outages, *now.outages})]
    for key in keys:
        old, present = then.value(key), now.value(key)
        if old != present and not (_is_over(old) and _is_over(present)):
            plan.dated[key] = old
    return plan


def _of(columns: Iterable[str], state: Recorded) -> dict[str, Any]:
    return {column: state.columns.get(column) for column in columns}


def _dated_keys(after: Mapping[str, Any]) -> list[str]:
    return sorted(key for key in after if key.startswith((EXCEPTION, OUTAGE)))


def _is_over(one: Mapping[str, Any] | None) -> bool:
    """Whether a closure or outage is over by now; one that there is not has nothing that could come."""
    if one is None:
        return True
    ends = one.get("ends_at")
    return ends not in (None, "infinity") and datetime.fromisoformat(ends) <= datetime.now(UTC)


def _require_right(conn: Connection, by: By, row: Mapping[str, Any], columns: Mapping[str, Any]) -> None:
    """Refuse a manager what only administrators may, and an administrator what is beyond their reach."""
    administrators = {column for one in FIELDS if one.name in ADMINISTRATORS_FIELDS for column in one.columns}
    if administrators.isdisjoint(columns):
        return
    paths = [row["path"]]
    if "organisation_id" in columns:
        paths.append(path_at(conn, columns["organisation_id"], row["district_code"]))
    if not all(may(by.caller, Act.ADMINISTER_STATION, path) for path in paths):
        raise not_allowed()


def _require_near(
    conn: Connection,
    by: By,
    row: Mapping[str, Any],
    columns: Mapping[str, Any],
    settings: EditingSettings,
) -> None:
    if "lon" not in columns:
        return
    if is_far(conn, by, row, columns["lon"], columns["lat"], limit_m=settings.move_limit_m):
        raise Conflict(
            Words("撤销会把站点移到远处，须管理员批准", "it would move the station farther than you may"),
            field="location",
            mend=Words(
                "用 PATCH location 提出迁移申请，或请管理员撤销",
                "ask for the move by PATCH with location, or ask an administrator",
            ),
        )


def _put_dated(
    conn: Connection, station_id: int, key: str, present: Mapping[str, Any] | None, value: Any
) -> None:
    """Make an exception or outage what it is to be: removed, back under its number, or changed."""
    is_outage = key.startswith(OUTAGE)
    id_ = int(key.partition(":")[2])
    if value is None:
        table = "amenity_outage" if is_outage else "hours_exception"
        conn.execute(f"DELETE FROM {table} WHERE id = %s".encode(), [id_])  # noqa: S608 - one of two names
        return
    during = TimestamptzRange(_moment(value["starts_at"]), _moment(value["ends_at"]))
    if is_outage:
        values = [value["amenity_id"], during, value["note"]]
        if present is None:
            conn.execute("SELECT restore_outage(%s, %s, %s::smallint, %s, %s)", [id_, station_id, *values])
        else:
            conn.execute(
                "UPDATE amenity_outage SET amenity_id = %s, during = %s, note = %s WHERE id = %s",
                [*values, id_],
            )
        return
    values = [during, value["state"], value["note_zh"], value["note_en"]]
    if present is None:
        conn.execute("SELECT restore_exception(%s, %s, %s, %s, %s, %s)", [id_, station_id, *values])
    else:
        conn.execute(
            "UPDATE hours_exception SET during = %s, state = %s, note_zh = %s, note_en = %s WHERE id = %s",
            [*values, id_],
        )


def _moment(text: str | None) -> datetime | None:
    return None if text in (None, "infinity", "-infinity") else datetime.fromisoformat(text)


def _changed_since(conn: Connection, station_id: int, name: str, label: Words, keys: list[str]) -> Conflict:
    last = last_change_of(conn, station_id, keys)
    return Conflict(
        Words(f"{label.zh}在第 {last} 版又改过", f"{label.en} changed again in version {last}"),
        field=name,
        mend=Words(
            '先撤销后来的修改，或用 "force": true 一并覆盖',
            'undo the later change first, or send "force": true to put it back all the same',
        ),
        changed_in=last,
    )


def _field_of(key: str, one: Mapping[str, Any] | None) -> str:
    if key.startswith(OUTAGE):
        return "out_of_order"
    return "openings" if one is not None and one["state"] == "open" else "closures"


def _label_of(key: str) -> Words:
    if key.startswith(OUTAGE):
        return Words("设施故障", "the outage")
    return Words("临时关闭或加开", "the closure or extra opening")


def _no_such_version(current: int) -> InvalidInput:
    return InvalidInput(
        Words("历史中没有这一版", "its history has no such version"),
        field="version",
        mend=Words(f"取 1 至 {current} 中历史列出的一版", f"take one of its history, up to {current}"),
    )

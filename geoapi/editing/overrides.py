"""Emergency hours for whole districts: who would be affected, making them, ending them.

They only ever open: a station is open in the hours named, whatever its own say, and keeps its own besides. A
closure of a single station wins. They end by themselves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from psycopg import Connection
from psycopg.types.range import Int4Range, TimestamptzRange

from geoapi.accounts.permissions import Act, not_allowed, not_signed_in, require
from geoapi.editing.override_effect import effect_of
from geoapi.editing.override_period import OPENS, Period, clock_words, daily_of, period_of
from geoapi.editing.transaction import Answered, By, note_event
from geoapi.editing.vocabulary import catalog_of
from geoapi.errors import Conflict, InvalidInput, NotFound, UnknownCode, Words
from geoapi.queries.near_codes import near_codes

NO_STATION_S_ZONE: Final = "Asia/Shanghai"
"""Whose days are meant where there is no station to ask."""


@dataclass(frozen=True)
class AskedOverride:
    """Emergency hours as they are asked for. `kinds` empty: every kind. `begin` None: at once; a date is that
    whole day. `opens` None: "until"."""

    name_zh: str
    name_en: str | None
    districts: Sequence[str]
    kinds: Sequence[str]
    begin: date | datetime | None
    until: date | datetime
    opens: str | None
    closes: str
    reason: str


def preview(conn: Connection, by: By, asked: AskedOverride) -> Answered:
    """What `create` would do, with nothing done. Raises as `create` does."""
    _, kind_ids, period = _settled(conn, by, asked)
    return Answered(_effect_shape(conn, asked, kind_ids, period))


def create(conn: Connection, by: By, asked: AskedOverride) -> Answered:
    """Make the emergency hours: 201 with the id and what `preview` tells.

    Raises `NotAllowed` unless the caller administers every district named, `UnknownCode`, `InvalidInput`.
    """
    organisations, kind_ids, period = _settled(conn, by, asked)
    effect = _effect_shape(conn, asked, kind_ids, period)
    row = conn.execute(
        """INSERT INTO hours_override
             (name_zh, name_en, during, district_codes, kind_ids, daily_minutes, reason, created_by)
           VALUES (%s, %s, %s, %s, %s::smallint[], %s, %s, current_account()) RETURNING id""",
        [
            asked.name_zh,
            asked.name_en or asked.name_zh,
            TimestamptzRange(period.starts_at, period.ends_at),
            list(asked.districts),
            kind_ids,
            Int4Range(period.daily.opens, period.daily.closes),
            asked.reason,
        ],
    ).fetchone()
    assert row is not None
    for organisation in organisations:
        note_event(
            conn,
            "create_override",
            organisation_id=organisation,
            subject=f"override {row[0]}",
            name=asked.name_zh,
            districts=list(asked.districts),
            kinds=list(asked.kinds),
            starts_at=period.starts_at.isoformat(),
            ends_at=period.ends_at.isoformat(),
            daily=period.daily.words,
            reason=asked.reason,
            stations=effect["effect"]["stations"],
        )
    return Answered({"id": str(row[0]), **effect}, 201)


def end(conn: Connection, by: By, override_id: int, reason: str | None) -> Answered:
    """End emergency hours now, or call them off where they have not begun.

    Raises `NotFound`, `NotAllowed` unless the caller administers every district they name, `Conflict` where
    they are over.
    """
    found = conn.execute(
        """SELECT district_codes, upper(during) <= now() OR ended_at IS NOT NULL
           FROM hours_override WHERE id = %s""",
        [override_id],
    ).fetchone()
    if found is None:
        raise NotFound(
            Words("没有这项应急开放", "there are no such emergency hours"),
            field="id",
            mend=Words("编号见 GET /v1/manage/overrides", "GET /v1/manage/overrides lists them"),
        )
    districts, over = found
    if districts is None:
        # of the whole world: the command line's
        raise not_allowed()
    organisations = _require_everywhere(conn, by, districts)
    if over:
        raise Conflict(
            Words("已经结束", "they are over already"),
            field="id",
            mend=Words("无需再结束", "there is nothing left to end"),
        )
    # Called off before they began they keep their period, for the record, and are of no kind any longer.
    row = conn.execute(
        """UPDATE hours_override AS o
           SET ended_at = moment, ended_by = current_account(),
             during = CASE WHEN lower(during) < moment THEN tstzrange(lower(during), moment) ELSE during END,
             kind_ids = CASE WHEN lower(during) < moment THEN kind_ids ELSE '{}' END
           FROM date_trunc('second', now()) AS moment
           WHERE o.id = %s
           RETURNING ended_at, ended_at <= lower(during)""",
        [override_id],
    ).fetchone()
    if row is None:
        raise not_allowed()
    ended_at, called_off = row[0].astimezone(ZoneInfo(NO_STATION_S_ZONE)), row[1]
    for organisation in organisations:
        note_event(
            conn,
            "end_override",
            organisation_id=organisation,
            subject=f"override {override_id}",
            called_off=called_off,
            reason=reason,
        )
    return Answered(
        {"id": str(override_id), "state": "called_off" if called_off else "over", "ended_at": ended_at}
    )


def _settled(conn: Connection, by: By, asked: AskedOverride) -> tuple[list[int], list[int] | None, Period]:
    """The organisations of the districts, the kinds' ids (None: all) and the exact times."""
    if by.caller is None:
        raise not_signed_in()
    if not by.caller.organisations(Act.OVERRIDE_HOURS):
        raise not_allowed()
    _require_known(conn, asked.districts)
    organisations = _require_everywhere(conn, by, asked.districts)
    kind_ids = _kind_ids(conn, asked.kinds)
    row = conn.execute(
        """SELECT date_trunc('second', now()), (
             WITH RECURSIVE inside AS (
               SELECT code FROM district WHERE code = ANY (%(districts)s)
               UNION
               SELECT d.code FROM district AS d JOIN inside ON d.parent_code = inside.code
             )
             SELECT mode() WITHIN GROUP (ORDER BY s.time_zone)
             FROM station AS s JOIN inside ON inside.code = s.district_code
           )""",
        {"districts": list(asked.districts)},
    ).fetchone()
    assert row is not None
    daily = daily_of(asked.opens, asked.closes)
    period = period_of(
        asked.begin,
        asked.until,
        daily,
        zone=ZoneInfo(row[1] or NO_STATION_S_ZONE),
        now=row[0].astimezone(UTC),
    )
    return organisations, kind_ids, period


def _require_known(conn: Connection, districts: Sequence[str]) -> None:
    known = [code for (code,) in conn.execute("SELECT code FROM district ORDER BY code")]
    for code in districts:
        if code not in known:
            near = near_codes(code, known)
            raise UnknownCode(
                Words("没有这个行政区", "there is no such district"),
                field="district_codes",
                mend=Words(f"是否想用：{'、'.join(near)}", f"did you mean {' or '.join(near)}?")
                if near
                else Words("行政区代码见 /v1/districts", "codes are listed at /v1/districts"),
                near=near,
            )


def _require_everywhere(conn: Connection, by: By, districts: Sequence[str]) -> list[int]:
    """The organisations of the districts, all of which the caller has to administer."""
    organisations = []
    for organisation, path in conn.execute(
        """SELECT o.id, organisation_path(o.id)
           FROM unnest(%s::text[]) AS d (code)
           CROSS JOIN LATERAL (SELECT managing_organisation(NULL, d.code) AS id) AS o""",
        [list(districts)],
    ):
        require(by.caller, Act.OVERRIDE_HOURS, path)
        if organisation not in organisations:
            organisations.append(organisation)
    return organisations


def _kind_ids(conn: Connection, kinds: Sequence[str]) -> list[int] | None:
    if not kinds:
        return None
    try:
        return catalog_of(conn).kind_ids(kinds)
    except UnknownCode as error:
        error.field = "kinds"
        raise


def _effect_shape(
    conn: Connection, asked: AskedOverride, kind_ids: list[int] | None, period: Period
) -> dict[str, Any]:
    effect = effect_of(conn, asked.districts, kind_ids, period)
    if effect["hours_each"] == 0:
        raise InvalidInput(
            Words("这段时间里没有每日的开放时段", "the daily hours lie outside the period"),
            field="until",
            mend=Words("放宽 from、until 或 daily", "widen `from` and `until`, or `daily`"),
        )
    codes = {kind.id: kind.code for kind in catalog_of(conn).kinds}
    for group in effect["by_district_and_kind"]:
        group["kind"] = codes[group.pop("kind_id")]
    return {
        "name_zh": asked.name_zh,
        "name_en": asked.name_en or asked.name_zh,
        "district_codes": list(asked.districts),
        "kinds": None if kind_ids is None else [codes[one] for one in kind_ids],
        "starts_at": period.starts_at.astimezone(period.zone),
        "ends_at": period.ends_at.astimezone(period.zone),
        "daily": {**period.daily.words, "opens_assumed": asked.opens is None},
        "reason": asked.reason,
        "notes": _notes(asked, effect),
        "effect": effect,
    }


def _notes(asked: AskedOverride, effect: Mapping[str, Any]) -> list[dict[str, str]]:
    """What whoever makes them should know, in both languages."""
    notes = []
    if asked.opens is None:
        at = clock_words(OPENS)
        notes.append(
            Words(
                f"没有写每天几点起：从 {at} 起一直开放，之前各站照自己的时间",
                f"no daily beginning was given: open from {at}; before that, each as it is by itself",
            )
        )
    if effect["open_earlier"]:
        number = effect["open_earlier"]
        notes.append(
            Words(
                f"{number} 处会比平时更早开放；如不需要，请把每天几点起定晚一些",
                f"{number} stations would open earlier than they do; a later daily beginning avoids that",
            )
        )
    if effect["closed_in_part"]:
        number = effect["closed_in_part"]
        notes.append(
            Words(
                f"{number} 处有临时关闭，关闭期间仍不开放",
                f"{number} stations have a closure in that time, which wins",
            )
        )
    if effect["unknown_become_open"]:
        number = effect["unknown_become_open"]
        notes.append(
            Words(
                f"{number} 处开放时间原本不明，将一律显示为开放，请先确认",
                f"{number} stations have unknown hours and will be shown as open: make sure they are",
            )
        )
    return [{"zh": note.zh, "en": note.en} for note in notes]

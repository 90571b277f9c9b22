"""How many stations are planned in each district, how many are there, and what is missing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from geoapi.db.engine import Database
from geoapi.db.tables import (
    district,
    kind,
    open_interval,
    schedule_window,
    station,
    station_schedule,
    target,
)
from geoapi.errors import SetupNeeded, Words
from geoapi.schedule.window import Window

State = Literal["open", "closed", "unknown"]
A_YEAR = timedelta(days=365)


@dataclass(slots=True)
class Count:
    """Stations in use: all, those verified in the last year, those open and of unknown state at the time."""

    existing: int = 0
    verified_last_year: int = 0
    open: int = 0
    unknown: int = 0

    def __iadd__(self, other: Count) -> Count:
        self.existing += other.existing
        self.verified_last_year += other.verified_last_year
        self.open += other.open
        self.unknown += other.unknown
        return self


@dataclass(frozen=True, slots=True)
class TargetItem:
    """One kind in one district. `planned`, `missing` and `due` are None where there is no target.

    `district_code` is None in totals. `source` names every source that the plan is from.
    """

    district_code: str | None
    kind_id: int
    planned: int | None
    count: Count
    missing: int | None
    due: date | None
    source: str | None


@dataclass(frozen=True, slots=True)
class TargetAnswer:
    """An item for each district and kind asked about, and a total for each kind."""

    items: list[TargetItem]
    total: list[TargetItem]


@dataclass(frozen=True, slots=True)
class _Plan:
    planned: int
    due: date | None
    source: str


async def targets_of(
    database: Database,
    codes: Sequence[str],
    at: datetime,
    *,
    whole: str | None = None,
    kind_ids: Collection[int] | None = None,
    states: Mapping[int, State] | None = None,
    now: datetime | None = None,
) -> TargetAnswer:
    """Targets of these districts, in their order, and of all together; kinds in the order of their ids.

    A station counts for the first of `codes` on the way up from its own district: street, district, city. A
    district without a target of its own has the sum of those inside it. Totals are the sums of the items,
    `missing` too: what one district has too many of does not help another. Where `whole`, the area that
    they make up, has a target of its own, that is the total's, and the item of a `whole` that is among
    several codes has none. `kind_ids` None means every kind.

    `states` says what stations are at `at`, by id, those not in it unknown; without it the schedule does, and
    a time outside its window raises `BeyondHorizon`. "In the last year" is before `now`, or before `at`.
    """
    async with database.connection() as conn:
        parents = {
            row[0]: row[1] for row in await conn.execute(select(district.c.code, district.c.parent_code))
        }
        known = list(await conn.scalars(select(kind.c.id).order_by(kind.c.id)))
        plans = await _plans(conn)
        rows = await _stations(conn, at, (now or at) - A_YEAR, known=states)
    kinds = [one for one in known if kind_ids is None or one in kind_ids]
    counts = _counted(rows, codes, parents)
    items = []
    for code in codes:
        rest = code == whole and len(codes) > 1
        for kind_id in kinds:
            plan = None if rest else _plan_of(code, kind_id, plans, parents)
            items.append(_item(code, kind_id, plan, counts.get((code, kind_id), Count())))
    total = [
        _total([i for i in items if i.kind_id == one], one, plans.get((whole or "", one))) for one in kinds
    ]
    return TargetAnswer(items, total)


async def _plans(conn: AsyncConnection) -> dict[tuple[str, int], _Plan]:
    rows = await conn.execute(select(target))
    return {(r.district_code, r.kind_id): _Plan(r.planned, r.due, r.source) for r in rows}


async def _stations(
    conn: AsyncConnection, at: datetime, verified_since: datetime, *, known: Mapping[int, State] | None
) -> list[tuple[str | None, int, Count]]:
    """District, kind and counts of all stations in use."""
    verified = func.count().filter(station.c.verified_at >= verified_since)
    where = (station.c.district_code, station.c.kind_id)
    if known is not None:
        rows = await conn.execute(
            select(*where, func.count(), verified, func.array_agg(station.c.id))
            .where(station.c.retired_at.is_(None))
            .group_by(*where)
        )
        return [
            (code, kind_id, _with_states(number, sure, [known.get(id_, "unknown") for id_ in ids]))
            for code, kind_id, number, sure, ids in rows
        ]
    await _require_window(conn, at)
    holds = (
        select(open_interval.c.schedule_id, open_interval.c.state)
        .where(open_interval.c.starts_at <= at, open_interval.c.ends_at > at)
        .subquery()
    )
    # a station that no schedule has been worked out for yet is unknown, not closed
    state = case((station_schedule.c.station_id.is_(None), "unknown"), else_=holds.c.state)
    rows = await conn.execute(
        select(
            *where,
            func.count(),
            verified,
            func.count().filter(state == "open"),
            func.count().filter(state == "unknown"),
        )
        .select_from(
            station.outerjoin(station_schedule, station_schedule.c.station_id == station.c.id).outerjoin(
                holds, holds.c.schedule_id == station_schedule.c.schedule_id
            )
        )
        .where(station.c.retired_at.is_(None))
        .group_by(*where)
    )
    return [(code, kind_id, Count(*numbers)) for code, kind_id, *numbers in rows]


async def _require_window(conn: AsyncConnection, at: datetime) -> None:
    row = (await conn.execute(select(schedule_window.c.starts_at, schedule_window.c.ends_at))).first()
    if row is None:
        raise SetupNeeded(
            Words("还没有计算过开放时间", "opening times have never been worked out"),
            mend=Words("运行 geoapi refresh", "run geoapi refresh"),
        )
    Window(*row).require(at, at)


def _with_states(existing: int, verified: int, states: Sequence[State]) -> Count:
    return Count(existing, verified, states.count("open"), states.count("unknown"))


def _counted(
    rows: Iterable[tuple[str | None, int, Count]], codes: Collection[str], parents: Mapping[str, str | None]
) -> dict[tuple[str, int], Count]:
    counts: dict[tuple[str, int], Count] = {}
    wanted = frozenset(codes)
    for code, kind_id, count in rows:
        while code is not None and code not in wanted:
            code = parents.get(code)
        if code is not None:
            counts.setdefault((code, kind_id), Count())
            counts[code, kind_id] += count
    return counts


def _plan_of(
    code: str, kind_id: int, plans: Mapping[tuple[str, int], _Plan], parents: Mapping[str, str | None]
) -> _Plan | None:
    """The district's own target, or the sum of those inside it; None where there is none."""
    if (own := plans.get((code, kind_id))) is not None:
        return own
    inside = [_plan_of(inner, kind_id, plans, parents) for inner, parent in parents.items() if parent == code]
    return _sum_of([plan for plan in inside if plan is not None])


def _sum_of(plans: Sequence[_Plan]) -> _Plan | None:
    if not plans:
        return None
    dues = [plan.due for plan in plans if plan.due is not None]
    sources = "；".join(dict.fromkeys(plan.source for plan in plans))
    return _Plan(sum(plan.planned for plan in plans), max(dues, default=None), sources)


def _item(code: str | None, kind_id: int, plan: _Plan | None, count: Count) -> TargetItem:
    if plan is None:
        return TargetItem(code, kind_id, None, count, None, None, None)
    missing = max(plan.planned - count.existing, 0)
    return TargetItem(code, kind_id, plan.planned, count, missing, plan.due, plan.source)


def _total(items: Sequence[TargetItem], kind_id: int, own: _Plan | None) -> TargetItem:
    count = Count()
    for item in items:
        count += item.count
    if own is not None:
        return _item(None, kind_id, own, count)
    plans = [_Plan(i.planned, i.due, i.source or "") for i in items if i.planned is not None]
    if (plan := _sum_of(plans)) is None:
        return _item(None, kind_id, None, count)
    missing = sum(item.missing or 0 for item in items)
    return TargetItem(None, kind_id, plan.planned, count, missing, plan.due, plan.source)


def shape_of(item: TargetItem) -> dict[str, Any]:
    """The item's numbers as answers carry them; names are the caller's."""
    return {
        "planned": item.planned,
        "existing": item.count.existing,
        "verified_last_year": item.count.verified_last_year,
        "open": item.count.open,
        "unknown": item.count.unknown,
        "missing": item.missing,
        "due": item.due,
        "source": item.source,
    }

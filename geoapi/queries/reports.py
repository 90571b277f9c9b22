"""What workers reported of stations: when so many agree that answers warn of it, and the managers' list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from psycopg.rows import dict_row
from sqlalchemy import ColumnElement, Integer, Select, cast, func, literal, select
from sqlalchemy.dialects.postgresql import JSONB

from geoapi.accounts.permissions import Act, Caller
from geoapi.db.engine import Database
from geoapi.db.tables import station, station_report
from geoapi.queries.cursors import an_id, make_cursor, read_cursor


@dataclass(frozen=True)
class WarningRule:
    """From how many independent reporters of one thing an answer warns, within how many days."""

    reports: int = 3
    days: int = 14


STANDARD = WarningRule()


def warnings_of_station(rule: WarningRule) -> ColumnElement[Any]:
    """What enough people reported of the station of the row, as `sql/station_details.sql` has it:
    [kind, amenity id or null, how many people, since when], a list of them."""
    report, people = station_report.c, func.count(station_report.c.reporter.distinct())
    warned: Select[Any] = (
        select(
            cast(
                func.jsonb_build_array(report.kind, report.amenity_id, people, func.min(report.created_at)),
                JSONB,
            )
        )
        .where(
            report.station_id == station.c.id,
            report.resolved_at.is_(None),
            # make_interval(years, months, weeks, days)
            report.created_at > func.now() - func.make_interval(0, 0, 0, cast(literal(rule.days), Integer)),
        )
        .group_by(report.kind, report.amenity_id)
        .having(people >= rule.reports)
        .order_by(report.kind, report.amenity_id)
    )
    return func.array(warned.correlate(station).scalar_subquery())


@dataclass(frozen=True)
class ReportFilter:
    """Which reports; None does not filter."""

    resolved: bool | None = False
    kind: str | None = None
    station_id: int | None = None

    def as_json(self, caller: Caller) -> list[Any]:
        """The filter as JSON-ready values, and whose list it is: a cursor belongs to one of these."""
        return ["reports", caller.account_id, self.resolved, self.kind, self.station_id]


@dataclass(frozen=True)
class ReportPage:
    """Rows as `_REPORTS` names them, and the cursor of the next page, None on the last."""

    rows: Sequence[Mapping[str, Any]]
    next_cursor: str | None


# The organisation of a station is worked out, so it is asked of those stations alone that have such reports.
_REPORTS = """
WITH reported AS (
  SELECT DISTINCT r.station_id
  FROM station_report AS r
  WHERE (%(resolved)s::boolean IS NULL OR (r.resolved_at IS NOT NULL) = %(resolved)s)
    AND (%(kind)s::text IS NULL OR r.kind = %(kind)s)
    AND (%(station_id)s::bigint IS NULL OR r.station_id = %(station_id)s)
),
mine AS MATERIALIZED (
  SELECT s.id, s.name_zh, s.name_en, s.address, s.time_zone, s.district_code, d.name_zh AS district_zh,
    d.name_en AS district_en, whose.path
  FROM reported
  JOIN station AS s ON s.id = reported.station_id
  LEFT JOIN district AS d ON d.code = s.district_code
  CROSS JOIN LATERAL (
    SELECT organisation_path(managing_organisation(s.organisation_id, s.district_code)) AS path
  ) AS whose
  WHERE whose.path && %(organisations)s::bigint[]
)
SELECT r.id, r.station_id, r.kind, r.amenity_id, r.note, r.created_at, r.resolved_at, r.resolution,
  r.resolution_note, a.name AS resolved_by, s.name_zh, s.name_en, s.address, s.time_zone, s.district_code,
  s.district_zh, s.district_en, s.path, alike.reports AS alike_reports,
  alike.reporters AS alike_reporters
FROM mine AS s
JOIN station_report AS r ON r.station_id = s.id
LEFT JOIN account AS a ON a.id = r.resolved_by
CROSS JOIN LATERAL (
  SELECT count(*) AS reports, count(DISTINCT o.reporter) AS reporters
  FROM station_report AS o
  WHERE o.station_id = r.station_id AND o.kind = r.kind AND o.amenity_id IS NOT DISTINCT FROM r.amenity_id
    AND o.resolved_at IS NULL
) AS alike
WHERE (%(resolved)s::boolean IS NULL OR (r.resolved_at IS NOT NULL) = %(resolved)s)
  AND (%(kind)s::text IS NULL OR r.kind = %(kind)s)
  AND (%(before)s::bigint IS NULL OR r.id < %(before)s)
ORDER BY r.id DESC
LIMIT %(limit)s
"""


async def list_reports(
    database: Database, caller: Caller, asked: ReportFilter, *, limit: int, cursor: str | None
) -> ReportPage:
    """A page of the reports about the caller's stations, the latest first; who reported is not told.

    `alike_reporters` counts how many people say the same of the station in reports that are open.
    Raises `InvalidInput` for a cursor of another question.
    """
    question = asked.as_json(caller)
    (before,) = read_cursor(question, cursor, (an_id,)) if cursor is not None else (None,)
    values = {
        "resolved": asked.resolved,
        "kind": asked.kind,
        "station_id": asked.station_id,
        "organisations": sorted(caller.organisations(Act.SEE_STATIONS)),
        "before": before,
        "limit": limit + 1,
    }
    async with database.raw_connection() as conn, conn.cursor(row_factory=dict_row) as rows:
        await rows.execute(_REPORTS, values)
        found = await rows.fetchall()
    if len(found) <= limit:
        return ReportPage(found, None)
    return ReportPage(found[:limit], make_cursor(question, [found[limit - 1]["id"]]))


def warned_since(warning: Sequence[Any]) -> datetime:
    """Since when people report it, of one of the row's `warnings`."""
    return datetime.fromisoformat(warning[3]).astimezone(UTC)

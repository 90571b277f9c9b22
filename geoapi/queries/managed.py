"""What of a station asks for its managers' attention: one definition, for one station and for a list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from geoapi.errors import Words

ATTENTION: Final[Mapping[str, Words]] = {
    "reports": Words("有未处理的反馈", "workers reported something"),
    "import_conflict": Words("导入的值与修改冲突", "an import differs from what was edited"),
    "pending_move": Words("迁移待批准", "a move waits for approval"),
    "planned_lapsed": Words("预定的修改未能生效", "a planned change could not take effect"),
    "outage_overdue": Words("设施故障已过预计修复日期", "an amenity should be repaired by now"),
    "closure_ending": Words("临时关闭即将结束", "a closure is about to end"),
    "unknown_hours": Words("开放时间未知", "its hours are not known"),
    "never_verified": Words("从未核实", "nobody has confirmed it yet"),
    "not_verified_lately": Words("很久没有核实", "nobody has confirmed it for long"),
    "partly_read_hours": Words("开放时间只读懂一部分", "its hours were understood in part"),
    "closed_now": Words("临时关闭中", "closed for a time"),
    "planned": Words("有预定的修改", "a change is planned"),
    "retired": Words("已停用", "retired"),
}
"""What there is to attend to, the most pressing first."""

ENDING_DAYS: Final = 3
"""A closure that ends within so many days is about to end."""
LONG_OUT_DAYS: Final = 30
"""An outage without an expected repair is overdue after so many days; one with, for so many behind it."""


def attention_values(unverified_days: int) -> dict[str, Any]:
    """The parameters of `attention_of`; so many days after its confirmation a station asks for another."""
    return {
        "unverified_days": unverified_days,
        "ending_days": ENDING_DAYS,
        "long_out_days": LONG_OUT_DAYS,
        "attention_order": list(ATTENTION),
    }


def attention_of(stations: str, *, beside: str | None = None) -> str:
    """SQL for (station_id, code, since, until): what of these stations asks for attention.

    `stations` is SQL for rows with id, verified_at, hours_certainty, time_zone and retired_at. Of a retired
    one nothing else is said. An outage whose repair was expected is overdue until somebody says anything of
    it, or confirms the station. What is on record beside stations (closures, outages, reports …) is looked up
    for the stations of `beside`, which may be more: a table with an index where `stations` are many.
    """
    own, used = f"{stations} AS m", f"{beside or stations} AS m"
    return f"""
      SELECT m.id AS station_id, 'retired' AS code, m.retired_at AS since, NULL::timestamptz AS until
      FROM {own} WHERE m.retired_at IS NOT NULL
      UNION ALL
      SELECT m.id, 'never_verified', NULL, NULL
      FROM {own} WHERE m.retired_at IS NULL AND m.verified_at IS NULL
      UNION ALL
      SELECT m.id, 'not_verified_lately', m.verified_at, NULL
      FROM {own}
      WHERE m.retired_at IS NULL AND m.verified_at < now() - make_interval(days => %(unverified_days)s)
      UNION ALL
      SELECT m.id, CASE m.hours_certainty WHEN 'partial' THEN 'partly_read_hours' ELSE 'unknown_hours' END,
        NULL, NULL
      FROM {own} WHERE m.retired_at IS NULL AND m.hours_certainty <> 'full'
      UNION ALL
      SELECT x.station_id, ending.code, lower(x.during), upper(x.during)
      FROM hours_exception AS x
      JOIN {used} ON m.id = x.station_id AND m.retired_at IS NULL
      CROSS JOIN LATERAL (
        SELECT 'closed_now' AS code
        UNION ALL
        SELECT 'closure_ending' WHERE upper(x.during) <= now() + make_interval(days => %(ending_days)s)
      ) AS ending
      WHERE x.state = 'closed' AND x.during @> now()
        -- an opening entered later has the last word while it lasts
        AND NOT EXISTS (
          SELECT FROM hours_exception AS later
          WHERE later.station_id = x.station_id AND later.id > x.id
            AND later.state = 'open' AND later.during @> now()
        )
      UNION ALL
      SELECT u.station_id, 'outage_overdue', lower(u.during), upper(u.during)
      FROM amenity_outage AS u
      JOIN {used} ON m.id = u.station_id AND m.retired_at IS NULL
      WHERE CASE
        WHEN upper_inf(u.during) THEN lower(u.during) < now() - make_interval(days => %(long_out_days)s)
        ELSE upper(u.during) BETWEEN now() - make_interval(days => %(long_out_days)s) AND now()
          AND (m.verified_at IS NULL OR m.verified_at < upper(u.during))
          AND NOT EXISTS (
            SELECT FROM revision AS r
            WHERE r.station_id = u.station_id AND r.at >= upper(u.during) AND r.after ? ('outage:' || u.id)
          )
      END
      UNION ALL
      SELECT r.station_id, 'reports', min(r.created_at), NULL
      FROM station_report AS r JOIN {used} ON m.id = r.station_id AND m.retired_at IS NULL
      WHERE r.resolved_at IS NULL GROUP BY r.station_id
      UNION ALL
      SELECT DISTINCT c.station_id, 'import_conflict', b.loaded_at, NULL::timestamptz
      FROM import_conflict AS c JOIN {used} ON m.id = c.station_id AND m.retired_at IS NULL
      LEFT JOIN load_batch AS b ON b.id = c.batch_id
      WHERE c.resolved_at IS NULL
      UNION ALL
      SELECT v.station_id, 'pending_move', v.created_at, NULL
      FROM move_request AS v JOIN {used} ON m.id = v.station_id AND m.retired_at IS NULL
      WHERE v.decided_at IS NULL
      UNION ALL
      SELECT p.station_id, CASE WHEN p.lapsed_at IS NULL THEN 'planned' ELSE 'planned_lapsed' END,
        p.created_at, p.effective_on::timestamp AT TIME ZONE m.time_zone
      FROM planned_change AS p JOIN {used} ON m.id = p.station_id AND m.retired_at IS NULL
      WHERE p.applied_at IS NULL AND p.cancelled_at IS NULL
    """  # noqa: S608 - fixed parts of our own


_ONE = "(SELECT s.id, s.verified_at, s.hours_certainty, s.time_zone, s.retired_at)"
ATTENTION_OF: Final = f"""ARRAY(
    SELECT code FROM ({attention_of(_ONE)}) AS attention
    GROUP BY code ORDER BY array_position(%(attention_order)s::text[], code)
  )"""  # noqa: S608 - fixed parts of our own
"""SQL: the codes of what asks for attention of the station `s`, the most pressing first."""

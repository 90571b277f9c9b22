"""The stations that somebody manages, those first that ask for attention most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg.rows import dict_row

from geoapi.accounts.permissions import Act, Caller
from geoapi.db.engine import Database
from geoapi.queries.cursors import Form, an_id, make_cursor, read_cursor
from geoapi.queries.managed import ATTENTION, attention_of, attention_values
from geoapi.queries.matching import tokens_of

# of what sorts a name; the cursor carries it
SORTED_LENGTH = 40


@dataclass(frozen=True)
class ManagedFilter:
    """Which of the caller's stations. Ids are the catalog's; None or empty does not filter."""

    words: str | None = None
    attention: Sequence[str] = ()
    organisation_id: int | None = None
    kind_ids: Sequence[int] = ()
    include_retired: bool = False

    def as_json(self, caller: Caller) -> list[Any]:
        """The filter as JSON-ready values, and whose list it is: a cursor belongs to one of these."""
        return [
            "managed", caller.account_id, self.words, [*self.attention], self.organisation_id,
            [*self.kind_ids], self.include_retired,
        ]  # fmt: skip


@dataclass(frozen=True)
class ManagedPage:
    """Rows as `_ROWS` names them, each with `attention`: [code, since, until], the most pressing first.

    `counts` are of all of the caller's stations, by code of attention; `total` is how many are in use.
    """

    rows: Sequence[Mapping[str, Any]]
    counts: Mapping[str, int]
    total: int
    next_cursor: str | None


# The organisation of a station without one of its own follows from its district: worked out once a district.
_PAGE = f"""
WITH RECURSIVE reach AS (
  SELECT unnest(%(organisations)s::bigint[]) AS id
  UNION
  SELECT o.id FROM organisation AS o JOIN reach ON o.parent_id = reach.id
),
asked AS (
  SELECT %(organisation)s::bigint AS id
  UNION
  SELECT o.id FROM organisation AS o JOIN asked ON o.parent_id = asked.id
),
by_district AS MATERIALIZED (
  SELECT code, managing_organisation(NULL, code) AS organisation_id FROM district
),
mine AS MATERIALIZED (
  SELECT s.id, s.kind_id, s.verified_at, s.hours_certainty, s.time_zone, s.retired_at,
    coalesce(s.organisation_id, d.organisation_id) AS organisation_id,
    left(s.sound, {SORTED_LENGTH}) COLLATE "C" AS sorted_by,
    %(words)s::text IS NULL OR s.id::text = %(words)s OR (cardinality(%(tokens)s::text[]) > 0 AND NOT EXISTS (
      SELECT FROM unnest(%(tokens)s::text[]) AS token WHERE strpos(s.search, token) = 0
    )) AS is_meant
  FROM station AS s
  LEFT JOIN by_district AS d ON d.code = s.district_code
  WHERE coalesce(s.organisation_id, d.organisation_id) IN (SELECT id FROM reach)
),
attention AS (
  SELECT station_id, array_agg(code) AS codes, array_agg(since) AS sinces, array_agg(until) AS untils,
    min(array_position(%(attention_order)s::text[], code)) AS rank
  FROM ({attention_of("mine", beside="station")}) AS found
  GROUP BY station_id
),
-- joined before anything is filtered: nobody can tell beforehand how few a filter leaves
judged AS MATERIALIZED (
  SELECT m.*, coalesce(a.rank, 99) AS rank, a.codes, a.sinces, a.untils
  FROM mine AS m
  LEFT JOIN attention AS a ON a.station_id = m.id
),
page AS (
  SELECT j.id, j.organisation_id, j.rank, j.sorted_by, j.codes, j.sinces, j.untils
  FROM judged AS j
  WHERE j.is_meant
    AND (%(include_retired)s OR j.retired_at IS NULL)
    AND (cardinality(%(kinds)s::smallint[]) = 0 OR j.kind_id = ANY (%(kinds)s::smallint[]))
    AND (cardinality(%(codes)s::text[]) = 0 OR j.codes && %(codes)s::text[])
    AND (%(organisation)s::bigint IS NULL OR j.organisation_id IN (SELECT id FROM asked))
    AND (%(after_rank)s::integer IS NULL OR (j.rank, j.sorted_by, j.id)
      > (%(after_rank)s::integer, %(after_name)s::text COLLATE "C", %(after_id)s::bigint))
  ORDER BY j.rank, j.sorted_by, j.id
  LIMIT %(limit)s
)
SELECT
  (SELECT count(*) FROM mine WHERE retired_at IS NULL) AS total,
  (SELECT coalesce(jsonb_object_agg(code, stations), '{{}}')
   FROM (SELECT code, count(DISTINCT id) AS stations FROM judged, unnest(codes) AS code
         GROUP BY code) AS counted) AS counts,
  (SELECT coalesce(jsonb_agg(to_jsonb(page) ORDER BY rank, sorted_by, id), '[]') FROM page) AS page
"""  # noqa: S608 - fixed parts of our own

_ROWS = """
SELECT s.id, s.kind_id, s.lon, s.lat, s.name_zh, s.name_en, s.address, s.time_zone, s.version,
  s.verified_at, s.updated_at, s.retired_at, s.district_code,
  d.name_zh AS district_zh, d.name_en AS district_en,
  o.id AS organisation_id, o.code AS organisation_code, o.name_zh AS organisation_zh,
  o.name_en AS organisation_en,
  CASE WHEN s.retired_at IS NOT NULL THEN 'closed' ELSE coalesce((
    SELECT i.state
    FROM station_schedule AS t JOIN open_interval AS i ON i.schedule_id = t.schedule_id
    WHERE t.station_id = s.id AND i.starts_at <= now() AND i.ends_at > now()
    ORDER BY i.state LIMIT 1
  ), 'closed') END AS open_state
FROM unnest(%(ids)s::bigint[], %(organisations)s::bigint[]) AS page (id, organisation_id)
JOIN station AS s ON s.id = page.id
LEFT JOIN district AS d ON d.code = s.district_code
LEFT JOIN organisation AS o ON o.id = page.organisation_id
"""


async def list_managed(
    database: Database,
    caller: Caller,
    asked: ManagedFilter,
    *,
    limit: int,
    cursor: str | None,
    unverified_days: int,
) -> ManagedPage:
    """A page of the stations that the caller may see as a manager, most pressing first, then by name.

    Raises `InvalidInput` for a cursor of another question.
    """
    question = asked.as_json(caller)
    forms: tuple[Form, ...] = (_a_rank, _a_name, an_id)
    after = read_cursor(question, cursor, forms) if cursor is not None else [None, None, None]
    tokens = tokens_of(asked.words) if asked.words is not None else []
    values = {
        "organisations": sorted(caller.organisations(Act.SEE_STATIONS)),
        "organisation": asked.organisation_id,
        "include_retired": asked.include_retired,
        "kinds": list(asked.kind_ids),
        "codes": list(asked.attention),
        "tokens": tokens,
        "words": asked.words.strip() if asked.words is not None else None,
        "after_rank": after[0],
        "after_name": after[1],
        "after_id": after[2],
        "limit": limit + 1,
        **attention_values(unverified_days),
    }
    async with database.raw_connection() as conn, conn.cursor(row_factory=dict_row) as rows:
        await rows.execute(_PAGE.encode(), values)
        found = await rows.fetchone()
        assert found is not None, "it is one row of three"
        page = found["page"][:limit]
        await rows.execute(
            _ROWS,
            {
                "ids": [one["id"] for one in page],
                "organisations": [one["organisation_id"] for one in page],
            },
        )
        by_id = {row["id"]: row for row in await rows.fetchall()}
    counts = {code: found["counts"].get(code, 0) for code in ATTENTION}
    last = page[-1] if len(found["page"]) > limit else None
    return ManagedPage(
        [{**by_id[one["id"]], "attention": _attention(one)} for one in page if one["id"] in by_id],
        counts,
        found["total"],
        make_cursor(question, [last["rank"], last["sorted_by"], last["id"]]) if last else None,
    )


def _attention(row: Mapping[str, Any]) -> list[tuple[str, str | None, str | None]]:
    """Code, since and until of what asks for attention, each code once: the earliest of several."""
    found: dict[str, tuple[str | None, str | None]] = {}
    for code, since, until in zip(*(row[name] or () for name in ("codes", "sinces", "untils")), strict=True):
        known = found.get(code, (since, until))
        found[code] = (_earlier(known[0], since), _earlier(known[1], until))
    return [(code, *found[code]) for code in ATTENTION if code in found]


def _earlier(one: str | None, other: str | None) -> str | None:
    """The earlier of two times as one statement writes them: in one zone, so that text sorts."""
    return min(one, other) if one and other else one or other


def _a_rank(value: Any) -> int:
    if type(value) is not int or not 0 <= value < 1000:
        raise ValueError
    return value


def _a_name(value: Any) -> str:
    if type(value) is not str or len(value) > SORTED_LENGTH or "\0" in value:
        raise ValueError
    value.encode()
    return value

"""Coverage and reach of the sample city against PostGIS on the same points, all by its own functions."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import psycopg
import pytest

from geoapi.coverage.grid import area_grid
from geoapi.coverage.inputs import CLOSED, OPEN, UNKNOWN, Demand, Supply
from geoapi.coverage.measure import measure
from geoapi.coverage.open_sets import READINGS
from geoapi.coverage.straight import StraightModel
from geoapi.sample.city import sample_city
from geoapi.sample.districts import sample_districts
from tests.conftest import clone

MODEL = StraightModel(1.3)
LIMIT_M = 1080.0
INSTANTS = 4
CELLS = 1500
EVERY = 5
"""Of the cells, those whose distance to every open station PostGIS is asked for."""


@pytest.fixture(scope="module")
def demand() -> Demand:
    """Cells of all sixteen districts, plain and mountains, and of the city's very edges."""
    districts = sample_districts()
    cells = area_grid([d.polygon for d in districts], [d.code for d in districts], cell_size_m=500)
    chosen = np.random.default_rng(12351).choice(len(cells), CELLS, replace=False)
    edges = [f(axis) for axis in (cells.lon, cells.lat) for f in (np.argmin, np.argmax)]
    return cells.only(np.unique([*chosen, *edges]))


@pytest.fixture(scope="module")
def supply() -> Supply:
    """All stations of the sample city. Each text of hours has states by chance: it is space that is asked."""
    stations = sample_city().stations
    texts = sorted({station.hours_text or "" for station in stations})
    states = np.random.default_rng(3).choice(
        np.array([CLOSED, OPEN, UNKNOWN], dtype=np.uint8), (len(texts), INSTANTS), p=(0.8, 0.15, 0.05)
    )
    # nearly everything closed, as at night
    states[:, 0] = CLOSED
    states[len(texts) // 2, 0] = OPEN
    return Supply(
        np.arange(len(stations)),
        np.array([station.lon for station in stations]),
        np.array([station.lat for station in stations]),
        np.array([texts.index(station.hours_text or "") for station in stations]),
        states,
    )


@pytest.fixture(scope="module")
def city(server_url: str, demand: Demand, supply: Supply) -> Iterator[psycopg.Connection]:
    """The same points in PostGIS, as geography: distances on the spheroid."""
    with clone(server_url) as url, psycopg.connect(url, autocommit=True) as conn:
        conn.execute("CREATE TABLE cell (id integer, area integer, weight float8, geog geography)")
        conn.execute("CREATE TABLE place (id integer, pattern integer, geog geography)")
        conn.execute("CREATE TABLE state (pattern integer, instant integer, state integer)")
        with conn.cursor() as cursor:
            for table, rows in (
                ("cell", zip(range(len(demand)), demand.area, demand.weight, *_xy(demand), strict=True)),
                ("place", zip(supply.ids, supply.pattern, *_xy(supply), strict=True)),
            ):
                with cursor.copy(f"COPY {table} FROM STDIN") as copy:
                    for *values, lon, lat in rows:
                        copy.write_row([*(x.item() if hasattr(x, "item") else x for x in values),
                                        f"SRID=4326;POINT({lon!r} {lat!r})"])  # fmt: skip
            with cursor.copy("COPY state FROM STDIN") as copy:
                for (pattern, instant), state in np.ndenumerate(supply.states):
                    copy.write_row([pattern, instant, int(state)])
        conn.execute("CREATE INDEX ON place USING gist (geog)")
        conn.execute("ANALYZE")
        yield conn


def _xy(points: Demand | Supply) -> tuple[list[float], list[float]]:
    return points.lon.tolist(), points.lat.tolist()


def test_reach_is_that_of_postgis(city: psycopg.Connection, demand: Demand, supply: Supply) -> None:
    reach = MODEL.reach(demand.lon, demand.lat, supply.lon, supply.lat, LIMIT_M).tocoo()
    rows = city.execute(
        """SELECT c.id, p.id, ST_Distance(c.geog, p.geog) * 1.3
           FROM cell AS c JOIN place AS p ON ST_DWithin(c.geog, p.geog, %s) ORDER BY 1, 2""",
        [LIMIT_M / 1.3],
    ).fetchall()
    assert len(rows) > 1000
    found = sorted(zip(*(x.tolist() for x in reach.coords), reach.data.tolist(), strict=True))
    assert [row[:2] for row in found] == [row[:2] for row in rows]
    np.testing.assert_allclose([row[2] for row in found], [row[2] for row in rows], rtol=1e-8, atol=1e-5)


@pytest.mark.parametrize("reading", range(2))
@pytest.mark.parametrize("instant", range(INSTANTS))
def test_coverage_is_that_of_postgis(
    city: psycopg.Connection, demand: Demand, supply: Supply, reading: int, instant: int
) -> None:
    counted = [OPEN] if READINGS[reading] == "unknown_closed" else [OPEN, UNKNOWN]
    rows = city.execute(
        """WITH shop AS MATERIALIZED (
             -- the stations counted as open at the instant
             SELECT p.geog FROM place AS p JOIN state AS s USING (pattern)
             WHERE s.instant = %(instant)s AND s.state = ANY (%(counted)s)
           )
           SELECT c.area, c.weight,
                  EXISTS (SELECT FROM shop AS o WHERE ST_DWithin(c.geog, o.geog, %(metres)s)),
                  (SELECT min(ST_Distance(c.geog, o.geog)) FROM shop AS o) * 1.3
           FROM cell AS c WHERE c.id %% %(every)s = 0 ORDER BY c.id""",
        {"instant": instant, "counted": counted, "metres": LIMIT_M / 1.3, "every": EVERY},
    ).fetchall()
    area, weight, covered, metres = (np.array(column) for column in zip(*rows, strict=True))
    found = measure(demand.only(np.arange(0, len(demand), EVERY)), supply, MODEL, limit_m=LIMIT_M)
    for index in range(len(demand.areas)):
        here = area == index
        at = (reading, instant, index)
        assert found.by_area.covered[at] == pytest.approx((weight * covered)[here].sum(), abs=1e-9)
        # far from every station 2.6e-6 of the distance is a few decimetres
        expected = np.average(metres[here], weights=weight[here])
        assert found.by_area.mean_distance_m[at] == pytest.approx(expected, rel=1e-5)
    order = np.argsort(metres)
    passed = np.searchsorted(weight[order].cumsum(), 0.9 * weight.sum())
    assert found.whole.p90_distance_m[reading, instant] == pytest.approx(metres[order][passed], rel=2e-3)
    assert found.whole.covered[reading, instant] == pytest.approx((weight * covered).sum(), abs=1e-9)

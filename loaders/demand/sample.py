"""The sample city's demand and targets on record: made up, and called so."""

from __future__ import annotations

from psycopg import Connection

from geoapi.sample.city import SOURCE
from geoapi.sample.demand import PLANNED_BY, sample_demand, sample_targets
from loaders.demand.districts import finest_codes, read_areas
from loaders.demand.record import Layer, record_layer

MADE_UP = "made up; residents add up to the census of 2020 by district"


def record_sample_demand(conn: Connection) -> None:
    """Both sample layers and the sample's targets, in the caller's transaction; again, it changes nothing.

    Points go to the districts on record. Targets that anyone else has set stay.
    """
    areas = read_areas(conn)
    for made in sample_demand():
        points = made.points
        layer = Layer(
            code=made.code,
            name_zh=made.name_zh,
            name_en=made.name_en,
            unit_zh=made.unit_zh,
            unit_en=made.unit_en,
            as_of=made.as_of,
            source=SOURCE,
            licence=None,
            cell=points.cell,
            lon=points.lon,
            lat=points.lat,
            weight=points.weight,
            codes=finest_codes(points.lon, points.lat, areas),
            method={"form": "sample", "made": MADE_UP},
        )
        record_layer(conn, layer)
    for kind, planned in sample_targets().items():
        conn.cursor().executemany(
            """INSERT INTO target AS t (district_code, kind_id, planned, due, source)
               SELECT %s, k.id, %s, %s, %s FROM kind AS k WHERE k.code = %s
               ON CONFLICT (district_code, kind_id) DO UPDATE
               SET planned = excluded.planned, due = excluded.due WHERE t.source = excluded.source""",
            [(code, count, PLANNED_BY, SOURCE, kind) for code, count in planned.items()],
        )

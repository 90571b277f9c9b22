"""Walking networks on record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from psycopg import sql
from sqlalchemy import Boolean, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from geoapi.coverage.network import WalkNetwork
from geoapi.db.columns import read_columns
from geoapi.db.engine import driver_of
from geoapi.db.tables import network
from geoapi.errors import InvalidInput, UnknownCode, Words
from geoapi.geometry.boxes import Box
from geoapi.queries.near_codes import near_codes

SAMPLE: Final = "sample"


@dataclass(frozen=True, slots=True)
class NetworkRef:
    """A network on record: what answers say of it."""

    id: int
    code: str
    source: str
    as_of: date | None
    fingerprint: str

    @property
    def sample(self) -> bool:
        return self.source == SAMPLE


async def list_networks(conn: AsyncConnection) -> list[Mapping[Any, Any]]:
    """Every network on record, in the order they were first loaded."""
    columns = ("code", "source", "as_of", "nodes", "edges", "islands", "largest_share")
    rows = await conn.execute(select(*(network.c[name] for name in columns)).order_by(network.c.id))
    return list(rows.mappings())


async def list_network_refs(conn: AsyncConnection) -> list[NetworkRef]:
    """The same, as they are read by."""
    columns = (network.c[name] for name in ("id", "code", "source", "as_of", "fingerprint"))
    return [_ref(row) for row in (await conn.execute(select(*columns).order_by(network.c.id))).mappings()]


async def network_for(conn: AsyncConnection, box: Box, code: str | None) -> NetworkRef:
    """The network of a code; without one, that which shares the most ground with a box, real ones before the
    sample's.

    `UnknownCode` names the networks there are; `InvalidInput` when none touches the box.
    """
    envelope = func.ST_MakeEnvelope(box.west, box.south, box.east, box.north, 4326)
    touches = func.ST_Intersects(network.c.bounds, envelope, type_=Boolean)
    shared = func.ST_Area(func.ST_Intersection(network.c.bounds, envelope))
    rows = (
        await conn.execute(
            select(
                network.c.id, network.c.code, network.c.source, network.c.as_of, network.c.fingerprint,
                touches.label("touches"),
            ).order_by(~touches, network.c.source == SAMPLE, shared.desc(), network.c.id)
        )
    ).mappings().all()  # fmt: skip
    if code is not None:
        for row in rows:
            if row["code"] == code and row["touches"]:
                return _ref(row)
            if row["code"] == code:
                raise InvalidInput(
                    Words("这个步行路网不在此处", "this walking network is somewhere else"),
                    field="network",
                    mend=Words("换一个路网，或用 model=straight", "name another, or ask with model=straight"),
                )
        codes = [row["code"] for row in rows]
        raise UnknownCode(
            Words("没有这个步行路网", "there is no such walking network"),
            field="network",
            mend=Words(
                f"可选：{'、'.join(codes)}" if codes else "用 geoapi load-network 导入",
                f"choose from {', '.join(codes)}" if codes else "load one with `geoapi load-network`",
            ),
            near=near_codes(code, codes),
        )
    if not rows or not rows[0]["touches"]:
        raise InvalidInput(
            Words("此处没有步行路网", "no walking network is loaded here"),
            field="model",
            mend=Words(
                "用 geoapi load-network 导入，或用 model=straight",
                "load one with `geoapi load-network`, or ask with model=straight",
            ),
        )
    return _ref(rows[0])


async def read_network(conn: AsyncConnection, ref: NetworkRef) -> WalkNetwork:
    """A network's nodes and edges as arrays."""
    driver = await driver_of(conn)
    nodes = await read_columns(
        driver,
        sql.SQL("SELECT lon, lat FROM network_node WHERE network_id = %(id)s ORDER BY node"),
        {"lon": "float8", "lat": "float8"},
        {"id": ref.id},
    )
    edges = await read_columns(
        driver,
        sql.SQL(
            """SELECT tail, head, length_m, both_ways FROM network_edge WHERE network_id = %(id)s
               ORDER BY tail, head, length_m, both_ways"""
        ),
        {"tail": "int4", "head": "int4", "length_m": "float8", "both_ways": "bool"},
        {"id": ref.id},
    )
    return WalkNetwork(
        nodes["lon"], nodes["lat"], edges["tail"], edges["head"], edges["length_m"], edges["both_ways"]
    )


def _ref(row: Any) -> NetworkRef:
    return NetworkRef(row["id"], row["code"], row["source"], row["as_of"], row["fingerprint"])

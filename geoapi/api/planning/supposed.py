"""What planners suppose: stations added, removed, moved, or open at other hours."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from geoapi.api.parameters import Parameters, PlainText
from geoapi.geometry.datums import Datum, point_to_wgs84
from geoapi.geometry.points import check_point
from geoapi.queries.planning.sites import ROUND_THE_CLOCK
from geoapi.queries.planning.what_if import Added, Changes, Moved, OtherHours

StationId = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,17}$", description="站点编号 · id of a station")]
Hours = Annotated[PlainText, Field(max_length=200, description="开放时间 · hours, as text")]
Coordinate = Annotated[float, Field(allow_inf_nan=False)]


class AddStation(Parameters):
    """A station that is not there, in the datum of `crs`."""

    lon: Coordinate
    lat: Coordinate
    hours: Hours = ROUND_THE_CLOCK


class MoveStation(Parameters):
    """A station somewhere else, in the datum of `crs`."""

    id: StationId
    lon: Coordinate
    lat: Coordinate


class ChangeHours(Parameters):
    """A station with other hours."""

    id: StationId
    hours: Hours


class Supposed(Parameters):
    """Changes, all at once."""

    add: Annotated[list[AddStation], Field(max_length=100_000, description="新增 · add")] = []  # noqa: RUF012
    remove: Annotated[list[StationId], Field(max_length=100_000, description="撤销 · remove")] = []  # noqa: RUF012
    move: Annotated[list[MoveStation], Field(max_length=100_000, description="迁移 · move")] = []  # noqa: RUF012
    change_hours: Annotated[
        list[ChangeHours], Field(max_length=100_000, description="改开放时间 · other hours")
    ] = []  # noqa: RUF012


def changes_of(asked: Supposed, crs: Datum) -> Changes:
    """What is supposed, its places given in a datum. `InvalidPoint` names the one that is no place."""

    def position(lon: float, lat: float, way: str) -> tuple[float, float]:
        check_point(lon, lat, lon_field=f"{way}.lon", lat_field=f"{way}.lat")
        return point_to_wgs84(lon, lat, crs)

    return Changes(
        add=tuple(
            Added(*position(one.lon, one.lat, f"add.{i}"), one.hours) for i, one in enumerate(asked.add)
        ),
        remove=tuple(int(id_) for id_ in asked.remove),
        move=tuple(
            Moved(int(one.id), *position(one.lon, one.lat, f"move.{i}")) for i, one in enumerate(asked.move)
        ),
        hours=tuple(OtherHours(int(one.id), one.hours) for one in asked.change_hours),
    )

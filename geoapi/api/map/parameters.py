"""What tiles take, and the questions made of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import Field

from geoapi.api.dependencies import Service
from geoapi.api.parameters import Codes, DatumField, LangField, Moment, Parameters
from geoapi.api.planning.parameters import Code, MomentParameters, question_of
from geoapi.api.planning.sites import at_most
from geoapi.api.planning.supposed import Supposed, changes_of
from geoapi.geometry.datums import Datum
from geoapi.geometry.web_tiles import WebTile
from geoapi.queries.map.stations import StationsTile
from geoapi.queries.planning.scene import Question
from geoapi.queries.planning.what_if import Changes


class ListParameters(Parameters):
    """In which language."""

    lang: LangField = "zh"


class TileParameters(Parameters):
    """On a map in which datum."""

    crs: Annotated[
        DatumField, Field(description="底图的坐标系 · datum of the map that the tiles are laid on")
    ] = Datum.WGS84
    lang: LangField = "zh"


class StationsTileParameters(TileParameters):
    """Which stations, at what time."""

    kind: Annotated[
        Codes, Field(description="类别，任一即可 · any of these; else all", examples=[["care_station"]])
    ] = []  # noqa: RUF012 - pydantic copies defaults
    amenity: Annotated[
        Codes,
        Field(description="设施，须全部可用 · all of these, in working order", examples=[["microwave"]]),
    ] = []  # noqa: RUF012
    at: Annotated[
        Moment | None,
        Field(description="何时的状态，须带时区，默认现在 · the states when; now when left out"),
    ] = None


class PlanningTileParameters(MomentParameters):
    """A planner's question about one moment."""

    district: Annotated[
        Code,
        Field(max_length=20, description="市、区或街道的代码 · code of a city, district or street",
              examples=["110000"]),
    ]  # fmt: skip


class SupposedTileParameters(PlanningTileParameters, Supposed):
    """The same with changes made to the stations; places in the datum of `crs`, as the map is."""


async def stations_question(asked: StationsTileParameters, tile: WebTile, service: Service) -> StationsTile:
    """The question; `BeyondHorizon` and `UnknownCode` for what cannot be asked."""
    at = asked.at or datetime.now(UTC)
    (await service.window.current()).require(at, at)
    catalog = await service.catalog.current()
    return StationsTile(
        tile,
        at,
        tuple(sorted(set(catalog.kind_ids(asked.kind)))),
        tuple(sorted(set(catalog.amenity_ids(asked.amenity)))),
        asked.crs,
    )


async def planning_question(asked: PlanningTileParameters, service: Service) -> Question:
    """The question at a moment; without `at` the last full quarter of an hour: a map's tiles are to agree."""
    at = asked.at or last_quarter()
    question = await question_of(asked.model_copy(update={"at": at}), asked.district, service)
    return replace(question, code_field="district")


def supposed_changes(asked: SupposedTileParameters, service: Service) -> Changes:
    """What is supposed; `InvalidInput` for a place that is none, and for too many changes."""
    changes = changes_of(asked, asked.crs)
    at_most(len(changes), service.settings.coverage.max_changes, "add")
    return changes


def last_quarter() -> datetime:
    """The last full quarter of an hour."""
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    return now - timedelta(minutes=now.minute % 15)

"""A planner's question, and everything it is worked out from: one state of the data, fetched at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

import numpy as np
from scipy.sparse import csr_array

from geoapi.coverage.inputs import Demand, Floats, Supply
from geoapi.coverage.limit import Limit
from geoapi.coverage.pairs import pairs_within
from geoapi.coverage.straight import StraightModel
from geoapi.coverage.walk import WalkModel
from geoapi.errors import InvalidInput, Words
from geoapi.hours import Calendar
from geoapi.queries.planning.areas import Area
from geoapi.queries.planning.demand import Layer
from geoapi.queries.planning.moments import Moments, one_moment, week_of
from geoapi.queries.planning.networks import NetworkRef
from geoapi.queries.planning.supply import Stations

ModelName = Literal["straight", "walk"]
Model = StraightModel | WalkModel


@dataclass(frozen=True, slots=True)
class Question:
    """What a planner asks, defaults filled in.

    One moment, `at` (None: now), or the whole week that `week_of` lies in; `week_of` None with `week`: the
    present week. `demand` None: the first layer here. `network` None: the one that is here. `code_field` is
    what the request calls the code, for whom it names no district.
    """

    code: str
    kind_ids: tuple[int, ...]
    amenity_ids: tuple[int, ...]
    limit: Limit
    model: ModelName = "straight"
    network: str | None = None
    demand: str | None = None
    at: datetime | None = None
    week: bool = False
    week_of: date | None = None
    code_field: str = "code"

    def moments(self, zone: str) -> Moments:
        """The moments asked about, by the clocks of a zone."""
        now = datetime.now(UTC).replace(microsecond=0)
        if self.week or self.week_of is not None:
            return week_of(self.week_of or now.astimezone(ZoneInfo(zone)).date(), zone)
        return one_moment(self.at or now, zone)


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """What an answer is worked out from.

    `demand_key` names the demand: the same key, the same points. `outside` is the demand that lies
    in no district: points, weight.
    """

    question: Question
    area: Area
    layer: Layer
    demand: Demand
    demand_key: tuple[str, ...]
    outside: tuple[int, float]
    stations: Stations
    moments: Moments
    calendars: Mapping[str, Calendar]
    supply: Supply
    model: Model
    network: NetworkRef | None
    detour_factor: float
    most_pairs: int

    def reach(self, lon: Floats, lat: Floats, to_lon: Floats, to_lat: Floats) -> csr_array:
        """Sparse (points, places): metres walked within the question's limit.

        `InvalidInput` when there are more pairs than memory is set aside for, before any is made.
        """
        limit_m = self.question.limit.metres
        factor = 1.0 if self.network else self.detour_factor
        pairs = pairs_within(lon, lat, to_lon, to_lat, limit_m / factor)
        if pairs > self.most_pairs:
            raise InvalidInput(
                Words(
                    f"此范围内有 {pairs} 对需求点与站点，最多 {self.most_pairs} 对",
                    f"{pairs} pairs of demand and places lie within it, of at most {self.most_pairs}",
                ),
                field="within",
                mend=Words(
                    "缩小步行范围，或问小一些的区（上限为 GEOAPI_MAX_PAIRS）",
                    "ask with a shorter limit or about a smaller district (GEOAPI_MAX_PAIRS is the bound)",
                ),
            )
        return self.model.reach(lon, lat, to_lon, to_lat, limit_m)

    def require_near(self, lon: float, lat: float, field: str) -> None:
        """Nothing, unless a place is so far from the area that it cannot matter to anybody in it."""
        near = self.area.box.beside(self.question.limit.metres)
        if not near.contains(np.array([lon]), np.array([lat])).all():
            raise InvalidInput(
                Words(
                    "离所问的区太远，影响不到任何人", "is too far from the area to matter to anybody in it"
                ),
                field=field,
                mend=Words("检查坐标与 crs，或换一个区", "check the coordinates and `crs`, or the district"),
            )

    def week_around(self) -> Moments:
        """The week that the scene's first moment lies in."""
        if self.moments.week is not None:
            return self.moments
        return week_of(self.moments.local()[0].date(), self.moments.zone)

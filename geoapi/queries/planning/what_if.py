"""What would change if stations were added, removed, moved, or open at other hours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geoapi.coverage.inputs import Ints, Supply
from geoapi.errors import InvalidInput, Words
from geoapi.queries.planning.scene import Scene
from geoapi.queries.planning.sites import hours_of
from geoapi.queries.planning.supply import shared

NOT_THERE_YET: Final = 0
"""The id of stations that are only supposed."""


@dataclass(frozen=True, slots=True)
class Added:
    """A station that is not there, WGS-84."""

    lon: float
    lat: float
    hours: str


@dataclass(frozen=True, slots=True)
class Moved:
    """A station somewhere else, WGS-84."""

    id: int
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class OtherHours:
    """A station with other hours."""

    id: int
    hours: str


@dataclass(frozen=True, slots=True)
class Changes:
    """What is supposed, all at once."""

    add: tuple[Added, ...] = ()
    remove: tuple[int, ...] = ()
    move: tuple[Moved, ...] = ()
    hours: tuple[OtherHours, ...] = ()

    def __len__(self) -> int:
        return len(self.add) + len(self.remove) + len(self.move) + len(self.hours)


def changed(scene: Scene, changes: Changes) -> Supply:
    """The scene's stations as they would be.

    `InvalidInput` names the change that cannot be made: a station that is not among those counted (not
    there, retired, of another kind, without a required amenity), or that is removed and changed at once.
    """
    _once([(f"remove.{i}", id_) for i, id_ in enumerate(changes.remove)])
    _once([(f"move.{i}.id", one.id) for i, one in enumerate(changes.move)])
    _once([(f"change_hours.{i}.id", one.id) for i, one in enumerate(changes.hours)])
    for i, new in enumerate(changes.add):
        scene.require_near(new.lon, new.lat, f"add.{i}")
    for i, moved in enumerate(changes.move):
        scene.require_near(moved.lon, moved.lat, f"move.{i}")
    supply = scene.supply
    place = {station_id: index for index, station_id in enumerate(supply.ids.tolist())}
    gone = {_index(place, id_, f"remove.{i}") for i, id_ in enumerate(changes.remove)}
    lon, lat, pattern = supply.lon.copy(), supply.lat.copy(), supply.pattern.copy()
    rows: list[NDArray[np.uint8]] = list(supply.states)
    known: dict[str, int] = {}
    for i, move in enumerate(changes.move):
        index = _index(place, move.id, f"move.{i}.id", gone)
        lon[index], lat[index] = move.lon, move.lat
    for i, other in enumerate(changes.hours):
        index = _index(place, other.id, f"change_hours.{i}.id", gone)
        pattern[index] = _row(other.hours, f"change_hours.{i}.hours", scene, rows, known)
    added = [_row(new.hours, f"add.{i}.hours", scene, rows, known) for i, new in enumerate(changes.add)]
    stays = np.ones(len(supply), dtype=bool)
    stays[list(gone)] = False
    every = _joined(
        replace(supply, lon=lon, lat=lat, pattern=pattern, states=np.array(rows)).only(stays),
        changes.add,
        added,
    )
    row, states = shared(every.states, every.pattern)
    return replace(every, pattern=row, states=states)


def _once(ids: Sequence[tuple[str, int]]) -> None:
    """Nothing, unless a station occurs twice: which of two changes to believe cannot be told."""
    seen: set[int] = set()
    for field, station_id in ids:
        if station_id in seen:
            raise InvalidInput(
                Words(f"站点 {station_id} 出现两次", f"station {station_id} occurs twice"),
                field=field,
                mend=Words("每个站点只写一次", "name each station once"),
            )
        seen.add(station_id)


def _joined(supply: Supply, new: Sequence[Added], rows: list[int]) -> Supply:
    def longer(values: NDArray[np.float64], more: list[float]) -> NDArray[np.float64]:
        return np.concatenate([values, np.array(more, dtype=np.float64)])

    def longer_ints(values: Ints, more: list[int]) -> Ints:
        return np.concatenate([values, np.array(more, dtype=np.int64)])

    return Supply(
        longer_ints(supply.ids, [NOT_THERE_YET] * len(new)),
        longer(supply.lon, [one.lon for one in new]),
        longer(supply.lat, [one.lat for one in new]),
        longer_ints(supply.pattern, rows),
        supply.states,
    )


def _row(text: str, field: str, scene: Scene, rows: list[NDArray[np.uint8]], known: dict[str, int]) -> int:
    if text not in known:
        known[text] = len(rows)
        rows.append(hours_of(text, scene, field=field))
    return known[text]


def _index(place: dict[int, int], station_id: int, field: str, gone: set[int] | None = None) -> int:
    index = place.get(station_id)
    if index is None:
        raise InvalidInput(
            Words(
                f"站点 {station_id} 不在所计算的站点中",
                f"station {station_id} is not among the stations that are counted",
            ),
            field=field,
            mend=Words(
                "检查编号，以及 kind 与 amenity 的条件", "check the id, and what kind and amenity ask for"
            ),
        )
    if gone is not None and index in gone:
        raise InvalidInput(
            Words(f"站点 {station_id} 同时被撤销", f"station {station_id} is removed, too"),
            field=field,
            mend=Words("撤销与更改选其一", "either remove it or change it"),
        )
    return index

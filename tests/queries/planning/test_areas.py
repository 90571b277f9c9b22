"""Areas: their parts, which part each finest district belongs to, and whether a boundary has changed."""

from __future__ import annotations

from typing import Any

import pytest
import shapely

from geoapi.errors import NotFound
from geoapi.queries.planning.areas import Area, read_area, read_polygons
from tests.queries.conftest import World
from tests.queries.planning.conftest import BOXES, ask


def area(world: World, code: str) -> Area:
    return ask(world.url, lambda conn: read_area(conn, code))


@pytest.mark.parametrize(
    ("code", "parts", "belongs"),
    [
        ("city", "east west city", {"east": "east s1 s2", "west": "west", "city": "city"}),
        ("east", "s1 s2 east", {"s1": "s1", "s2": "s2", "east": "east"}),
        ("west", "west", {"west": "west"}),
        ("s2", "s2", {"s2": "s2"}),
    ],
)
def test_parts_are_the_districts_directly_inside_and_the_rest(
    town: World, code: str, parts: str, belongs: dict[str, str]
) -> None:
    found = area(town, code)
    assert found.itself.code == code
    assert [part.code for part in found.parts] == parts.split()
    assert {inner: found.parts[index].code for inner, index in found.part_of.items()} == {
        inner: part for part, all_inside in belongs.items() for inner in all_inside.split()
    }


@pytest.mark.parametrize(("code", "rest"), [("city", True), ("east", True), ("west", False), ("s2", False)])
def test_the_rest_has_words_of_its_own(town: World, code: str, rest: bool) -> None:
    found = area(town, code)
    *inner, last = found.parts
    assert (last.code, last.rest, last.name_zh) == (code, rest, f"{code}（其余）" if rest else code)
    assert last.name_en == (f"{code} (elsewhere)" if rest else code)
    assert not any(part.rest for part in (*inner, found.itself))
    assert found.itself.name_zh == code


def test_an_area_without_an_english_name_has_none_elsewhere(town: World) -> None:
    town.conn.execute("UPDATE district SET name_en = NULL WHERE code = 'east'")
    town.conn.commit()
    assert area(town, "east").parts[-1].name_en is None


@pytest.mark.parametrize(("code", "level"), [(row[0], row[2]) for row in BOXES])
def test_an_area_has_its_own_box_and_its_citys_latitude(town: World, code: str, level: str) -> None:
    found = area(town, code)
    assert found.box == next(row[3:] for row in BOXES if row[0] == code)
    assert found.city_lat == pytest.approx(40.1)
    assert (found.itself.level, found.itself.name_zh, found.itself.name_en) == (level, code, code)


def test_polygons_come_in_the_order_asked_for(town: World) -> None:
    codes = ["s2", "city", "west"]
    shapes = ask(town.url, lambda conn: read_polygons(conn, codes))
    boxes: dict[str, Any] = {row[0]: row[3:] for row in BOXES}
    assert [shape.equals(shapely.box(*boxes[code])) for code, shape in zip(codes, shapes, strict=True)] == [
        True
    ] * 3
    assert ask(town.url, lambda conn: read_polygons(conn, [])) == []


@pytest.mark.parametrize("code", ["wset", "eas"])
def test_a_code_that_is_not_there_names_those_near(town: World, code: str) -> None:
    with pytest.raises(NotFound) as refused:
        area(town, code)
    assert {"wset": "west", "eas": "east"}[code] in str(refused.value.mend)


def test_no_districts_at_all_is_a_problem_with_words(world: World) -> None:
    with pytest.raises(NotFound) as refused:
        area(world, "110000")
    assert refused.value.mend


@pytest.mark.parametrize(
    "change",
    [
        """UPDATE district SET geom = ST_Multi(ST_MakeEnvelope(116.0, 40.0, 116.2, 40.2, 4326)),
             updated_at = now() WHERE code = 'west'""",
        "DELETE FROM district WHERE code = 's2'",
        """INSERT INTO district (code, parent_code, level, name_zh, geom, source) VALUES ('s3', 'west',
             'street', '三', ST_Multi(ST_MakeEnvelope(116.0, 40.0, 116.1, 40.1, 4326)), 'test')""",
    ],
)
def test_every_boundary_that_changes_is_another_version(town: World, change: str) -> None:
    before = area(town, "east").version
    assert area(town, "east").version == before
    town.conn.execute(change)
    assert area(town, "east").version == before, "not before it is committed"
    town.conn.commit()
    assert area(town, "east").version != before

"""`geoapi nearest --json` is the API's own answer; mistakes are lines that name the field."""

from __future__ import annotations

import json

import psycopg
import pytest

from tests.commands.conftest import Geoapi
from tests.queries.conftest import World


def test_the_answer_is_the_apis_own(geoapi: Geoapi, db_url: str) -> None:
    with psycopg.connect(db_url) as conn:
        world = World(db_url, conn)
        world.add(116.4, 39.9, "24/7", name_zh="不打烊驿站")
        world.add(116.4001, 39.9, None, name_zh="不知道驿站")
        world.ready()
    done = geoapi("nearest", "--lon", "116.4", "--lat", "39.9", "--kind", "care_station", "--json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert [s["name"] for s in answer["stations"]] == ["不打烊驿站"]
    assert [s["name"] for s in answer["unknown_hours"]] == ["不知道驿站"]
    assert answer["query"]["kind"] == ["care_station"]
    shown = geoapi("nearest", "--lon", "116.4", "--lat", "39.9").stdout
    assert "不打烊驿站" in shown


def test_a_mistake_names_the_field_and_the_mend(geoapi: Geoapi) -> None:
    done = geoapi("nearest", "--lon", "39.9", "--lat", "116.4", "--lang", "en")
    assert done.returncode == 1
    assert done.stdout == ""
    assert "lat:" in done.stderr
    assert "other way round" in done.stderr


def test_a_setting_that_cannot_be_used_is_one_line(geoapi: Geoapi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEOAPI_POOL_SIZE", "many")
    done = geoapi("refresh")
    assert done.returncode == 2
    assert done.stderr.startswith("GEOAPI_POOL_SIZE: ")
    assert len(done.stderr.strip().splitlines()) == 1


def test_whatever_the_hours_says_the_state_of_each(geoapi: Geoapi, db_url: str) -> None:
    with psycopg.connect(db_url) as conn:
        world = World(db_url, conn)
        world.add(116.4001, 39.9, None, name_zh="不知道驿站")
        world.ready()
    shown = geoapi("nearest", "--lon", "116.4", "--lat", "39.9", "--open", "any").stdout
    assert "不论开放与否" in shown
    line = next(line for line in shown.splitlines() if "不知道驿站" in line)
    assert "不确定" in line

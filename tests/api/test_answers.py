"""Real answers of every operation, held against the shapes that the document promises."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from pydantic import BaseModel

from geoapi.api import answers
from geoapi.api.health import Health, Readiness
from tests.api.conftest import Running

HERE = "lon=116.4099&lat=39.91"
# put in when asked: workers that share the tests must name them alike
NIGHT = (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%dT19:00:00Z")
ANSWERS: tuple[tuple[str, type[BaseModel]], ...] = (
    (f"/v1/stations/nearest?{HERE}&at=NIGHT", answers.Nearest),
    (f"/v1/stations/nearest?{HERE}&at=NIGHT&open=any&crs=bd09", answers.Nearest),
    (f"/v1/stations/nearest?{HERE}&at=NIGHT&kind=psych_point&lang=en", answers.Nearest),
    ("/v1/stations/nearest?lon=0&lat=0", answers.Nearest),
    ("/v1/stations", answers.StationPage),
    ("/v1/stations?limit=1&lang=en&crs=gcj02", answers.StationPage),
    ("/v1/stations?updated_since=2020-01-01T00:00:00Z", answers.StationPage),
    ("/v1/stations?bbox=0,0,1,1", answers.StationPage),
    *((f"/v1/stations/{n}", answers.Station) for n in range(1, 7)),
    *((f"/v1/stations/{n}/hours", answers.StationHours) for n in range(1, 7)),
    ("/v1/stations/5/hours?from=2026-09-25T00:00:00Z&to=2026-10-15T00:00:00Z", answers.StationHours),
    ("/v1/kinds", answers.KindList),
    ("/v1/amenities?lang=en", answers.AmenityList),
    ("/v1/districts", answers.DistrictList),
    ("/v1/districts/110000", answers.DistrictDetail),
    ("/v1/districts/110101?crs=gcj02&lang=en", answers.DistrictDetail),
    ("/healthz", Health),
    ("/readyz", Readiness),
)
PROBLEMS = (
    "/v1/nothing", "/v1/stations/nearest", "/v1/stations/nearest?lon=39.9&lat=116.4", "/v1/stations/999",
    "/v1/stations?kind=care", "/v1/stations/nearest?lon=1&lat=1&at=2050-01-01T00:00:00Z",
)  # fmt: skip


def every_field_is_said(shape: Any, model: type[BaseModel]) -> None:
    """What a model has a default for is sent all the same: a client need not guess."""
    for name, field in model.model_fields.items():
        assert (field.alias or name) in shape


@pytest.mark.parametrize(("path", "model"), ANSWERS, ids=lambda value: str(value)[:60])
def test_an_answer_is_of_its_shape(service: Running, path: str, model: type[BaseModel]) -> None:
    response = service.client.get(path.replace("NIGHT", NIGHT))
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/json"
    model.model_validate_json(response.content, strict=False)
    every_field_is_said(response.json(), model)


@pytest.mark.parametrize("path", PROBLEMS)
def test_a_problem_is_of_its_shape(service: Running, path: str) -> None:
    response = service.client.get(path)
    problem = answers.Problem.model_validate_json(response.content)
    assert problem.status == response.status_code >= 400
    assert problem.errors


def offsets(value: Any) -> list[str]:
    """Every text in an answer that is a time."""
    if isinstance(value, dict):
        return [found for key, one in value.items() if key != "query" for found in offsets(one)]
    if isinstance(value, list):
        return [found for one in value for found in offsets(one)]
    is_time = isinstance(value, str) and len(value) > 18 and value[10:11] == "T"
    return [value] if is_time else []


@pytest.mark.parametrize(("path", "model"), [pair for pair in ANSWERS if "/v1/stations" in pair[0]], ids=str)
def test_times_are_of_the_stations_clocks(service: Running, path: str, model: type[BaseModel]) -> None:
    for time in offsets(service.client.get(path.replace("NIGHT", NIGHT)).json()):
        assert time.endswith("+08:00"), time


def test_no_cache_keeps_an_answer_about_a_position(service: Running) -> None:
    got: httpx.Response = service.client.get(f"/v1/stations/nearest?{HERE}")
    assert got.headers["cache-control"] == "no-store"
    posted = service.post("/v1/stations/nearest", {"lon": 116.4, "lat": 39.9})
    assert posted.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("hour", [0, 1, 6, 9, 13, 20, 22])
def test_nearest_and_the_station_itself_agree(service: Running, hour: int) -> None:
    """Two ways to the same state: the intervals worked out ahead, and the rules read anew."""
    now = datetime.now(UTC).replace(minute=30, second=0, microsecond=0)
    for day in (0, 1, 5, 6):
        at = (now + timedelta(days=day)).replace(hour=hour).isoformat()
        near = service.get("/v1/stations/nearest", lon=116.4, lat=39.91, open="any", at=at, radius_m=20_000)
        assert len(near.json()["stations"]) == 5
        for station in near.json()["stations"]:
            itself = service.get(f"/v1/stations/{station['id']}", at=at).json()
            told = itself["now"]
            assert (told["open_state"], told["open_reason"]) == (
                station["open_state"],
                station["open_reason"],
            )
            if told["open_state"] == "open":
                assert told["changes_at"] == station["closes_at"], (at, station["name"])
            for key in ("name", "location", "amenities", "out_of_order", "version", "district"):
                assert itself[key] == station[key]

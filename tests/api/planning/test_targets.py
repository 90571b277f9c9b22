"""What is planned, what is there, and what is missing."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from tests.api.planning.conftest import NIGHT, NOON, Planning

CITY = "/v1/districts/110000/targets"


@pytest.fixture(scope="module", autouse=True)
def plans(planning: Planning) -> None:
    with psycopg.connect(planning.database_url) as conn:
        conn.execute(
            """INSERT INTO target (district_code, kind_id, planned, due, source) VALUES
               ('110101', 1, 5, '2027-12-31', 'plan'), ('110102', 1, 1, NULL, 'plan'),
               ('110101', 3, 1, NULL, 'plan')"""
        )


def of(found: dict[str, Any], code: str, kind: str) -> dict[str, Any]:
    (item,) = [i for i in found["items"] if (i["district"]["code"], i["kind"]) == (code, kind)]
    return item


def test_planned_existing_open_and_missing(planning: Planning) -> None:
    found = planning.ask(CITY, at=NIGHT, lang="en")
    east = of(found, "110101", "care_station")
    assert east == {
        "district": {"code": "110101", "name": "Dongcheng"}, "rest": False, "kind": "care_station",
        "planned": 5, "existing": 3, "verified_last_year": 0, "open": 2, "unknown": 1, "missing": 2,
        "due": "2027-12-31", "source": "plan",
    }  # fmt: skip
    assert of(found, "110102", "care_station")["open"] == 0
    assert of(planning.ask(CITY, at=NOON), "110102", "care_station")["open"] == 1


def test_no_target_is_none_not_zero(planning: Planning) -> None:
    item = of(planning.ask(CITY, at=NIGHT), "110101", "psych_point")
    assert (item["planned"], item["missing"], item["existing"]) == (None, None, 0)


def test_totals_are_sums(planning: Planning) -> None:
    found = planning.ask(CITY, at=NIGHT, kind="care_station")
    (total,) = found["total"]
    assert (total["planned"], total["existing"], total["missing"]) == (6, 4, 2)
    assert {item["kind"] for item in found["items"]} == {"care_station"}


def test_unknown_district_and_time_are_named(planning: Planning) -> None:
    assert planning.refused(404, "/v1/districts/1/targets")["field"] == "code"
    assert planning.refused(422, CITY, at="2098-01-01T00:00:00Z")["field"] == "at"

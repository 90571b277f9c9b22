"""What would change: before, after and the difference, in every district and hour."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.planning.conftest import NIGHT, Planning, people_within

PATH = "/v1/coverage/what-if"
ASKED = {"code": "110000", "at": NIGHT, "kind": ["care_station"], "within": "800m"}


def covered(planning: Planning, **changes: Any) -> float:
    found = planning.tell(PATH, {**ASKED, **changes})
    before, after = (found[name]["unknown_closed"]["covered"] for name in ("before", "after"))
    assert before == people_within(116.410, 116.450)
    assert found["difference"]["unknown_closed"]["covered"] == after - before
    assert sum(one["unknown_closed"]["covered"] for one in found["districts"]) == after - before
    return float(after)


def test_one_more_station(planning: Planning) -> None:
    add = [{"lon": 116.385, "lat": 39.91}]
    assert covered(planning, add=add) == people_within(116.385, 116.410, 116.450)


def test_one_more_that_is_closed_at_night_changes_nothing(planning: Planning) -> None:
    add = [{"lon": 116.385, "lat": 39.91, "hours": "9:00-20:00"}]
    assert covered(planning, add=add) == people_within(116.410, 116.450)


def test_one_fewer(planning: Planning) -> None:
    assert covered(planning, remove=[str(planning.ids["always"])]) == people_within(116.410)


def test_one_moved(planning: Planning) -> None:
    move = [{"id": str(planning.ids["always"]), "lon": 116.385, "lat": 39.91}]
    assert covered(planning, move=move) == people_within(116.385, 116.410)


def test_other_hours(planning: Planning) -> None:
    hours = [{"id": str(planning.ids["day"]), "hours": "24小时"}]
    assert covered(planning, change_hours=hours) == people_within(116.390, 116.410, 116.450)


def test_all_at_once_moved_and_open_longer(planning: Planning) -> None:
    day = str(planning.ids["day"])
    changes = {
        "add": [{"lon": 116.475, "lat": 39.91}],
        "remove": [str(planning.ids["night"])],
        "move": [{"id": day, "lon": 116.420, "lat": 39.91}],
        "change_hours": [{"id": day, "hours": "每天 0:00-24:00"}],
    }
    assert covered(planning, **changes) == people_within(116.420, 116.450, 116.475)


def test_the_last_of_what_is_known_may_go(planning: Planning) -> None:
    gone = [str(planning.ids[name]) for name in ("day", "night", "always", "nobody knows")]
    found = planning.tell(PATH, {**ASKED, "remove": gone})
    assert found["after"]["unknown_open"]["covered"] == 0
    assert found["after"]["unknown_closed"]["mean_distance_m"] is None
    assert found["difference"]["unknown_closed"]["mean_distance_m"] is None


def test_a_week_differs_hour_by_hour(planning: Planning) -> None:
    asked = {key: value for key, value in ASKED.items() if key != "at"}
    hours = [{"id": str(planning.ids["day"]), "hours": "每天 9:00-22:00"}]
    found = planning.tell(PATH, {**asked, "week_of": "2026-11-25", "change_hours": hours})
    gain = found["difference"]["unknown_closed"]["covered"]
    evening = people_within(116.390, 116.450) - people_within(116.450)
    assert gain == [evening if hour % 24 in (20, 21) else 0 for hour in range(168)]
    assert found["after"]["mean"]["unknown_closed"] > found["before"]["mean"]["unknown_closed"]


def test_nothing_is_changed_for_real(planning: Planning) -> None:
    coverage = "/v1/districts/110000/coverage"
    asked = {"at": NIGHT, "within": "800m"}
    before = planning.ask(coverage, **asked)
    planning.tell(PATH, {**ASKED, "remove": [str(planning.ids["always"])]})
    assert planning.ask(coverage, **asked)["unknown_closed"] == before["unknown_closed"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({}, "add"),
        ({"add": [{"lon": 116.4, "lat": 39.9}] * 51}, "add"),
        ({"add": [{"lon": 116.4, "lat": 39.9}] * 10_000}, "add"),
        ({"add": [{"lon": 39.9, "lat": 116.4}]}, "add.0.lat"),
        ({"add": [{"lon": 116.4}]}, "add.0.lat"),
        ({"add": [{"lon": 116.4, "lat": 39.9, "hours": "有空就开"}]}, "add.0.hours"),
        ({"add": [{"lon": 116.4, "lat": 39.9, "kind": "care_station"}]}, "add.0.kind"),
        ({"remove": ["999"]}, "remove.0"),
        ({"remove": ["x"]}, "remove.0"),
        ({"remove": ["5"]}, "remove.0"),
        ({"move": [{"id": "999", "lon": 116.4, "lat": 39.9}]}, "move.0.id"),
        ({"remove": ["1"], "move": [{"id": "1", "lon": 116.4, "lat": 39.9}]}, "move.0.id"),
        ({"change_hours": [{"id": "1", "hours": "周八"}]}, "change_hours.0.hours"),
        ({"remove": ["1", "1"]}, "remove.1"),
        (
            {"change_hours": [{"id": "1", "hours": "24/7"}, {"id": "1", "hours": "Mo off"}]},
            "change_hours.1.id",
        ),
        ({"add": [{"lon": -51.2, "lat": -30.0}]}, "add.0"),
        ({"move": [{"id": "1", "lon": -51.2, "lat": -30.0}]}, "move.0"),
        ({"add": [{"lon": 116.4, "lat": 39.9, "hours": "9:00-12:00\u001b[31m"}]}, "add.0.hours"),
    ],
)
def test_a_change_that_cannot_be_made_is_named(
    planning: Planning, changes: dict[str, Any], field: str
) -> None:
    problem = planning.refused(422, PATH, {**ASKED, **changes})
    assert problem["field"] == field
    assert problem["mend"]


def test_a_body_too_large_is_refused(planning: Planning) -> None:
    assert planning.client.post(PATH, json={**ASKED, "remove": ["1" * 17] * 300_000}).status_code == 413

"""Somebody else was first: what is, and field by field what was, is and was wanted."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.managing.conftest import Union

STATION = "朝内暖心驿站"


def path(union: Union) -> str:
    return f"/v1/stations/{union.stations[STATION]}"


def test_the_difference_field_by_field(union: Union) -> None:
    one, other = union.as_("manager"), union.as_("district_admin")
    based_on = union.version(STATION)
    # the administrator corrects telephone, hours and address while the manager looks at the form
    theirs = {"phone": "010-1111", "hours": {"text": "每天 8:00-20:00"}, "address": "朝内大街 2 号"}
    assert other.patch(path(union), theirs, version=based_on).status_code == 200
    assert other.patch(path(union), {"address": "朝内大街 3 号"}, version=based_on + 1).status_code == 200
    yours = {
        "phone": "010-2222", "hours": {"text": "每天 8:00-20:00"}, "description": "有坡道", "name": STATION,
    }  # fmt: skip
    answer = one.patch(path(union), yours, version=based_on)
    assert answer.status_code == 412, answer.text
    assert answer.headers["ETag"] == f'"{based_on + 2}"'
    body = answer.json()
    current = one.get(f"/v1/manage/stations/{union.stations[STATION]}").json()
    assert body["current"] == current
    found: dict[str, dict[str, Any]] = {entry["field"]: entry for entry in body["difference"]}
    assert {field: entry["status"] for field, entry in found.items()} == {
        "phone": "both", "hours": "same", "address": "theirs", "description": "yours", "name": "same",
    }  # fmt: skip
    assert found["phone"] == {
        "field": "phone", "label": {"zh": "电话", "en": "telephone"}, "status": "both", "before": None,
        "now": "010-1111", "yours": "010-2222", "changed_by": "赵静",
        "changed_at": found["phone"]["changed_at"],
    }  # fmt: skip
    assert found["hours"]["before"]["text"] == "每天 9:00-20:00"
    assert found["hours"]["yours"]["week"] == [["08:00-20:00"]] * 7
    assert (found["address"]["now"], found["address"]["yours"]) == ("朝内大街 3 号", None)
    # by whom, and when: of the last of several changes
    assert found["address"]["changed_at"] > found["phone"]["changed_at"]
    assert found["address"]["changed_at"].endswith("+08:00")
    assert found["description"]["changed_by"] is None
    # nothing was changed; with the new version it is
    assert union.version(STATION) == based_on + 2
    assert one.patch(path(union), yours, version=answer.headers["ETag"]).status_code == 200


def test_a_closure_in_between_is_told(union: Union) -> None:
    based_on = union.version(STATION)
    union.sql(
        """INSERT INTO hours_exception (station_id, during, state, note_zh)
           VALUES (%s, tstzrange(now(), now() + interval '1 hour'), 'closed', '停电')""",
        union.stations[STATION],
    )
    union.sql(
        "INSERT INTO amenity_outage (station_id, amenity_id, during) VALUES (%s, 3, tstzrange(now(), NULL))",
        union.stations[STATION],
    )
    answer = union.as_("manager").patch(path(union), {"phone": "010-3333"}, version=based_on)
    assert answer.status_code == 412
    entries = {entry["field"].partition(":")[0]: entry for entry in answer.json()["difference"]}
    assert entries.keys() == {"phone", "exception", "outage"}
    assert entries["outage"]["now"]["amenity"] == "microwave"
    assert (entries["phone"]["status"], entries["exception"]["status"]) == ("yours", "theirs")
    assert entries["exception"]["now"]["note_zh"] == "停电"


@pytest.mark.parametrize("version", [999, 0])
def test_a_version_that_never_was(union: Union, version: int) -> None:
    answer = union.as_("manager").patch(path(union), {"phone": "010-4444"}, version=version)
    assert answer.status_code == 412
    (phone,) = [entry for entry in answer.json()["difference"] if entry["field"] == "phone"]
    assert (phone["status"], phone["before"]) == ("both", None)


def test_what_is_refused_anyway_is_told_as_stale_first(union: Union) -> None:
    answer = union.as_("manager").patch(path(union), {"phone": "找王主任", "amenities": ["nix"]}, version=1)
    assert answer.status_code == 412
    assert union.sql("SELECT 1 FROM revision WHERE station_id = %s AND after ->> 'phone' = '找王主任'",
                     union.stations[STATION]) == []  # fmt: skip


def test_ones_own_change_back_is_theirs(union: Union) -> None:
    """Whoever asks for what it was when they looked has not changed that field."""
    version = union.version(STATION)
    before = union.as_("manager").get(path(union)).json()["phone"]
    assert (
        union.as_("city_admin").patch(path(union), {"phone": "010-9999"}, version=version).status_code == 200
    )
    answer = union.as_("manager").patch(path(union), {"phone": before}, version=version)
    (entry,) = answer.json()["difference"]
    assert (entry["status"], entry["now"], entry["changed_by"]) == ("theirs", "010-9999", "孙丽")

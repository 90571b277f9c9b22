"""What is not a manager's to change is refused by name, wherever it is sent."""

from __future__ import annotations

from typing import Any

import pytest

from geoapi.api.editing.shapes import DetailsBody, PatchBody
from geoapi.db.tables import station
from geoapi.editing.fields import EDITABLE
from tests.api.managing.conftest import Union

STATION = "东四暖心驿站"
# an answer's name that is also what an edit calls it
EDITED = {field.name for field in EDITABLE}


def refused(union: Union) -> dict[str, Any]:
    """Every field of an answer and every column of the table that no edit may name, each with a value."""
    public = union.as_(None).get(f"/v1/stations/{union.stations[STATION]}").json()
    managed = union.as_("manager").get(f"/v1/manage/stations/{union.stations[STATION]}").json()
    columns = {column.name: 1 for column in station.c}
    more = {"account_id": 1, "role": "city_admin", "lang": "en", "path": [1], "lon": 116.4, "lat": 39.9}
    found = {**columns, **more, **managed, **public}
    return {name: value for name, value in found.items() if name not in EDITED}


def test_an_edit_takes_what_is_editable_and_no_more() -> None:
    assert set(DetailsBody.model_fields) == EDITED
    assert set(PatchBody.model_fields) == EDITED | {"reason", "effective_on"}


@pytest.mark.parametrize("way", ["PATCH", "confirm"])
def test_nothing_else_is_taken(union: Union, way: str) -> None:
    manager, path = union.as_("manager"), f"/v1/stations/{union.stations[STATION]}"
    state = "SELECT md5(string_agg(s::text, '|' ORDER BY id)) FROM station AS s"
    before = union.sql(state)
    names = refused(union)
    assert {"id", "version", "kind", "kind_id", "organisation_id", "retired_at", "verified_at", "search",
            "hours_rules", "name_zh", "geog", "source", "district"} <= names.keys()  # fmt: skip
    for name, value in names.items():
        if way == "PATCH":
            answer = manager.patch(
                path, {"phone": "010-1234567", name: value}, version=union.version(STATION)
            )
        else:
            answer = manager.post(f"{path}/confirm", {name: value})
        assert answer.status_code == 422, (name, answer.text)
        assert name in [entry["field"] for entry in answer.json()["errors"]]
    assert union.sql(state) == before


def test_nor_within_its_parts(union: Union) -> None:
    manager, path = union.as_("manager"), f"/v1/stations/{union.stations[STATION]}"
    for body in (
        {"hours": {"text": "24小时", "rules": {}}},
        {"hours": {"text": "24小时", "certainty": "full"}},
        {"location": {"lon": 116.41, "lat": 39.91, "district_code": "110102"}},
    ):
        assert manager.patch(path, body, version=union.version(STATION)).status_code == 422

"""Who may do what to which: every operation, for everybody, about what is theirs, others' and nowhere.

`matrix.txt` says what is to be answered; `asks.py` how each is asked. A refused request leaves every row of
every table as it was.
"""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.api.documented import examples
from tests.api.managing.asks import ASKS, Scene
from tests.api.managing.conftest import Client
from tests.api.managing.matrix import COLUMNS, EVERYBODYS, FILE, GUARDED, MATRIX, READING


@pytest.fixture(scope="module")
def document(scene: Scene) -> dict[str, Any]:
    answer: dict[str, Any] = scene.union.client.get("/openapi.json").json()
    return answer


def test_every_operation_stands_in_the_file_and_no_other(document: dict[str, Any]) -> None:
    documented = {
        f"{method.upper()} {path}" for path, methods in document["paths"].items() for method in methods
    }
    assert documented - set(MATRIX) == set(), "not in matrix.txt"
    assert set(MATRIX) - documented == set(), "in matrix.txt, but no operation"
    assert set(GUARDED) - set(ASKS) == set(), "nobody knows how to ask"
    for operation, rows in GUARDED.items():
        of = [row.of for row in rows]
        assert len(of) == len(set(of))
        if "{" in operation:
            assert set(of) == {"own", "others", "missing"}, operation


@pytest.mark.parametrize("operation", GUARDED)
def test_it_answers_as_the_file_says(scene: Scene, document: dict[str, Any], operation: str) -> None:
    method, path = operation.split()
    documented = document["paths"][path][method.lower()]["responses"]
    cells = [(row.of, who, status) for row in GUARDED[operation] for who, status in row.cells.items()]
    wrong = []
    # what is refused, of everybody, changes nothing
    refused = [(*cell, scene.request(operation, *cell[:2])) for cell in cells if cell[2] >= 400]
    before = scene.things.digest()
    for of, who, status, request in refused:
        response = request()
        if response.status_code != status:
            wrong.append((of, who, status, response.status_code, response.text[:200]))
        assert str(status) in documented, f"{status} is not documented"
        if status == 401:
            assert response.headers["www-authenticate"].startswith("Bearer")
    after = scene.things.digest()
    changed = [name for name in before if before[name] != after[name]]
    # what is accepted, each about something of its own
    for of, who, status in cells:
        if status < 400:
            request = scene.request(operation, of, who)
            before = scene.things.digest()
            response = request()
            # otherwise that refusals change nothing would say little
            assert (before != scene.things.digest()) == (operation not in READING), (of, who)
            if response.status_code != status:
                wrong.append((of, who, status, response.status_code, response.text[:200]))
            assert str(status) in documented, f"{status} is not documented"
    assert not wrong, "\n".join(map(str, wrong))
    assert not changed


@pytest.mark.parametrize("operation", EVERYBODYS)
def test_what_is_public_does_not_mind_who_asks(
    scene: Scene, document: dict[str, Any], operation: str
) -> None:
    for who in ("nobody", "other_manager", "disabled", "expired"):
        if operation in ASKS:
            response = scene.request(operation, "own", who)()
        else:
            _, method, path, query, body = next(one for one in examples(document) if one[0] == operation)
            headers = {} if who == "nobody" else {"Authorization": f"Bearer {scene.token(who)}"}
            response = scene.union.client.request(method, path, params=query, json=body, headers=headers)
        assert response.status_code == EVERYBODYS[operation], (who, response.text)


LISTS = [name for name in GUARDED if name.startswith("GET /v1/manage/") and "{" not in name]


@pytest.mark.parametrize("operation", LISTS)
def test_lists_show_nothing_of_others(scene: Scene, operation: str) -> None:
    """Whatever there is of 东四, neither 西单's manager nor 西城's administrator is told of it."""
    scene.calm()
    things = scene.things
    mark = "只属于东四"
    station = scene.station("own")
    things.sql("UPDATE station SET name_zh = %s, name_en = %s WHERE id = %s", mark, mark, station)
    things.sql("UPDATE station_report SET note = %s WHERE id = %s", mark, things.report(station))
    things.move(station, scene.manager("own"))
    things.conflict(station)
    things.planned(station, scene.manager("own"))
    things.duplicate(station, scene.station("own"))
    things.sql("UPDATE account SET name = %s WHERE id = %s", mark, scene.account("own"))
    street = things.organisation(scene.street("own"))
    things.sql("UPDATE organisation SET name_zh = %s WHERE id = %s", mark, street)
    things.sql("UPDATE invitation SET name = %s WHERE id = %s", mark, things.invitation(street)[0])
    things.sql("UPDATE hours_override SET name_zh = %s WHERE id = %s", mark, scene.override("own"))
    row, source = things.waiting(116.6, 39.8, "110101")
    things.sql("UPDATE quarantine SET detail = %s WHERE id = %s", mark, row)
    things.sql("UPDATE load_batch SET file_name = %s WHERE source = %s", mark, source)
    things.add("event", action="sign_in", actor=mark, organisation_id=street)
    told = {
        who: Client(scene.union.client, scene.token(who)).get(operation.split()[1], limit=200).text
        for who in ("city_admin", "other_manager", "other_district_admin")
    }
    assert [who for who, text in told.items() if mark in text] == ["city_admin"]


def test_the_file_lines_up() -> None:
    """It is there to be read: each status stands under whom it is for."""
    lines = FILE.read_text(encoding="utf-8").splitlines()
    heads = [line for line in lines if line.startswith("# operation")]
    assert len(set(heads)) == 1
    begins = [one.start() for one in re.finditer(r"\S+", heads[0])][1:]
    assert heads[0].split()[3:] == list(COLUMNS)
    for line in lines:
        if line and not line.startswith("#"):
            row = line.partition("#")[0].rstrip()
            stand = [one.start() for one in re.finditer(r"\S+", row) if one.start() >= begins[1]]
            assert stand == begins[1 : 1 + len(stand)], line

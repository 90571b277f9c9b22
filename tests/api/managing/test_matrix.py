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

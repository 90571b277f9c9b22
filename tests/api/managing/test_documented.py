"""What changes something, as the OpenAPI document describes it: asked by somebody who may do everything.

On a database of its own; `tests/api/test_openapi.py` does the same for questions.
"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode

from tests.api.documented import examples
from tests.api.managing.asks import ASKS, Scene, in_days
from tests.api.managing.matrix import EVERYBODYS, GUARDED
from tests.api.test_openapi import CHECKS

ASKED = sorted(set(GUARDED) | (set(EVERYBODYS) & set(ASKS)))
# tokens and passwords that are nobody's, and a provider that is not there
ANSWERED_WITH = {
    "POST /v1/auth/sign-in": 401,
    "POST /v1/auth/password": 422,
    "POST /v1/auth/invitations/look": 404,
    "POST /v1/auth/invitations/accept": 404,
    "POST /v1/auth/recovery": 404,
}
# what an example is about need not be there, or not in the state that it needs
AS_IT_HAPPENS = {404, 409}


@pytest.fixture(scope="module")
def described(scene: Scene) -> Any:
    return schemathesis.openapi.from_url(scene.union.url + "/openapi.json")


def headers(scene: Scene, station: int, *, nobody: bool = False) -> dict[str, str]:
    """A session of the city's administrator's, and the version that a station has."""
    version = {"If-Match": f'"{scene.version(station)}"'}
    return version if nobody else {"Authorization": f"Bearer {scene.token('city_admin')}", **version}


def test_every_example_answers(scene: Scene) -> None:
    asked = [one for one in examples(scene.union.client.get("/openapi.json").json()) if one[0] in ASKED]
    assert {one[0] for one in asked} == set(ASKED)
    for name, method, path, query, body in asked:
        scene.calm()
        given = headers(scene, 1, nobody=name in EVERYBODYS)
        # the document is older than the day on which it is tested
        body = json.loads(re.sub(r"20\d\d-\d\d-\d\d", in_days(5), json.dumps(body)))
        response = scene.union.client.request(method, path, params=query, json=body, headers=given)
        expected = {ANSWERED_WITH[name]} if name in ANSWERED_WITH else {200, 201, 202, 204} | AS_IT_HAPPENS
        assert response.status_code in expected, (method, path, query, body, response.text)


@pytest.mark.parametrize(
    ("name", "mode"),
    [(name, mode) for name in ASKED for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)],
)
def test_the_service_does_what_its_document_says(
    scene: Scene, described: Any, name: str, mode: GenerationMode
) -> None:
    """Whatever is thrown at it: no 5xx, no status, type or shape that is not documented."""
    method, path = name.split()
    operation = described[path][method]
    station = scene.station("own")

    @settings(
        max_examples=8,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode), aimed=st.booleans())
    def answers_as_documented(case: schemathesis.Case, aimed: bool) -> None:
        scene.calm()
        given = headers(scene, station)
        if aimed and mode is GenerationMode.POSITIVE:
            # at a station that is there, made of the version that it has
            if "/stations/{id}" in path:
                case.path_parameters["id"] = station
            for header in ("If-Match", "Idempotency-Key"):
                case.headers.pop(header, None)
        else:
            del given["If-Match"]
        case.headers.pop("Authorization", None)
        case.call_and_validate(base_url=scene.union.url, headers=given, checks=CHECKS)

    answers_as_documented()

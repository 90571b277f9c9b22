"""The OpenAPI document: it reads well, its examples answer, and the service does what it says."""

from __future__ import annotations

import re
from typing import Any

import fastapi.dependencies.utils
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.routing import Match

from geoapi.app import create_app
from geoapi.coverage.runners import inline
from geoapi.settings import Settings
from tests.api.conftest import Running
from tests.api.documented import examples, operations
from tests.api.managing.asks import ASKS
from tests.api.managing.matrix import EVERYBODYS, MATRIX

CHINESE = re.compile("[\u4e00-\u9fff]")
ENGLISH = re.compile("[a-z]{3}")


@pytest.fixture(scope="module")
def document(service: Running) -> dict[str, Any]:
    answer: dict[str, Any] = service.get("/openapi.json").json()
    return answer


def test_every_operation_and_parameter_is_described_in_both_languages(document: dict[str, Any]) -> None:
    ids = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(ids) == len(set(ids)) == len(MATRIX)
    for _, path, operation in operations(document):
        texts = [operation["summary"], *([operation["description"]] if "description" in operation else [])]
        texts += [parameter["description"] for parameter in operation.get("parameters", ())
                  if parameter["in"] != "header"]  # fmt: skip
        texts += [response["description"] for status, response in operation["responses"].items()
                  if status != "200"]  # fmt: skip
        for text in texts:
            assert CHINESE.search(text), (path, text)
            assert ENGLISH.search(text), (path, text)


def test_parameters_are_as_they_are_sent(document: dict[str, Any]) -> None:
    for _, _, operation in operations(document):
        for parameter in operation.get("parameters", ()):
            assert "anyOf" not in parameter["schema"], parameter


def test_every_error_is_documented_as_a_problem(document: dict[str, Any]) -> None:
    for _, path, operation in operations(document):
        for status, response in operation["responses"].items():
            if int(status) >= 400:
                assert list(response["content"]) == ["application/problem+json"], (path, status)
    assert "HTTPValidationError" not in document["components"]["schemas"]


def test_every_example_answers(service: Running, document: dict[str, Any]) -> None:
    asked = [one for one in examples(document) if one[0] in ASKED]
    assert len(asked) >= 15
    for name, method, path, query, body in asked:
        response = service.client.request(method, path, params=query, json=body)
        assert response.status_code == EVERYBODYS[name], (method, path, query, body, response.text)


CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
# what changes nothing, and is nobody's in particular; the rest: managing/test_documented.py
ASKED = sorted(set(EVERYBODYS) - set(ASKS))
# what takes nothing can be asked nothing wrong
TAKES_NOTHING = {"GET /healthz", "GET /readyz", "GET /metrics", "GET /v1/auth/methods"}


@pytest.fixture(scope="module")
def described(service: Running) -> Any:
    """The running service as its own document describes it."""
    return schemathesis.openapi.from_url(service.url + "/openapi.json")


@pytest.mark.parametrize(
    ("name", "mode"),
    [(name, GenerationMode.POSITIVE) for name in ASKED]
    + [(name, GenerationMode.NEGATIVE) for name in ASKED if name not in TAKES_NOTHING],
)
def test_the_service_does_what_its_document_says(
    service: Running, described: Any, name: str, mode: GenerationMode
) -> None:
    """Whatever is thrown at it: no 5xx, no status, type or shape that is not documented.

    Schemathesis's own pytest plug-in does not know this pytest, so cases are drawn by Hypothesis itself.
    """
    method, path = name.split()
    operation = described[path][method]

    @settings(
        max_examples=20,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def answers_as_documented(case: schemathesis.Case) -> None:
        case.call_and_validate(base_url=service.url, checks=CHECKS)

    answers_as_documented()


def test_the_documentation_page_is_there(service: Running) -> None:
    assert service.get("/docs").status_code == 200


def test_nothing_of_a_route_is_left_to_the_first_request(monkeypatch: pytest.MonkeyPatch) -> None:
    app = create_app(Settings(), "postgresql:///nothing", runner=inline)

    def late(*_: Any, **__: Any) -> None:
        raise AssertionError("worked out by whoever asks first")

    monkeypatch.setattr(fastapi.dependencies.utils, "analyze_param", late)
    found = [
        route.matches({"type": "http", "method": "GET", "path": "/v1/me", "headers": [], "app": app})[0]
        for route in app.routes
    ]
    assert Match.FULL in found

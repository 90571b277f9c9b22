"""The OpenAPI document: it reads well, its examples answer, and the service does what it says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

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

from tests.api.conftest import Running

CHINESE = re.compile("[\u4e00-\u9fff]")
ENGLISH = re.compile("[a-z]{3}")


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


@pytest.fixture(scope="module")
def document(service: Running) -> dict[str, Any]:
    answer: dict[str, Any] = service.get("/openapi.json").json()
    return answer


def test_every_operation_and_parameter_is_described_in_both_languages(document: dict[str, Any]) -> None:
    ids = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(ids) == len(set(ids)) == len(OPERATIONS)
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


def examples(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any], Any]]:
    """Every request that the document gives as an example: method, path, query and body."""
    for method, template, operation in operations(document):
        parameters = [p for p in operation.get("parameters", ()) if "example" in p]
        path = template
        for one in parameters:
            if one["in"] == "path":
                path = path.replace("{" + one["name"] + "}", str(one["example"]))
        assert "{" not in path, f"{template} needs an example"
        required = {p["name"]: p["example"] for p in parameters if p["in"] == "query" and p["required"]}
        optional = [p for p in parameters if p["in"] == "query" and not p["required"]]
        body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
        if "requestBody" in operation:
            assert body["examples"]
            for example in body["examples"].values():
                yield method, path, {}, example["value"]
            continue
        yield method, path, required, None
        for one in optional:
            yield method, path, {**required, one["name"]: one["example"]}, None


def test_every_example_answers(service: Running, document: dict[str, Any]) -> None:
    asked = list(examples(document))
    assert len(asked) >= 15
    for method, path, query, body in asked:
        response = service.client.request(method, path, params=query, json=body)
        assert response.status_code == 200, (method, path, query, body, response.text)


CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
OPERATIONS = (
    "get_nearest", "post_nearest", "list_stations", "one_station", "station_hours", "kinds", "amenities",
    "districts", "one_district", "coverage", "gaps", "sites", "sites_among", "extensions", "supply",
    "stations_of", "targets", "what_if", "demand_layers", "networks", "healthz", "readyz",
)  # fmt: skip


@pytest.fixture(scope="module")
def described(service: Running) -> Any:
    """The running service as its own document describes it."""
    return schemathesis.openapi.from_url(service.url + "/openapi.json")


@pytest.mark.parametrize(
    ("operation_id", "mode"),
    [(name, GenerationMode.POSITIVE) for name in OPERATIONS]
    # what takes nothing can be asked nothing wrong
    + [(name, GenerationMode.NEGATIVE) for name in OPERATIONS if name not in ("healthz", "readyz")],
)
def test_the_service_does_what_its_document_says(
    service: Running, described: Any, operation_id: str, mode: GenerationMode
) -> None:
    """Whatever is thrown at it: no 5xx, no status, type or shape that is not documented.

    Schemathesis's own pytest plug-in does not know this pytest, so cases are drawn by Hypothesis itself.
    """
    operation = described.find_operation_by_id(operation_id)

    @settings(
        max_examples=50,
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

"""What no request may exceed, on every route that takes a body: its size, and that it is JSON."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from geoapi.api.limits import MOST_BODY_BYTES, MOST_BODY_BYTES_OF_PLANNERS
from tests.api.conftest import Running
from tests.api.documented import examples, operations

PLANNERS = {"POST /v1/districts/{code}/sites", "POST /v1/coverage/what-if"}


@pytest.fixture(scope="module")
def bodies(service: Running) -> dict[str, tuple[str, str]]:
    """Method and path of every operation that takes a body."""
    document: dict[str, Any] = service.get("/openapi.json").json()
    taking = {
        f"{method.upper()} {path}" for method, path, one in operations(document) if "requestBody" in one
    }
    assert len(taking) >= 30
    return {name: (method, path) for name, method, path, _, _ in examples(document) if name in taking}


def refused(response: httpx.Response, status: int) -> None:
    assert response.status_code == status, (response.request.url, response.text)
    assert response.headers["content-type"] == "application/problem+json"


JSON = {"content-type": "application/json"}


def test_no_body_is_larger_than_it_may_be(service: Running, bodies: dict[str, tuple[str, str]]) -> None:
    for name, (method, path) in bodies.items():
        most = MOST_BODY_BYTES_OF_PLANNERS if name in PLANNERS else MOST_BODY_BYTES
        large = b'{"a": "' + b"x" * most + b'"}'
        refused(service.client.request(method, path, content=large, headers=JSON), 413)
        # without a length said beforehand it is counted as it comes
        pieces = (large[i : i + 65_536] for i in range(0, len(large), 65_536))
        refused(service.client.request(method, path, content=pieces, headers=JSON), 413)


def test_a_body_as_large_as_it_may_be_is_read(service: Running, bodies: dict[str, tuple[str, str]]) -> None:
    for name, (method, path) in bodies.items():
        if name not in PLANNERS:
            whole = b'{"a": "' + b"x" * (MOST_BODY_BYTES - 9) + b'"}'
            assert len(whole) == MOST_BODY_BYTES
            response = service.client.request(method, path, content=whole, headers=JSON)
            assert response.status_code in (401, 422), (name, response.text)


def test_nothing_is_uploaded(service: Running, bodies: dict[str, tuple[str, str]]) -> None:
    for method, path in bodies.values():
        for more in (
            {"files": {"file": ("a.csv", b"a,b\n", "text/csv")}},
            {"data": {"name": "x"}},
            {"content": b"{}", "headers": {"content-type": "text/plain"}},
            {"content": b"{}"},
            {"content": b"<a/>", "headers": {"content-type": "application/xml"}},
        ):
            refused(service.client.request(method, path, **more), 415)  # type: ignore[arg-type]

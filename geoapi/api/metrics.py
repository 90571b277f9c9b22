"""GET /metrics: requests by route, method and status, and how long they took, for Prometheus.

Labels are the patterns of routes, never addresses: those hold positions, ids and whatever else is sent.
Where there are several worker processes, each writes its counts to files in PROMETHEUS_MULTIPROC_DIR (set by
`geoapi serve`), and any of them answers for all.
"""

from __future__ import annotations

import os
from functools import cache

from fastapi import APIRouter, Response
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector

router = APIRouter(tags=["health"])
SEVERAL_PROCESSES = "PROMETHEUS_MULTIPROC_DIR"
BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

_requests = Counter("geoapi_requests", "Requests answered", ("route", "method", "status"))
_seconds = Histogram("geoapi_request_seconds", "Seconds to the whole answer", ("route",), buckets=BUCKETS_S)


@cache
def _request_counter(route: str, method: str, status: int) -> Counter:
    return _requests.labels(route, method, str(status))


@cache
def _timer(route: str) -> Histogram:
    return _seconds.labels(route)


def count_request(route: str, method: str, status: int, seconds: float) -> None:
    """One request more. `route` is a pattern, so there are only so many."""
    # a method is the caller's word: only known ones become a label
    known = method if method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS") else "other"
    _request_counter(route, known, status).inc()
    _timer(route).observe(seconds)


@router.get(
    "/metrics",
    summary="运行指标 · figures for Prometheus",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
async def metrics() -> Response:
    registry = REGISTRY
    if os.environ.get(SEVERAL_PROCESSES):
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return Response(generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

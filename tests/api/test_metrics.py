"""/metrics: counts by pattern, and nothing that was sent."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from tests.api.conftest import Running


def counted(service: Running, **labels: str) -> float:
    families = text_string_to_metric_families(service.get("/metrics").text)
    return sum(
        sample.value
        for family in families
        for sample in family.samples
        if sample.name == "geoapi_requests_total" and labels.items() <= sample.labels.items()
    )


def test_requests_are_counted_by_route_and_status(service: Running) -> None:
    asked = {"route": "/v1/stations/{id}", "method": "GET", "status": "404"}
    before = counted(service, **asked)
    service.get("/v1/stations/987654321")
    assert counted(service, **asked) == before + 1
    told = service.get("/metrics")
    assert told.headers["content-type"].startswith("text/plain")
    assert "geoapi_request_seconds_bucket" in told.text


def test_nothing_that_was_sent_is_in_them(service: Running) -> None:
    service.client.request("PROPFIND", "/canary-path", params={"lon": 116.123456789})
    service.get("/v1/stations/nearest", lon=116.123456789, lat=39.9)
    told = service.get("/metrics").text
    assert "canary" not in told
    assert "PROPFIND" not in told
    assert "116.123" not in told
    assert counted(service, route="(no route)", method="other", status="404") >= 1

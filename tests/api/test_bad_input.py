"""Requests that cannot be answered: each a 4xx problem that names field and mend, in both languages."""

from __future__ import annotations

import json
import socket
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx
import pytest

from tests.api.conftest import Running

NEAREST, LIST, HOURS = "/v1/stations/nearest", "/v1/stations", "/v1/stations/1/hours"
HERE = "lon=116.4&lat=39.9"
PROBLEM = "application/problem+json"


class Case(NamedTuple):
    """A query that is refused, the field named, and words of the English mend."""

    path: str
    query: str
    field: str
    mend: str
    status: int = 422


QUERIES = (
    # numbers that are none
    Case(NEAREST, "lon=nan&lat=39.9", "lon", "116.4"),
    Case(NEAREST, "lon=116.4&lat=inf", "lat", "116.4"),
    Case(NEAREST, "lon=-Infinity&lat=39.9", "lon", "116.4"),
    Case(NEAREST, "lon=1e999&lat=39.9", "lon", "116.4"),
    Case(NEAREST, "lon=here&lat=39.9", "lon", "116.4"),
    Case(NEAREST, "lon=&lat=39.9", "lon", "116.4"),
    Case(NEAREST, "lat=39.9", "lon", "give a value"),
    Case(NEAREST, HERE + "&radius_m=nan", "radius_m", "number"),
    Case(NEAREST, HERE + "&radius_m=1e999", "radius_m", "number"),
    Case(NEAREST, HERE + "&limit=1e400", "limit", "whole number"),
    Case(NEAREST, HERE + "&limit=2.5", "limit", "whole number"),
    Case(NEAREST, HERE + "&limit=" + "9" * 5000, "limit", "whole number"),
    # places that are none
    Case(NEAREST, "lon=181&lat=39.9", "lon", "decimal degrees"),
    Case(NEAREST, "lon=116.4&lat=-91", "lat", "decimal degrees"),
    Case(NEAREST, "lon=12957000&lat=4852000", "lat", "not the metres of a projection"),
    Case(NEAREST, "lon=39.9&lat=116.4", "lat", "the other way round"),
    Case(LIST, "bbox=39.8,116.3,40.0,116.5", "bbox", "the other way round"),
    Case(LIST, "bbox=116,39,117", "bbox", "west,south,east,north"),
    Case(LIST, "bbox=116,39,117,nan", "bbox", "west,south,east,north"),
    Case(LIST, "bbox=116,41,117,39", "bbox", "west,south,east,north"),
    Case(LIST, "bbox=-190,39,117,40", "bbox", "west,south,east,north"),
    Case(LIST, "bbox=", "bbox", "west,south,east,north"),
    Case(LIST, "bbox=" + "1," * 150, "bbox", "shorten"),
    # beyond what is answered
    Case(NEAREST, HERE + "&radius_m=0", "radius_m", "more than 0"),
    Case(NEAREST, HERE + "&radius_m=-5", "radius_m", "more than 0"),
    Case(NEAREST, HERE + "&radius_m=50001", "radius_m", "50000 or less"),
    Case(NEAREST, HERE + "&limit=0", "limit", "1 or more"),
    Case(NEAREST, HERE + "&limit=-1", "limit", "1 or more"),
    Case(NEAREST, HERE + "&limit=51", "limit", "50 or less"),
    Case(NEAREST, HERE + "&limit=99999999999999999999", "limit", "50 or less"),
    Case(NEAREST, HERE + "&stay_minutes=-1", "stay_minutes", "0 or more"),
    Case(NEAREST, HERE + "&stay_minutes=1441", "stay_minutes", "1440 or less"),
    Case(LIST, "limit=0", "limit", "1 or more"),
    Case(LIST, "limit=501", "limit", "500 or less"),
    Case("/v1/stations/0", "", "id", "1 or more"),
    Case("/v1/stations/9223372036854775808", "", "id", "9223372036854775807 or less"),
    Case("/v1/stations/first", "", "id", "whole number"),
    # words that are none
    Case(NEAREST, HERE + "&kind=care_statoin", "kind", "care_station"),
    Case(NEAREST, HERE + "&kind=zzz", "kind", "choose from care_station"),
    Case(NEAREST, HERE + "&amenity=microwav", "amenity", "microwave"),
    Case(NEAREST, HERE + "&amenity=microwave&amenity=hotwater", "amenity", "hot_water"),
    Case(NEAREST, HERE + "&amenity=a%00b", "amenity", ""),
    Case(NEAREST, HERE + "&kind=%ED%A0%80", "kind", ""),
    Case(NEAREST, HERE + "&" + "&".join(["kind=care_station"] * 51), "kind", "shorten it to 50"),
    Case(LIST, "kind=psych-point", "kind", "psych_point"),
    Case(LIST, "amenity=wify", "amenity", "wifi"),
    Case(LIST, "district=110110", "district", "1101"),
    Case(LIST, "district=nowhere", "district", "/v1/districts"),
    Case("/v1/districts/110103", "", "code", "1101", 404),
    Case("/v1/districts/a%00b", "", "code", "leave them out"),
    Case("/v1/stations/4096", "", "id", "the list", 404),
    Case("/v1/stations/4096/hours", "", "id", "the list", 404),
    Case(NEAREST, HERE + "&crs=wgs72", "crs", "wgs84"),
    Case(NEAREST, HERE + "&crs=" + "4" * 3000, "crs", "gcj02"),
    Case(NEAREST, HERE + "&open=now", "open", "arrival, at or any"),
    Case(NEAREST, HERE + "&lang=fr", "lang", "zh or en"),
    # times that are none
    Case(NEAREST, HERE + "&at=2026-11-22T03:00:00", "at", "+08:00"),
    Case(NEAREST, HERE + "&at=2026-11-22", "at", "+08:00"),
    Case(NEAREST, HERE + "&at=2026-11-22%2003:00", "at", "+08:00"),
    Case(NEAREST, HERE + "&at=2026-02-30T03:00:00Z", "at", "+08:00"),
    Case(NEAREST, HERE + "&at=2026-13-01T03:00:00Z", "at", "+08:00"),
    Case(NEAREST, HERE + "&at=tomorrow", "at", "+08:00"),
    Case(NEAREST, HERE + "&at=1700000000", "at", "+08:00"),
    Case(NEAREST, HERE + "&at=2026-11-22T25:00:00Z", "at", "+08:00"),
    Case(NEAREST, HERE + "&at=0001-01-01T00:00:00%2B08:00", "at", "nearer to now"),
    Case(NEAREST, HERE + "&at=9999-12-31T23:59:59-08:00", "at", "nearer to now"),
    Case(NEAREST, HERE + "&at=2026-11-22T03:00:00%2B23:59", "at", "+08:00"),
    Case(NEAREST, HERE + "&at=2050-01-01T00:00:00Z", "at", "in between", 400),
    Case(NEAREST, HERE + "&at=1990-01-01T00:00:00Z", "at", "in between", 400),
    Case(LIST, "updated_since=0001-01-01T00:00:00%2B08:00", "updated_since", "nearer to now"),
    Case(LIST, "updated_since=yesterday", "updated_since", "+08:00"),
    Case("/v1/stations/1", "at=9999-12-31T23:59:59-08:00", "at", "nearer to now"),
    Case(HOURS, "from=0001-01-01T00:00:00%2B08:00", "from", "nearer to now"),
    Case(HOURS, "from=2026-11-22T03:00:00Z&to=2026-11-22T03:00:00Z", "to", "later"),
    Case(HOURS, "from=2026-11-22T03:00:00Z&to=2026-11-21T03:00:00Z", "to", "later"),
    Case(HOURS, "from=2026-01-01T00:00:00Z&to=2027-01-02T00:00:01Z", "to", "one year after another"),
    # text that is none
    Case(LIST, "q=", "q", "leave it out"),
    Case(LIST, "q=" + "x" * 101, "q", "shorten"),
    Case(LIST, "q=a%00b", "q", "leave them out"),
    Case(LIST, "cursor=a%00b", "cursor", "leave them out"),
    Case(LIST, "cursor=" + "x" * 501, "cursor", "shorten"),
    Case(LIST, "cursor=bm90IG91cnM", "cursor", "as it came"),
    # parameters that are none, or too many
    Case(NEAREST, HERE + "&lng=116.4", "lng", "did you mean l"),
    Case(NEAREST, HERE + "&amenities=microwave", "amenities", "did you mean amenity?"),
    Case(NEAREST, HERE + "&radius=500", "radius", "did you mean radius_m?"),
    Case(NEAREST, HERE + "&zzzz=1", "zzzz", "there are lon, lat, crs"),
    Case(LIST, "box=116,39,117,40", "box", "did you mean bbox?"),
    Case(HOURS, "form=2026-11-22T03:00:00Z", "form", "did you mean from?"),
    Case("/v1/stations/1", "language=en", "language", "did you mean lang?"),
    Case("/v1/kinds", "lan=en", "lan", "did you mean lang?"),
    Case(NEAREST, HERE + "&116.4074,39.9042=1", "?", "there are lon"),
    Case(NEAREST, HERE + "&lon=116.5", "lon", "once"),
    Case(NEAREST, HERE + "&l%6fn=116.5", "lon", "once"),
    Case(NEAREST, HERE + "&at=2026-11-22T03:00:00Z&at=2026-11-23T03:00:00Z", "at", "once"),
    Case(LIST, "q=a&q=b", "q", "once"),
    Case("/v1/districts", "lang=en&lang=en", "lang", "once"),
    Case(LIST, "q=" + "x" * 9000, "query", "8 KiB", 414),
    Case(NEAREST, "x" * 60_000 + "=1", "query", "8 KiB", 414),
    # addresses that are none
    Case("/start", "", "path", "/docs", 404),
    Case("/v1/stations/", "", "path", "/docs", 404),
    Case("/v1/stations/nearest/" + HERE, "", "path", "/docs", 404),
    Case("/v2/stations", "", "path", "/docs", 404),
    Case("/v1/stations/%ED%A0%80/hours/x", "", "path", "/docs", 404),
)  # fmt: skip

BODIES: tuple[tuple[str, str, str, int], ...] = (
    # the body, the field named, words of the English mend, the status
    ('{"lon": NaN, "lat": 39.9}', "lon", "116.4", 422),
    ('{"lon": 116.4, "lat": -Infinity}', "lat", "116.4", 422),
    ('{"lon": 1e999, "lat": 39.9}', "lon", "116.4", 422),
    ('{"lon": null, "lat": 39.9}', "lon", "116.4", 422),
    ('{"lon": [116.4], "lat": 39.9}', "lon", "116.4", 422),
    ('{"lon": 39.9, "lat": 116.4}', "lat", "the other way round", 422),
    ('{"lon": 116.4}', "lat", "give a value", 422),
    ('{"lon": 116.4, "lat": 39.9, "limit": 1.5}', "limit", "whole number", 422),
    ('{"lon": 116.4, "lat": 39.9, "limit": 1e400}', "limit", "number", 422),
    ('{"lon": 116.4, "lat": 39.9, "limit": 1' + "0" * 400 + "}", "limit", "", 422),
    ('{"lon": 116.4, "lat": 39.9, "kind": 5}', "kind", '["...", "..."]', 422),
    ('{"lon": 116.4, "lat": 39.9, "kind": [5]}', "kind.0", "text", 422),
    ('{"lon": 116.4, "lat": 39.9, "kind": ["\\ud800"]}', "kind", "", 422),
    ('{"lon": 116.4, "lat": 39.9, "amenity": ["a\\u0000b"]}', "amenity", "", 422),
    ('{"lon": 116.4, "lat": 39.9, "at": "\\ud800"}', "at", "+08:00", 422),
    ('{"lon": 116.4, "lat": 39.9, "at": 1700000000}', "at", "+08:00", 422),
    ('{"lon": 116.4, "lat": 39.9, "at": true}', "at", "+08:00", 422),
    ('{"lon": 116.4, "lat": 39.9, "at": {}}', "at", "+08:00", 422),
    ('{"lon": 116.4, "lat": 39.9, "crs": "\\ud800"}', "crs", "wgs84", 422),
    ('{"lon": 116.4, "lat": 39.9, "crs": 4326}', "crs", "wgs84", 422),
    ('{"lon": 116.4, "lat": 39.9, "lang": ["en"]}', "lang", "zh or en", 422),
    ('{"lon": 116.4, "lat": 39.9, "open": null}', "open", "arrival", 422),
    ('{"lon": 116.4, "lat": 39.9, "\\ud800": 1}', "body", "leave them out", 422),
    ('{"lon": 116.4, "lat": 39.9, "Lat": 39.9}', "Lat", "did you mean lat?", 422),
    # nothing there is like it
    ('{"lon": 116.4, "lat": 39.9, "id": 1}', "id", "there are lon, lat, ", 422),
    ('{"lon": 116.4, "lat": 39.9, "decision": 1}', "decision", "there are lon, lat, ", 422),
    ("[116.4, 39.9]", "body", '{"lon": ...', 422),
    ("116.4", "body", '{"lon": ...', 422),
    ("null", "body", "", 422),
    ("", "body", "give a value", 422),
    ('{"lon": 116.4, "lat": 39.9', "body", "brackets", 422),
    ("{lon: 116.4}", "body", "quotation marks", 422),
    ('{"lon": 116.4, "lat": 39.9, "kind": ' + "[" * 30_000 + "]" * 30_000 + "}", "body", "deep", 400),
    ("[" * 60_000, "body", "", 400),
    ('{"lon": 116.4, "lat": 39.9, "kind": ["' + "x" * 70_000 + '"]}', "body", "64 KiB", 413),
    (" " * 10_000_000, "body", "64 KiB", 413),
)  # fmt: skip


def check(response: httpx.Response, status: int, field: str, mend: str, lang: str) -> dict[str, Any]:
    """A problem of the one shape, that names the field and its mend."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == PROBLEM
    assert response.headers["content-language"] == lang
    problem: dict[str, Any] = response.json()
    assert problem["status"] == status
    assert problem["type"].startswith("urn:geoapi:problem:")
    assert problem["title"]
    assert problem["detail"]
    entry = problem["errors"][0]
    assert entry["field"] == field
    assert entry["detail"]
    assert mend in entry["mend"] if lang == "en" else entry["mend"]
    words = problem["title"] + problem["detail"] + entry["detail"] + entry["mend"]
    assert words.isascii() if lang == "en" else not words.isascii()
    return problem


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("case", QUERIES, ids=lambda case: f"{case.path}?{case.query}"[:70])
def test_a_query_that_cannot_be_answered(service: Running, case: Case, lang: str) -> None:
    url = case.path + ("?" + case.query if case.query else "")
    response = service.client.get(url, headers={"Accept-Language": lang})
    asked_lang = "en" if "lang=en" in case.query else lang
    check(response, case.status, case.field, case.mend, asked_lang)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(("body", "field", "mend", "status"), BODIES, ids=lambda value: str(value)[:50])
def test_a_body_that_cannot_be_answered(
    service: Running, body: str, field: str, mend: str, status: int, lang: str
) -> None:
    response = service.client.post(
        NEAREST,
        content=body.encode(),
        headers={"Content-Type": "application/json", "Accept-Language": lang},
    )
    check(response, status, field, mend, lang)


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "", "x" * 300])
def test_a_body_must_say_that_it_is_json(service: Running, content_type: str) -> None:
    response = service.client.post(
        NEAREST,
        content=b'{"lon": 116.4, "lat": 39.9}',
        headers={"Content-Type": content_type, "Accept-Language": "en"},
    )
    check(response, 415, "content-type", "application/json", "en")


def test_a_body_of_unknown_length_is_bounded_too(service: Running) -> None:
    response = service.client.post(
        NEAREST,
        content=(b" " * 8192 for _ in range(1000)),
        headers={"Content-Type": "application/json", "Accept-Language": "en"},
    )
    check(response, 413, "body", "64 KiB", "en")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        # PATCH is a station's, of whatever id
        ("DELETE", NEAREST, "GET, PATCH, POST"),
        ("PUT", NEAREST, "GET, PATCH, POST"),
        ("PUT", LIST, "GET, POST"),
        ("PUT", "/v1/stations/1", "GET, PATCH"),
        ("POST", "/v1/kinds", "GET"),
        ("OPTIONS", "/v1/districts/110101", "GET"),
    ],
)
def test_a_method_that_is_not_taken(service: Running, method: str, path: str, allowed: str) -> None:
    response = service.client.request(method, path, headers={"Accept-Language": "en"})
    check(response, 405, "method", "Allow", "en")
    assert response.headers["allow"] == allowed


def test_the_words_about_swapped_axes_in_both_languages(service: Running) -> None:
    for lang, words in (("en", "Did you mean lat/lon the other way round?"), ("zh", "经纬度是不是写反了")):
        for response in (
            service.get(NEAREST, lon=39.9, lat=116.4, lang=lang),
            service.post(NEAREST, {"lon": 39.9, "lat": 116.4, "lang": lang}),
        ):
            assert words in response.json()["errors"][0]["mend"]


def test_a_posted_question_chooses_the_language_of_its_errors(service: Running) -> None:
    for wrong in ({"amenity": ["microwav"]}, {"limit": 0}, {"at": "tomorrow"}):
        body = {"lon": 116.4, "lat": 39.9, "lang": "en", **wrong}
        assert service.post(NEAREST, body).headers["content-language"] == "en"


def test_every_mistake_is_named_at_once(service: Running) -> None:
    problem = service.get(NEAREST, lon="x", limit=0, at="now", langue="en", lang="en").json()
    assert {entry["field"] for entry in problem["errors"]} == {"lon", "lat", "limit", "at", "langue"}


def test_what_was_sent_is_never_sent_back(service: Running) -> None:
    canary = "116.40712345"
    queries = (
        f"lon={canary}x&lat=39.9", f"lon={canary}&lat=339.98712345", f"lon={canary}&lat=39.9&kind={canary}",
        f"lon={canary}&lat=39.9&{canary}=1", f"lon={canary}&lat=39.9&lon={canary}",
        f"lon={canary}&lat=39.9&{canary}=1&{canary}=2", f"lon={canary}&lat=39.9&crs={canary}",
        f"lon={canary}&lat=39.9&at={canary}", f"lon={canary}&lat=39.9&lang={canary}",
    )  # fmt: skip
    for query in queries:
        response = service.client.get(f"{NEAREST}?{query}")
        assert response.status_code == 422
        assert canary not in response.text
        assert "339.98712345" not in response.text
        assert canary not in str(response.headers)
    for body in (
        {canary: 1},
        {"lon": canary + "x"},
        [canary],
        canary,
        {"lon": 1, "lat": 2, "kind": [canary]},
    ):
        response = service.client.post(NEAREST, json=body)
        assert response.status_code == 422
        assert canary not in response.text
    for path in (f"/v1/stations/{canary}", f"/v1/districts/{canary}", f"/v1/{canary}", f"/{canary}"):
        response = service.client.get(path)
        assert response.status_code in (404, 422)
        assert canary not in response.text


def test_bytes_that_are_no_text(service: Running) -> None:
    """Raw, as no client library would send them: never a 5xx, and the service goes on."""
    lines = (
        b"GET /v1/stations/nearest?lon=\xff\xfe&lat=39.9 HTTP/1.1",
        b"GET /v1/stations?q=\xe9\xa9\xbf HTTP/1.1",
        b"GET /v1/districts/\xff HTTP/1.1",
        b"GET /v1/districts/%ff%fe%00 HTTP/1.1",
        b"GET /v1/stations?q=%ED%A0%80%00 HTTP/1.1",
        b"GET /v1/stations?q=%ED%A0%80&lang=%80 HTTP/1.1",
        b"GET * HTTP/1.1",
        b"NEAREST / HTTP/1.1",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1",
    )
    address = urlsplit(service.url)
    for line in lines:
        with socket.create_connection((address.hostname, address.port), timeout=10) as raw:
            raw.sendall(line + b"\r\nHost: x\r\nX-Long: " + b"y" * 20_000 + b"\r\nConnection: close\r\n\r\n")
            answer = b""
            while part := raw.recv(65536):
                answer += part
        assert answer.split(b" ", 2)[1][:1] in (b"2", b"4"), (line[:60], answer[:200])
    assert service.get("/healthz").status_code == 200


def test_json_texts_of_the_table_are_what_they_say() -> None:
    """The bodies meant to be JSON are: the mistake is in the value, not in the writing."""
    for body, field, _, status in BODIES:
        if status == 422 and field not in ("body", ""):
            json.loads(body)

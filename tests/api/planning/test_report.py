"""The report over HTTP: one page, its own policy, and the figures of the answers it is made of."""

from __future__ import annotations

import base64
import hashlib
import re

import httpx
import pytest

from geoapi.report.policy import content_security_policy, without_style_attributes
from tests.api.planning.conftest import NIGHT, Planning

REPORT = "/v1/districts/110101/coverage/report"
CARE = {"kind": "care_station", "within": "800m", "at": NIGHT}


@pytest.fixture(scope="module")
def answer(planning: Planning) -> httpx.Response:
    return planning.client.get(REPORT, params=CARE).raise_for_status()


def test_its_policy_allows_its_own_style_sheets_and_nothing_else(answer: httpx.Response) -> None:
    html = answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    parts = (part.split() for part in answer.headers["content-security-policy"].split(";"))
    policy = {name: values for name, *values in parts}
    assert policy.pop("default-src") == ["'none'"]
    sheets = re.findall(r"<style[^>]*>(.*?)</style>", html, re.DOTALL)
    digests = {
        f"'sha256-{base64.b64encode(hashlib.sha256(one.encode()).digest()).decode()}'" for one in sheets
    }
    assert set(policy.pop("style-src")) == digests
    assert all(values == ["'none'"] for values in policy.values()), policy
    assert not re.search(r"<script|\son\w+=|\sstyle=|javascript:", html)


def test_its_figures_are_those_of_coverage(planning: Planning, answer: httpx.Response) -> None:
    coverage = planning.ask("/v1/districts/110101/coverage", **CARE)
    assert f"{coverage['unknown_closed']['uncovered']:,.0f}" in answer.text
    assert f"{coverage['unknown_open']['uncovered']:,.0f}" in answer.text
    assert re.search(
        r"filename\*=UTF-8''report-110101-20261125T0300\.html", answer.headers["content-disposition"]
    )


def test_it_is_of_the_next_night_unless_told(planning: Planning) -> None:
    response = planning.client.get(REPORT, params={"kind": "care_station", "lang": "en"}).raise_for_status()
    assert re.search(r"report-110101-\d{8}T0300\.html", response.headers["content-disposition"])
    assert '<html lang="en">' in response.text


@pytest.mark.parametrize(
    ("status", "field", "asked"),
    [
        (422, "n", {"n": "100000"}),
        (422, "week_of", {"week_of": "tomorrow"}),
        (422, "kind", {"kind": "castle"}),
        (422, "format", {"format": "csv"}),
    ],
)
def test_what_cannot_be_asked_is_said_as_a_problem(
    planning: Planning, status: int, field: str, asked: dict[str, str]
) -> None:
    assert planning.refused(status, REPORT, **asked)["field"].startswith(field)


def test_a_district_that_is_not_there_has_none(planning: Planning) -> None:
    assert planning.refused(404, "/v1/districts/999999/coverage/report")["status"] == 404


def test_styles_become_rules_of_a_sheet_each_once() -> None:
    html = (
        '<head><style>p{}</style></head><p style="width:3%">&#34; style=&#34;x</p>'
        '<b style="width:3%"></b><i style="--h:1">'
    )
    page = without_style_attributes(html)
    assert page.count('data-s="0"') == 2
    assert page.count('data-s="1"') == 1
    assert "{width:3%}" in page
    assert "{--h:1}" in page
    assert "&#34; style=&#34;x" in page
    assert content_security_policy(page).count("sha256-") == 2
    assert content_security_policy(page) != content_security_policy(page.replace("3%", "4%"))

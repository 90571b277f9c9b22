"""Stations of the sample's manager, each for one test alone."""

from __future__ import annotations

from contextlib import closing
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.web.conftest import Site

ALWAYS = "每天 00:00-24:00"


def station_of(site: Site, number: int) -> dict[str, Any]:
    """The manager's station with this number, as managers see it: open around the clock, nothing else on."""
    with closing(site.client("manager")) as client:
        page = client.get("/v1/manage/stations", params={"limit": 100}).raise_for_status().json()
        ids = sorted(int(one["id"]) for one in page["items"])
        return changed(site, ids[number], hours={"text": ALWAYS}, phone="010-6500 0000")


def changed(site: Site, id: Any, login: str = "manager", **fields: Any) -> dict[str, Any]:
    """The station after this change by somebody."""
    with closing(site.client(login)) as client:
        now = client.get(f"/v1/manage/stations/{id}").raise_for_status().json()
        headers = {"If-Match": f'"{now["version"]}"'}
        answer = client.patch(f"/v1/stations/{id}", json=fields, headers=headers).raise_for_status()
        found: dict[str, Any] = answer.json()
        return found


def seen_by_workers(site: Site, station: dict[str, Any]) -> dict[str, Any]:
    """The station in the list of a worker who stands in front of it, open or not."""
    body = {**station["location"], "open": "any", "limit": 10, "kind": [station["kind"]]}
    with closing(site.client()) as client:
        answer = client.post("/v1/stations/nearest", json=body).raise_for_status().json()
    every = [*answer["stations"], *answer["unknown_hours"]]
    return next(one for one in every if one["id"] == station["id"])


def is_open_to_workers(site: Site, station: dict[str, Any]) -> bool:
    """Whether a worker in front of it finds it among those that are open now."""
    body = {**station["location"], "open": "at", "limit": 10, "kind": [station["kind"]]}
    with closing(site.client()) as client:
        answer = client.post("/v1/stations/nearest", json=body).raise_for_status().json()
    return station["id"] in [one["id"] for one in answer["stations"]]


def card(page: Page, name: str) -> Locator:
    """A part of the station's screen, by its heading."""
    return page.get_by_role("region", name=name, exact=True)


def saved(page: Page) -> Locator:
    """What is told after something was done."""
    return page.locator(".said")


def fits(page: Page) -> None:
    """Nothing is wider than the window."""
    expect(page.locator("h1").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (
        "the page is wider than the window"
    )

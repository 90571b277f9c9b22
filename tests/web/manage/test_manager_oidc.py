"""Signing in at an OpenID Connect provider of another site, by the page's own buttons, there and back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from geoapi.settings import AccountSettings, CoverageSettings, DatabaseSettings, Settings
from tests.openid import CLIENT_ID, CLIENT_SECRET, HandMadeProvider
from tests.web.conftest import Site, Visit


@pytest.fixture(scope="module")
def provider() -> Iterator[HandMadeProvider]:
    with HandMadeProvider() as provider:
        yield provider


@pytest.fixture(scope="module")
def union(start_site: Callable[..., Site], provider: HandMadeProvider) -> Site:
    """A service that knows the provider, by a name of another site than the provider's: as browsers reckon
    it, 127.0.0.1 sends nobody back to localhost with cookies that are the site's alone."""
    accounts = AccountSettings(
        oidc_issuer=provider.issuer,
        oidc_client_id=CLIENT_ID,
        oidc_client_secret=CLIENT_SECRET,
        oidc_name="工会统一身份",
    )
    site = start_site(
        Settings(
            database=DatabaseSettings(pool_size=6, pool_wait_s=20),
            coverage=CoverageSettings(cell_size_m=2000),
            accounts=accounts,
        )
    )
    return replace(site, url=site.url.replace("127.0.0.1", "localhost"))


def test_an_account_is_linked_and_then_signs_in_at_the_provider(
    visit: Callable[..., Visit], union: Site, provider: HandMadeProvider
) -> None:
    provider.person = {"sub": "248289761001", "preferred_username": "wang.fang", "name": "王芳"}
    host = urlsplit(provider.issuer).netloc
    seen = visit("/manage#account", at=union, login="manager", others=[host])
    page = seen.page
    section = page.get_by_role("region", name="用工会统一身份登录")
    section.get_by_label("密码").fill(union.staff["manager"].password)
    section.get_by_role("button").click()
    # there and back, to where they were
    expect(section.get_by_role("button", name="取消关联")).to_be_visible()
    assert seen.axe() == []
    seen.shoot("manage-account-linked")

    other = visit("/manage", at=union, others=[host])
    door = other.page.get_by_role("link", name="用工会统一身份登录")
    other.shoot("manage-door-with-provider")
    assert other.axe() == []
    door.click()
    expect(other.page.get_by_role("heading", name="我的站点")).to_be_visible()
    assert urlsplit(other.page.url).netloc == urlsplit(union.url).netloc
    assert not urlsplit(other.page.url).query
    # the session is kept: the next visit is theirs, too
    other.page.goto(f"{union.url}/manage")
    expect(other.page.get_by_role("heading", name="我的站点")).to_be_visible()


def test_an_invitation_is_accepted_at_the_provider(
    visit: Callable[..., Visit], union: Site, provider: HandMadeProvider
) -> None:
    provider.person = {"sub": "someone new", "preferred_username": "li.na", "name": "李娜"}
    with closing(union.client("district")) as client:
        organisation = client.get("/v1/me").json()["roles"][0]["organisation"]["id"]
        body = {"name": "李娜", "organisation_id": organisation, "role": "manager"}
        token = client.post("/v1/manage/invitations", json=body).raise_for_status().json()["token"]
    seen = visit(f"/manage#invitation={token}", at=union, others=[urlsplit(provider.issuer).netloc])
    page = seen.page
    accept = page.get_by_role("button", name="用工会统一身份接受")
    expect(accept).to_be_visible()
    assert seen.axe() == []
    seen.shoot("manage-invitation-with-provider", full_page=True)
    accept.click()
    expect(page.get_by_role("heading", name="我的站点")).to_be_visible()
    expect(page.get_by_role("link", name="李娜")).to_be_visible()
    assert not [url for url in seen.requests if token in url]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_whom_nobody_invited_reads_why_and_finds_the_way_back(
    visit: Callable[..., Visit], union: Site, provider: HandMadeProvider, lang: str
) -> None:
    provider.person = {"sub": "a stranger", "name": "<b>某人</b>"}
    seen = visit(
        "/manage", at=union, lang=lang, others=[urlsplit(provider.issuer).netloc], expect_faults=True
    )
    page = seen.page
    page.get_by_role("link", name="工会统一身份").click()
    heading = {"zh": "无权操作", "en": "Not allowed"}[lang]
    expect(page.get_by_role("heading", name=heading)).to_be_visible()
    mend = {"zh": "请向管理员索取邀请", "en": "ask an administrator for an invitation"}[lang]
    expect(page.get_by_text(mend)).to_be_visible()
    assert seen.axe() == []
    seen.shoot(f"manage-not-invited-{lang}")
    page.get_by_role("link", name={"zh": "登录与管理站点", "en": "Sign in and manage stations"}[lang]).click()
    door = {"zh": "站点管理员登录", "en": "Sign in to manage stations"}[lang]
    expect(page.get_by_role("heading", name=door)).to_be_visible()

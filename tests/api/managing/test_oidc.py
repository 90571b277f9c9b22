"""Signing in by OpenID Connect: a browser goes to a provider and comes back, over real HTTP on both sides."""

from __future__ import annotations

import logging
import socket
import warnings
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import psycopg
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from geoapi.accounts.oidc import Identity
from geoapi.accounts.tokens import new_token, token_sha256
from geoapi.api.oidc import local_path
from geoapi.db.engine import as_service
from geoapi.editing import oidc_flows
from geoapi.editing.sessions import Device
from geoapi.editing.transaction import By
from geoapi.settings import AccountSettings, CoverageSettings, DatabaseSettings, Settings
from geoapi.validation_words import FieldError
from tests.api.managing.conftest import PASSWORD, Union
from tests.api.managing.signing_in import NEW_PASSWORD, forget_guesses, newcomer, sign_in
from tests.openid import CLIENT_ID, CLIENT_SECRET, HandMadeProvider

START, CALLBACK, LINK = "/v1/auth/oidc/start", "/v1/auth/oidc/callback", "/v1/auth/oidc/link"
# some page of ours that is there
HOME = "/v1/kinds"


def at(issuer: str, **more: Any) -> Settings:
    accounts = AccountSettings(oidc_issuer=issuer, oidc_client_id=CLIENT_ID, **more)
    return Settings(
        database=DatabaseSettings(pool_size=4), coverage=CoverageSettings(cell_size_m=5000), accounts=accounts
    )


@pytest.fixture(scope="module")
def running() -> Iterator[HandMadeProvider]:
    with HandMadeProvider() as provider:
        yield provider


@pytest.fixture(scope="module")
def union(running: HandMadeProvider, start_union: Callable[..., Union]) -> Union:
    return start_union(at(running.issuer, oidc_client_secret=CLIENT_SECRET))


@pytest.fixture
def there(running: HandMadeProvider) -> HandMadeProvider:
    """The provider, honest, with somebody new signed in."""
    running.reset()
    running.person = {"sub": new_token(), "preferred_username": "Wang.Fang", "name": "王芳"}
    return running


@pytest.fixture
def browser(union: Union) -> Iterator[httpx.Client]:
    """A browser that nobody is signed in with."""
    with httpx.Client(base_url=union.url, follow_redirects=True) as client:
        yield client


def begin(browser: httpx.Client, headers: dict[str, str] | None = None, **asked: Any) -> str:
    """The provider's address, for this browser."""
    answer = browser.post(START, json={"return_to": HOME} | asked, headers=headers)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["authorization_url"])


def way_back(browser: httpx.Client, url: str) -> str:
    """Where the provider sends the browser, which does not go there yet."""
    return browser.get(url, follow_redirects=False).headers["location"]


def linked(union: Union, there: HandMadeProvider, who: str) -> None:
    """Link the person who is signed in there to this account."""
    union.sql(
        "UPDATE account SET oidc_issuer = %s, oidc_subject = %s WHERE id = %s",
        there.issuer, there.person["sub"], union.accounts[who],
    )  # fmt: skip


def me(browser: httpx.Client) -> dict[str, Any] | None:
    answer = browser.get("/v1/me")
    return answer.json() if answer.status_code == 200 else None


def invitation(union: Union, *, role: str = "manager", name: str | None = "王芳") -> str:
    token = new_token()
    union.sql(
        """INSERT INTO invitation (token_sha256, purpose, organisation_id, role, name, created_by, expires_at)
           VALUES (%s, 'invitation', %s, %s, %s, %s, now() + interval '1 day')""",
        token_sha256(token), union.organisations["dc-dongsi"], role, name, union.accounts["district_admin"],
    )  # fmt: skip
    return token


def is_problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    assert not any("session" in name for name in answer.cookies)
    body: dict[str, Any] = answer.json()
    return body


# signing in ---------------------------------------------------------------------------------


def test_a_link_on_a_page_signs_in(union: Union, there: HandMadeProvider, browser: httpx.Client) -> None:
    linked(union, there, "manager")
    answer = browser.get(START, params={"return_to": HOME + "?lang=en"})
    assert [one.status_code for one in answer.history] == [303, 302, 303]
    assert answer.status_code == 200
    assert str(answer.url) == f"{union.url}{HOME}?lang=en"
    signed_in = me(browser)
    assert signed_in is not None
    assert signed_in["login"] == "manager"
    session, cookie = (one.headers.get_list("set-cookie") for one in (answer.history[2], answer.history[0]))
    assert any("geoapi_session=" in one and "HttpOnly" in one and "SameSite=Strict" in one for one in session)
    assert any(one.startswith("geoapi_oidc=") and "Max-Age=0" in one for one in session)
    (bound,) = cookie
    for attribute in ("HttpOnly", "SameSite=lax", "Path=/v1/auth/oidc", "Max-Age=600"):
        assert attribute in bound
    assert answer.history[2].headers["referrer-policy"] == "no-referrer"
    kind, address = union.sql(
        "SELECT kind, host(address) FROM account_session WHERE account_id = %s ORDER BY id DESC LIMIT 1",
        union.accounts["manager"],
    )[0]
    assert (kind, address) == ("cookie", "127.0.0.1")
    assert union.sql("SELECT subject FROM event WHERE action = 'oidc_sign_in' ORDER BY id DESC LIMIT 1") == [
        (f"account:{union.accounts['manager']}",)
    ]


def test_a_script_signs_in(union: Union, there: HandMadeProvider, browser: httpx.Client) -> None:
    linked(union, there, "manager")
    answer = browser.post(START, json={})
    assert answer.headers["cache-control"] == "no-store"
    assert set(answer.json()) == {"authorization_url", "expires_at"}
    query = parse_qs(urlsplit(answer.json()["authorization_url"]).query)
    assert query["redirect_uri"] == [union.url + CALLBACK]
    assert query["code_challenge_method"] == ["S256"]
    back = browser.get(way_back(browser, answer.json()["authorization_url"]), follow_redirects=False)
    assert (back.status_code, back.headers["location"]) == (303, "/manage")
    assert me(browser) is not None


def test_behind_https_cookies_stay_there(there: HandMadeProvider, start_union: Callable[..., Union]) -> None:
    union = start_union(at(there.issuer, public_url="https://stations.example"))
    answer = union.client.post(START, json={})
    query = parse_qs(urlsplit(answer.json()["authorization_url"]).query)
    assert query["redirect_uri"] == ["https://stations.example" + CALLBACK]
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Secure-geoapi_oidc=")
    assert "Secure" in cookie.split("; ")


def test_nobody_is_signed_in_by_an_unknown_identity(
    union: Union, there: HandMadeProvider, browser: httpx.Client
) -> None:
    problem = is_problem(browser.get(begin(browser)), 403)
    assert "invitation" in browser.get(begin(browser), headers={"accept-language": "en"}).text
    assert "没有账号" in problem["detail"]
    assert me(browser) is None
    noted = union.sql("SELECT host(address), subject FROM event WHERE action = 'oidc_sign_in_failed'")
    assert noted == [("127.0.0.1", None)] * 2


def test_a_disabled_account_is_answered_like_an_unknown_one(
    union: Union, there: HandMadeProvider, browser: httpx.Client
) -> None:
    unknown = is_problem(browser.get(begin(browser)), 403)
    linked(union, there, "disabled")
    assert is_problem(browser.get(begin(browser)), 403) == unknown
    invited = begin(browser, purpose="accept", invitation=invitation(union))
    assert is_problem(browser.get(invited), 403) == unknown
    assert me(browser) is None


def test_the_same_subject_elsewhere_is_somebody_else(
    union: Union, there: HandMadeProvider, browser: httpx.Client
) -> None:
    linked(union, there, "manager")
    union.sql(
        "UPDATE account SET oidc_issuer = 'https://other.example' WHERE id = %s", union.accounts["manager"]
    )
    is_problem(browser.get(begin(browser)), 403)


# coming back with something else ------------------------------------------------------------


def test_a_state_is_good_once(union: Union, there: HandMadeProvider, browser: httpx.Client) -> None:
    linked(union, there, "manager")
    back = way_back(browser, begin(browser))
    bound = browser.cookies["geoapi_oidc"]
    assert browser.get(back).status_code == 200
    with httpx.Client(cookies={"geoapi_oidc": bound}) as again:
        problem = is_problem(again.get(back), 422)
    assert [one["field"] for one in problem["errors"]] == ["state"]


def test_only_the_browser_that_began_comes_back(
    union: Union, there: HandMadeProvider, browser: httpx.Client
) -> None:
    """Nobody is signed in by a link that somebody else began: and the one who began it still is."""
    linked(union, there, "manager")
    back = way_back(browser, begin(browser))
    with httpx.Client(base_url=union.url) as other:
        is_problem(other.get(back), 422)
        begin(other)
        is_problem(other.get(back), 422)
        assert me(other) is None
    assert browser.get(back).status_code == 200


def test_after_ten_minutes_it_is_over(union: Union, there: HandMadeProvider, browser: httpx.Client) -> None:
    linked(union, there, "manager")
    back = way_back(browser, begin(browser))
    union.sql("UPDATE oidc_flow SET expires_at = now()")
    is_problem(browser.get(back), 422)
    begin(browser)
    assert union.sql("SELECT count(*) FROM oidc_flow WHERE expires_at <= now()") == [(0,)]


@pytest.mark.parametrize(
    "query", ["", "?state=x", "?code=x", "?code=x&state=%00", "?error=access_denied", "?state=%ff&code=%ff"]
)
def test_coming_back_from_nowhere(there: HandMadeProvider, browser: httpx.Client, query: str) -> None:
    is_problem(browser.get(CALLBACK + query), 422)
    begin(browser)
    is_problem(browser.get(CALLBACK + query), 422)
    assert there.asked in ([], ["discovery"])


def test_another_code_is_refused(union: Union, there: HandMadeProvider, browser: httpx.Client) -> None:
    """A code of somebody else's sign-in, put into one's own (its challenge, and its nonce, are others)."""
    linked(union, there, "manager")
    with httpx.Client(base_url=union.url) as other:
        stolen = parse_qs(urlsplit(way_back(other, begin(other))).query)["code"][0]
    there.back = {"code": stolen}
    is_problem(browser.get(begin(browser)), 403)
    there.back = {"code": "\x00"}
    is_problem(browser.get(begin(browser)), 403)
    assert me(browser) is None


def test_a_token_that_does_not_pass_signs_nobody_in(
    union: Union, there: HandMadeProvider, browser: httpx.Client
) -> None:
    linked(union, there, "manager")
    there.claims = lambda claims: claims | {"nonce": "another"}
    is_problem(browser.get(begin(browser)), 403)
    there.claims = lambda claims: claims
    there.back = {"iss": "https://evil.example"}
    is_problem(browser.get(begin(browser)), 403)
    assert me(browser) is None


def test_the_provider_says_no(there: HandMadeProvider, browser: httpx.Client) -> None:
    for error, status in (("access_denied", 403), ("<script>", 403), ("temporarily_unavailable", 503)):
        there.back = {"error": error, "error_description": "<script>alert(1)</script>"}
        answer = browser.get(begin(browser))
        is_problem(answer, status)
        assert "script" not in answer.text
    assert "token" not in there.asked


def test_a_provider_that_cannot_be_reached(
    union: Union, start_union: Callable[..., Union], caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        issuer = f"http://127.0.0.1:{closed.getsockname()[1]}"
    alone = start_union(at(issuer))
    for answer in (alone.client.get(START), alone.client.post(START, json={})):
        problem = is_problem(answer, 503)
        assert int(answer.headers["retry-after"]) > 0
        assert "127.0.0.1" not in str(problem)
        assert "set-cookie" not in answer.headers
    # passwords go on working
    assert alone.client.post("/v1/auth/sign-in", json={"login": "manager", "password": PASSWORD}).is_success


def test_where_none_is_set_up_there_is_nothing(start_union: Callable[..., Union]) -> None:
    alone = start_union()
    for answer in (alone.client.get(START), alone.client.post(START, json={}), alone.client.get(CALLBACK)):
        problem = is_problem(answer, 404)
        assert "GEOAPI_OIDC_ISSUER" in problem["errors"][0]["mend"]


def test_beginning_has_a_limit(union: Union, there: HandMadeProvider, browser: httpx.Client) -> None:
    assert browser.post(START, json={}).is_success
    try:
        # from the future: however long it takes to ask, nothing has come back
        union.sql("UPDATE rate_bucket SET tokens = 0, updated_at = now() + interval '1 hour'")
        answer = browser.post(START, json={})
        is_problem(answer, 429)
        assert int(answer.headers["retry-after"]) > 0
    finally:
        union.sql("DELETE FROM rate_bucket")


# where it goes on ---------------------------------------------------------------------------

ELSEWHERE = (
    "https://evil.example", "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example",
    "/\t/evil.example", "/\n/evil.example", "javascript:alert(1)", "evil.example", "", " /manage", "/a b",
    "/manage//x", "/管理", "/\x00", "/\x7f", "/manage\r\nSet-Cookie: x=y",
)  # fmt: skip


@pytest.mark.parametrize("address", ELSEWHERE)
def test_nobody_is_sent_to_another_site(there: HandMadeProvider, browser: httpx.Client, address: str) -> None:
    for answer in (
        browser.post(START, json={"return_to": address}),
        browser.get(START, params={"return_to": address}),
    ):
        assert [one["field"] for one in is_problem(answer, 422)["errors"]] == ["return_to"]
    assert there.asked == []


AWKWARD = st.text(st.sampled_from("/\\\t\n\r .:@?#%&=aé\u2215\uff0f\x00\x7f"), max_size=12)


@settings(max_examples=500, suppress_health_check=[HealthCheck.too_slow])
@given(st.one_of(AWKWARD, st.text(), AWKWARD.map(lambda rest: "/" + rest)))
@example("/.//evil.example")
@example("/@evil.example")
def test_whatever_passes_is_a_path_of_this_site(path: str) -> None:
    try:
        taken = local_path(path)
    except FieldError:
        return
    assert taken == path
    # as browsers read it: backslashes are slashes, blanks and control characters are dropped
    read = "".join(c for c in taken.replace("\\", "/") if c > " ")
    assert read.startswith("/")
    assert not read.startswith("//")
    there = httpx.URL("https://stations.example/v1/auth/oidc/callback").join(taken)
    assert (there.scheme, there.netloc) == ("https", b"stations.example")


# invitations --------------------------------------------------------------------------------


def test_an_invitation_becomes_an_account(
    union: Union, there: HandMadeProvider, browser: httpx.Client
) -> None:
    token = invitation(union)
    answer = browser.get(begin(browser, purpose="accept", invitation=token))
    assert (answer.status_code, answer.url.path) == (200, HOME)
    account = me(browser)
    assert account is not None
    assert account["name"] == "王芳"
    assert account["login"].startswith("wang.fang")
    assert [one["role"] for one in account["roles"]] == ["manager"]
    assert account["signs_in_with"] == ["oidc"]
    browser.cookies.clear()
    assert browser.get(begin(browser)).status_code == 200
    assert (me(browser) or {})["id"] == account["id"]


def test_an_invitation_is_good_once(union: Union, there: HandMadeProvider, browser: httpx.Client) -> None:
    token = invitation(union)
    with httpx.Client(base_url=union.url, follow_redirects=True) as other:
        late = begin(other, purpose="accept", invitation=token)
        assert browser.get(begin(browser, purpose="accept", invitation=token)).status_code == 200
        there.person = {"sub": "somebody else"}
        is_problem(other.get(late), 404)
        is_problem(other.post(START, json={"purpose": "accept", "invitation": token}), 404)
    assert union.sql("SELECT count(*) FROM account WHERE oidc_subject = 'somebody else'") == [(0,)]


def test_whoever_has_an_account_gets_the_role(
    union: Union, there: HandMadeProvider, browser: httpx.Client
) -> None:
    linked(union, there, "auditor")
    token = invitation(union)
    assert browser.get(begin(browser, purpose="accept", invitation=token)).status_code == 200
    account = me(browser)
    assert account is not None
    assert account["login"] == "auditor"
    assert {one["role"] for one in account["roles"]} == {"auditor", "manager"}
    union.sql(
        "DELETE FROM account_role WHERE account_id = %s AND role = 'manager'", union.accounts["auditor"]
    )


@pytest.mark.parametrize(
    ("person", "login", "name"),
    [
        ({"preferred_username": "ＬＩ Ｎａ"}, "lina", "李娜"),
        ({"preferred_username": "manager"}, "manager-", "李娜"),
        ({"email": "li.na@example.org", "name": "Li Na\u202e\x00"}, "li.na@example.org", "Li Na"),
        ({"preferred_username": "x", "name": "  "}, "user-", "李娜"),
        ({"preferred_username": ["x"], "name": 7}, "user-", "李娜"),
        ({"preferred_username": "李" * 300, "name": "娜" * 300}, "李" * 80, "娜" * 100),
    ],
)
def test_a_login_is_found_for_everybody(
    union: Union,
    there: HandMadeProvider,
    browser: httpx.Client,
    person: dict[str, Any],
    login: str,
    name: str,
) -> None:
    there.person = {"sub": new_token()} | person
    token = invitation(union, name="李娜")
    assert browser.get(begin(browser, purpose="accept", invitation=token)).status_code == 200
    account = me(browser)
    assert account is not None
    assert account["login"] == login or (login.endswith("-") and account["login"].startswith(login))
    assert account["name"] == name


@pytest.mark.parametrize(
    ("asked", "status", "field"),
    [
        ({"purpose": "accept"}, 422, "invitation"),
        ({"purpose": "sign_in", "invitation": "x"}, 422, "invitation"),
        ({"purpose": "accept", "invitation": "x"}, 404, "token"),
        ({"purpose": "own"}, 422, "purpose"),
        ({"account_id": 1}, 422, "account_id"),
        ({"purpose": "link"}, 401, "Authorization"),
    ],
)
def test_what_does_not_begin(
    union: Union, browser: httpx.Client, asked: dict[str, Any], status: int, field: str
) -> None:
    problem = is_problem(browser.post(START, json=asked), status)
    assert [one["field"] for one in problem["errors"]] == [field]


def test_whoever_disables_an_account_waits_for_its_sign_in(union: Union, there: HandMadeProvider) -> None:
    """And then ends that session too: else it would come to life when the account is enabled again."""
    linked(union, there, "other_manager")
    identity = Identity(there.issuer, there.person["sub"], None, None)
    device = Device("bearer", 1, None, None)
    with psycopg.connect(as_service(union.database_url)) as conn:
        entered = oidc_flows.sign_in(conn, By(), identity, device)
        disable = (
            "SET lock_timeout = 100; UPDATE account SET disabled_at = now() WHERE login = 'other_manager'"
        )
        with pytest.raises(psycopg.errors.LockNotAvailable):
            union.sql(disable)
    assert entered.account["login"] == "other_manager"
    union.sql("UPDATE account SET oidc_issuer = NULL, oidc_subject = NULL WHERE login = 'other_manager'")


# links --------------------------------------------------------------------------------------


def link(union: Union, browser: httpx.Client, who: str) -> httpx.Response:
    bearer = {"Authorization": f"Bearer {union.tokens[who]}"}
    return browser.get(begin(browser, bearer, purpose="link", password=PASSWORD))


def test_link_sign_in_and_unlink(union: Union, there: HandMadeProvider, browser: httpx.Client) -> None:
    neighbour = union.as_("neighbour")
    assert link(union, browser, "neighbour").status_code == 200
    assert me(browser) is None  # a link is no sign-in
    assert neighbour.get("/v1/me").json()["signs_in_with"] == ["password", "oidc"]
    assert browser.get(begin(browser)).status_code == 200
    assert (me(browser) or {})["login"] == "neighbour"
    # once more, and by somebody else there: the newer one holds
    assert link(union, browser, "neighbour").status_code == 200
    there.person = {"sub": new_token()}
    assert link(union, browser, "neighbour").status_code == 200
    assert neighbour.delete(LINK).status_code == 204
    is_problem(neighbour.delete(LINK), 409)
    browser.cookies.clear()
    is_problem(browser.get(begin(browser)), 403)
    actions = union.sql(
        "SELECT action FROM event WHERE subject = %s AND action LIKE 'oidc%%' ORDER BY id",
        f"account:{union.accounts['neighbour']}",
    )
    assert [action for (action,) in actions] == [
        "oidc_link", "oidc_sign_in", "oidc_link", "oidc_link", "oidc_unlink"
    ]  # fmt: skip


def test_an_identity_is_one_accounts(union: Union, there: HandMadeProvider, browser: httpx.Client) -> None:
    linked(union, there, "manager")
    is_problem(link(union, browser, "neighbour"), 409)
    assert union.sql("SELECT oidc_subject FROM account WHERE id = %s", union.accounts["neighbour"]) == [
        (None,)
    ]


def test_linking_needs_the_password(union: Union, there: HandMadeProvider) -> None:
    neighbour = union.as_("neighbour")
    for password in ({}, {"password": "a wrong one"}):
        answer = neighbour.post(START, {"purpose": "link"} | password)
        assert [one["field"] for one in is_problem(answer, 422)["errors"]] == ["password"]
    union.sql("DELETE FROM rate_bucket")


def test_no_other_site_links_with_our_cookie(
    union: Union, there: HandMadeProvider, browser: httpx.Client
) -> None:
    linked(union, there, "neighbour")
    assert browser.get(begin(browser)).status_code == 200
    asked = {"purpose": "link", "password": PASSWORD}
    is_problem(browser.post(START, json=asked, headers={"Origin": "https://evil.example"}), 403)
    is_problem(browser.delete(LINK, headers={"Origin": "https://evil.example"}), 403)
    assert browser.delete(LINK, headers={"Origin": union.url}).status_code == 204


@pytest.mark.parametrize("what", ["revoked", "disabled"])
def test_a_link_that_was_begun_ends_with_the_sessions(
    union: Union, there: HandMadeProvider, browser: httpx.Client, what: str
) -> None:
    account = union.accounts["other_manager"]
    bearer = {"Authorization": f"Bearer {union.tokens['other_manager']}"}
    back = way_back(browser, begin(browser, bearer, purpose="link", password=PASSWORD))
    change, undo = {
        "revoked": (
            "UPDATE account_session SET revoked_at = now() WHERE account_id = %s",
            "UPDATE account_session SET revoked_at = NULL WHERE account_id = %s",
        ),
        "disabled": (
            "UPDATE account SET disabled_at = now() WHERE id = %s",
            "UPDATE account SET disabled_at = NULL WHERE id = %s",
        ),
    }[what]
    union.sql(change, account)
    is_problem(browser.get(back), 422)
    union.sql(undo, account)
    assert union.sql("SELECT oidc_subject FROM account WHERE id = %s", account) == [(None,)]


@pytest.mark.parametrize("how", ["changed", "recovered"])
def test_a_link_that_was_begun_ends_with_the_password(
    union: Union, there: HandMadeProvider, browser: httpx.Client, how: str
) -> None:
    """Who knew the old one keeps nothing by it, though its owner stays signed in."""
    forget_guesses(union)
    account, token = newcomer(union, f"owner-{how}")
    owner, new = {"Authorization": f"Bearer {token}"}, "not known to others"
    back = way_back(browser, begin(browser, owner, purpose="link", password=NEW_PASSWORD))
    if how == "changed":
        body = {"current": NEW_PASSWORD, "new": new}
        assert httpx.post(f"{union.url}/v1/auth/password", json=body, headers=owner).status_code == 204
    else:
        link = union.as_("district_admin").post(f"/v1/manage/accounts/{account}/recovery").json()
        recovered = {"token": link["token"], "password": new}
        assert union.as_(None).post("/v1/auth/recovery", recovered).status_code == 200
        assert sign_in(union, f"owner-{how}", new).status_code == 200
    is_problem(browser.get(back), 422)
    assert union.sql("SELECT oidc_subject FROM account WHERE id = %s", account) == [(None,)]


def test_the_only_way_in_stays(union: Union, there: HandMadeProvider, browser: httpx.Client) -> None:
    browser.get(begin(browser, purpose="accept", invitation=invitation(union)))
    is_problem(browser.delete(LINK, headers={"Origin": union.url}), 409)
    assert (me(browser) or {})["signs_in_with"] == ["oidc"]
    is_problem(httpx.delete(union.url + LINK), 401)


# what is kept and logged --------------------------------------------------------------------


def test_nothing_secret_is_logged_or_kept(
    union: Union, there: HandMadeProvider, browser: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    token = invitation(union)
    url = begin(browser, purpose="accept", invitation=token)
    state = parse_qs(urlsplit(url).query)["state"][0]
    ours = browser.cookies["geoapi_oidc"]
    (verifier,) = union.sql("SELECT code_verifier FROM oidc_flow ORDER BY created_at DESC LIMIT 1")[0]
    back = way_back(browser, url)
    code = parse_qs(urlsplit(back).query)["code"][0]
    assert browser.get(back).status_code == 200
    # the browser's own log aside
    ours_alone = [one for one in caplog.records if one.name.split(".")[0] not in ("httpx", "httpcore")]
    logged = "\n".join(one.getMessage() for one in ours_alone)
    assert {"geoapi.access", "httpx2"} <= {one.name for one in ours_alone}
    for secret in (token, state, ours, verifier, code, CLIENT_SECRET, there.tokens[0]["id_token"]):
        assert secret not in logged
    assert union.sql("SELECT count(*) FROM oidc_flow WHERE code_verifier = %s", verifier) == [(0,)]


# a provider of somebody else's making -------------------------------------------------------


def test_with_a_provider_by_others(start_union: Callable[..., Union]) -> None:
    """oidc-provider-mock, built on Authlib's server parts."""
    with warnings.catch_warnings():
        # it still uses what Authlib 1.9 calls old
        warnings.simplefilter("ignore")
        from oidc_provider_mock import User, run_server_in_thread

        person = User(sub="alice", claims={"preferred_username": "alice", "name": "Alice"})
        with run_server_in_thread(require_nonce=True, user_claims=(person,)) as server:
            union = start_union(at(f"http://localhost:{server.server_port}", oidc_client_secret="x"))
            with httpx.Client(base_url=union.url, follow_redirects=True) as browser:
                url = begin(browser, purpose="accept", invitation=invitation(union))
                assert browser.post(url, data={"sub": "alice"}).status_code == 200
                assert (me(browser) or {})["login"] == "alice"
                browser.cookies.clear()
                assert browser.post(begin(browser), data={"sub": "alice"}).status_code == 200
                assert (me(browser) or {})["name"] == "Alice"
                browser.cookies.clear()
                assert browser.post(begin(browser), data={"sub": "bob"}).status_code == 403

"""Signing in: with a bearer token, with a cookie, and without telling who has an account."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from argon2 import PasswordHasher

from geoapi.settings import AccountSettings, CoverageSettings, DatabaseSettings, Settings
from tests.api.managing.conftest import PASSWORD, Union
from tests.api.managing.signing_in import NEW_PASSWORD, PLAIN, forget_guesses, holder, newcomer, sign_in


@pytest.fixture(autouse=True)
def _no_guesses_before(union: Union) -> None:
    forget_guesses(union)


def test_a_bearer_token_is_told_once_and_only_its_digest_is_kept(union: Union) -> None:
    answer = sign_in(union, "manager", headers={"User-Agent": "app/1.0"})
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    assert answer.headers["cache-control"] == "no-store"
    token = answer.json()["token"]
    assert len(token) == 43
    assert answer.json()["account"] == {
        "id": str(union.accounts["manager"]), "login": "manager", "name": "王芳",
    }  # fmt: skip
    assert holder(union, token).get("/v1/me").json()["login"] == "manager"
    kept = union.sql(
        "SELECT kind, host(address), expires_at > now() + interval '29 days', user_agent FROM account_session"
        " WHERE token_sha256 = %s",
        hashlib.sha256(token.encode()).digest(),
    )
    assert kept == [("bearer", "203.0.113.1", True, "app/1.0")]
    assert union.sql("SELECT FROM account_session WHERE token_sha256 = %s", token.encode()[:32]) == []


@pytest.mark.parametrize("login", ["MANAGER", "  Manager ", "ｍａｎａｇｅｒ"])
def test_the_logins_case_and_width_do_not_matter(union: Union, login: str) -> None:
    assert sign_in(union, login).status_code == 200


def test_the_cookie_is_the_browsers_alone(union: Union) -> None:
    answer = sign_in(union, "manager", session="cookie")
    assert answer.status_code == 200
    assert "token" not in answer.json()
    cookie = answer.headers["set-cookie"]
    name, _, rest = cookie.partition("=")
    token = rest.split(";")[0]
    assert name == "geoapi_session"
    assert token not in answer.text
    assert [part.strip() for part in rest.split(";")[1:]] == [
        "Path=/", f"Max-Age={30 * 86_400}", "HttpOnly", "SameSite=Strict",
    ]  # fmt: skip
    with httpx.Client(base_url=union.url, cookies={name: token}) as browser:
        assert browser.get("/v1/me").json()["login"] == "manager"


def test_over_https_the_cookie_is_secure_and_bound_to_the_host(start_union, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    union = start_union(
        Settings(
            database=DatabaseSettings(pool_size=4),
            coverage=CoverageSettings(cell_size_m=5000),
            accounts=AccountSettings(public_url="https://stations.example.cn", session_days=2),
        )
    )
    answer = sign_in(union, "manager", session="cookie")
    assert answer.headers["set-cookie"].startswith("__Host-geoapi_session=")
    assert answer.headers["set-cookie"].endswith(
        "; Path=/; Max-Age=172800; HttpOnly; SameSite=Strict; Secure"
    )
    token = answer.headers["set-cookie"].split("=")[1].split(";")[0]
    # the name without the prefix, which another host could have set, is nobody's
    for name, status in (("__Host-geoapi_session", 200), ("geoapi_session", 401)):
        cookies = {"Cookie": f"{name}={token}"}
        assert PLAIN.get(f"{union.url}/v1/me", headers=cookies).status_code == status
    own = {"Cookie": f"__Host-geoapi_session={token}", "Origin": "https://stations.example.cn"}
    assert PLAIN.post(f"{union.url}/v1/auth/sign-out", headers=own).status_code == 204


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({}, 200),
    ],
)
def test_no_other_site_can_sign_a_browser_in(union: Union, headers: dict[str, str], status: int) -> None:
    assert sign_in(union, "manager", session="cookie", headers=headers).status_code == status
    # an app, which has no cookies, is not asked
    assert sign_in(union, "manager", headers=headers).status_code == 200


def test_the_service_does_not_tell_who_has_an_account(union: Union, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same answer, and as many passwords verified, whatever is wrong."""
    union.sql(
        "INSERT INTO account (login, name, oidc_issuer, oidc_subject)"
        " VALUES ('by-oidc', 'x', 'https://i', 's')"
    )
    verified: list[str] = []
    real = PasswordHasher.verify

    def counting(self: PasswordHasher, kept: str, password: str) -> bool:
        verified.append(kept)
        return real(self, kept, password)

    monkeypatch.setattr(PasswordHasher, "verify", counting)
    union.sql("DELETE FROM event")
    seen = []
    for login, password in (
        ("nobody-here", PASSWORD),
        ("manager", "wrong"),
        ("disabled", PASSWORD),
        ("by-oidc", PASSWORD),
        ("x", "y"),
    ):
        before = len(verified)
        answer = sign_in(union, login, password)
        headers = {name: value for name, value in answer.headers.items() if name != "date"}
        noted = union.sql("SELECT count(*) FROM event")[0][0]
        seen.append((answer.status_code, answer.text, headers, len(verified) - before, noted - len(seen)))
    assert seen[0][0] == 401
    assert [one == seen[0] for one in seen] == [True] * 5
    assert seen[0][3:] == (1, 1)
    assert all(word not in seen[0][1] for word in ("disabled", "停用"))


def test_guesses_are_on_record_where_the_account_is(union: Union) -> None:
    union.sql("DELETE FROM event")
    sign_in(union, "neighbour", "wrong")
    sign_in(union, "nobody-here", "wrong")
    rows = union.sql(
        "SELECT action, account_id, organisation_id, subject, host(address), detail FROM event ORDER BY id"
    )
    here = union.organisations["dc-jianguomen"]
    assert rows == [
        ("sign_in_failed", None, here, f"account:{union.accounts['neighbour']}", "203.0.113.1", {}),
        # what was typed may be a password
        ("sign_in_failed", None, None, None, "203.0.113.1", {}),
    ]


def test_an_outdated_hash_is_made_anew_and_nothing_else_changes(union: Union) -> None:
    def kept() -> tuple[str, object]:
        return union.sql("SELECT password_hash, password_changed_at FROM account WHERE login = 'auditor'")[0]

    before = kept()
    assert "m=1024," in before[0]
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda n: sign_in(union, "auditor", address=f"203.0.113.{n}"), range(4)))
    assert [one.status_code for one in answers] == [200] * 4
    assert "m=19456," in kept()[0]
    assert kept()[1] == before[1]
    assert sign_in(union, "auditor").status_code == 200


def test_a_disabled_account_ends_with_its_next_request(union: Union) -> None:
    account, token = newcomer(union, "soon-gone")
    assert holder(union, token).get("/v1/me").status_code == 200
    union.sql("UPDATE account SET disabled_at = now() WHERE id = %s", account)
    answer = holder(union, token).get("/v1/me")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert sign_in(union, "soon-gone", NEW_PASSWORD).status_code == 401


def test_a_repeat_with_the_same_key_gets_the_same_session(union: Union) -> None:
    headers = {"Idempotency-Key": "sign-in-again"}
    sessions = "SELECT count(*) FROM account_session WHERE account_id = %s"
    before = union.sql(sessions, union.accounts["manager"])[0][0]
    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(lambda _: sign_in(union, "manager", headers=headers), range(100)))
    assert {one.status_code for one in answers} == {200}
    assert len({one.json()["token"] for one in answers}) == 1
    assert union.sql(sessions, union.accounts["manager"])[0][0] == before + 1
    # and it counted as one try, which was given back
    assert union.sql("SELECT max(60 - tokens) < 1 FROM rate_bucket")[0][0]
    # another request under the key is refused, once its password was right
    assert sign_in(union, "manager", session="cookie", headers=headers).status_code == 422
    # what is kept cannot be read without the key and the password
    token = answers[0].json()["token"].encode()
    assert all(token not in bytes(row[0]) for row in union.sql("SELECT sealed FROM idempotent_request"))


def test_a_wrong_guess_keeps_no_key(union: Union) -> None:
    headers = {"Idempotency-Key": "first-wrong"}
    assert sign_in(union, "manager", "wrong", headers=headers).status_code == 401
    assert sign_in(union, "manager", headers=headers).status_code == 200


def test_whoever_knows_a_key_guesses_no_more_often(union: Union) -> None:
    headers = {"Idempotency-Key": "known-to-others"}
    assert sign_in(union, "manager", headers=headers).status_code == 200
    guesses = [sign_in(union, "manager", f"guess {n}", headers=headers).status_code for n in range(8)]
    assert guesses == [401] * 5 + [429] * 3
    # and so it is with the right one, as it is without the key
    assert sign_in(union, "manager", headers=headers).status_code == 429
    assert sign_in(union, "manager").status_code == 429


def test_a_repeat_opens_nothing_that_is_over(union: Union) -> None:
    account, _ = newcomer(union, "repeating")
    headers = {"Idempotency-Key": "once-upon-a-time"}
    assert sign_in(union, "repeating", NEW_PASSWORD, headers=headers).status_code == 200
    union.sql("UPDATE account SET disabled_at = now() WHERE id = %s", account)
    assert sign_in(union, "repeating", NEW_PASSWORD, headers=headers).status_code == 401


def test_what_is_kept_of_a_request_is_no_way_to_try_passwords(union: Union) -> None:
    """A digest of the body alone would be, a thousand million times a second."""
    body = b'{"login": "manager", "password": "%s"}' % PASSWORD.encode()
    headers = {"Idempotency-Key": "not-in-the-database", "Content-Type": "application/json"}
    answer = PLAIN.post(f"{union.url}/v1/auth/sign-in", content=body, headers=headers)
    assert answer.status_code == 200
    known = b"/v1/auth/sign-in\0\0\0" + body
    assert union.sql(
        "SELECT FROM idempotent_request WHERE request_sha256 IN (sha256(%s), sha256(%s))", known, body
    ) == []  # fmt: skip


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"login": "manager"}, "password"),
        ({"login": "manager", "password": "x", "admin": True}, "admin"),
        ({"login": "manager", "password": "x" * 1001}, "password"),
        ({"login": "a\u0000b", "password": "x"}, "login"),
        ({"login": "manager", "password": "x", "session": "forever"}, "session"),
        ({"login": ["manager"], "password": "x"}, "login"),
    ],
)
def test_what_cannot_be_a_sign_in_names_the_field_and_echoes_nothing(
    union: Union, body: dict[str, object], field: str
) -> None:
    answer = PLAIN.post(f"{union.url}/v1/auth/sign-in", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field
    assert "x" * 20 not in answer.text


def test_a_right_password_that_has_just_been_changed_opens_nothing(
    union: Union, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever changes a password to keep somebody out has kept them out, even of the sign-in under way."""
    account, _ = newcomer(union, "racing")
    real = PasswordHasher.verify

    def changed_meanwhile(self: PasswordHasher, kept: str, password: str) -> bool:
        right = real(self, kept, password)
        union.sql("UPDATE account SET password_changed_at = now() WHERE id = %s", account)
        return right

    monkeypatch.setattr(PasswordHasher, "verify", changed_meanwhile)
    sessions = "SELECT count(*) FROM account_session WHERE account_id = %s"
    before = union.sql(sessions, account)
    assert sign_in(union, "racing", NEW_PASSWORD).status_code == 401
    assert union.sql(sessions, account) == before


def test_ways_of_signing_in_are_told_to_anybody(union: Union, start_union: Callable[..., Union]) -> None:
    ways = {"password": {"min_length": 10}, "oidc": None}
    assert union.client.get("/v1/auth/methods").json() == {**ways, "signed_in": False}
    bad = {"Authorization": "Bearer nobodys"}
    assert union.client.get("/v1/auth/methods", headers=bad).json() == {**ways, "signed_in": False}
    answer = sign_in(union, "manager", PASSWORD)
    token = {"Authorization": f"Bearer {answer.json()['token']}"}
    assert union.client.get("/v1/auth/methods", headers=token).json() == {**ways, "signed_in": True}
    accounts = {"oidc_issuer": "https://login.example.org/realms/union", "oidc_client_id": "geoapi"}
    for more, name in (({}, "login.example.org"), ({"oidc_name": "统一身份认证"}, "统一身份认证")):
        other = start_union(Settings(accounts=AccountSettings(**accounts, **more)), keep_schedule=False)
        assert other.client.get("/v1/auth/methods").json()["oidc"] == {"name": name}

"""Guessing is slow from anywhere, in every process together, and locks nobody out for good."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from geoapi.coverage.runners import inline
from tests.api.conftest import running
from tests.api.managing.conftest import PASSWORD, Union
from tests.api.managing.signing_in import NEW_PASSWORD, PLAIN, forget_guesses, holder, newcomer, sign_in


@pytest.fixture(autouse=True)
def _no_guesses_before(union: Union) -> None:
    forget_guesses(union)


@pytest.mark.parametrize("login", ["manager", "nobody-here", "disabled"])
def test_five_guesses_and_then_a_minute_each_whether_or_not_there_is_an_account(
    union: Union, login: str
) -> None:
    answers = [sign_in(union, login, "wrong") for _ in range(7)]
    assert [one.status_code for one in answers] == [401] * 5 + [429] * 2
    assert 55 <= int(answers[-1].headers["retry-after"]) <= 60
    assert "account" not in answers[-1].json()["type"]
    # the right one is not looked at, either
    assert sign_in(union, login, PASSWORD).status_code == 429
    # a minute on there is one more try
    union.sql("UPDATE rate_bucket SET updated_at = updated_at - interval '61 seconds'")
    assert [sign_in(union, login, "wrong").status_code for _ in range(2)] == [401, 429]


def test_a_hundred_guesses_at_once_at_two_processes_are_five(union: Union) -> None:
    """Both services only have PostgreSQL in common."""
    with running(union.database_url, runner=inline) as other, ThreadPoolExecutor(20) as threads:

        def guess(n: int) -> int:
            url = (union.url, other)[n % 2]
            body = {"login": "manager", "password": f"guess {n}"}
            headers = {"X-Forwarded-For": "203.0.113.9"}
            return PLAIN.post(f"{url}/v1/auth/sign-in", json=body, headers=headers).status_code

        assert Counter(threads.map(guess, range(100))) == {401: 5, 429: 95}


def test_an_address_may_try_sixty_logins(union: Union) -> None:
    with ThreadPoolExecutor(4) as threads:
        found = Counter(threads.map(lambda n: sign_in(union, f"guess-{n}", "wrong").status_code, range(63)))
    assert found[401] in (60, 61)
    assert found[429] == 63 - found[401]
    assert sign_in(union, "manager", address="203.0.113.2").status_code == 200


def test_an_ipv6_network_is_one_address(union: Union) -> None:
    statuses = [
        sign_in(union, "nobody", "wrong", address=f"2001:db8::{n:x}").status_code for n in range(1, 7)
    ]
    assert statuses == [401] * 5 + [429]
    assert sign_in(union, "nobody", "wrong", address="2001:db8:0:1::1").status_code == 401


def test_many_addresses_together_get_twenty_but_the_owner_still_gets_in(union: Union) -> None:
    home = "198.51.100.7"
    newcomer(union, "owner")
    assert sign_in(union, "owner", NEW_PASSWORD, address=home).status_code == 200
    tried = [sign_in(union, "owner", "wrong", address=f"203.0.113.{n}").status_code for n in range(22)]
    assert Counter(tried) == {401: 20, 429: 2}
    # elsewhere the right password waits as well, or guessing would go on
    assert sign_in(union, "owner", NEW_PASSWORD, address="203.0.113.200").status_code == 429
    # at home it does not
    assert sign_in(union, "owner", NEW_PASSWORD, address=home).status_code == 200
    # a login that is nobody's is held back in the same way
    forget_guesses(union)
    tried = [sign_in(union, "nobody", "wrong", address=f"203.0.113.{n}").status_code for n in range(22)]
    assert Counter(tried) == {401: 20, 429: 2}


def test_a_shift_that_signs_in_from_one_address_is_not_held_back(union: Union) -> None:
    for _ in range(3):
        assert [sign_in(union, "manager").status_code for _ in range(8)] == [200] * 8
    assert union.sql("SELECT count(*) FROM rate_bucket WHERE tokens < 19")[0][0] == 0


def test_recovery_works_while_the_owner_is_locked_out(union: Union) -> None:
    account, _ = newcomer(union, "locked-out")
    address = {"X-Forwarded-For": "203.0.113.77"}
    sign_in(union, "locked-out", "wrong", address="203.0.113.77")
    union.sql("UPDATE rate_bucket SET tokens = 0")
    assert sign_in(union, "somebody", address="203.0.113.77").status_code == 429
    assert sign_in(union, "locked-out", NEW_PASSWORD, address="203.0.113.78").status_code == 429
    link = union.as_("district_admin").post(f"/v1/manage/accounts/{account}/recovery")
    body = {"token": link.json()["token"], "password": "yet another password"}
    answer = PLAIN.post(f"{union.url}/v1/auth/recovery", json=body, headers=address)
    assert answer.status_code == 200, answer.text
    assert answer.json() == {"login": "locked-out"}
    # the guesses at the account are forgotten
    assert sign_in(union, "locked-out", "yet another password", address="203.0.113.78").status_code == 200


def test_links_cannot_be_guessed_at_will(union: Union) -> None:
    headers = {"X-Forwarded-For": "203.0.113.5"}

    def look(n: int) -> int:
        body = {"token": f"guess-{n}"}
        return PLAIN.post(f"{union.url}/v1/auth/invitations/look", json=body, headers=headers).status_code

    with ThreadPoolExecutor(4) as threads:
        found = Counter(threads.map(look, range(33)))
    assert found[404] in (30, 31)
    assert found[429] == 33 - found[404]
    for path, more in (
        ("recovery", {"password": NEW_PASSWORD}),
        ("invitations/accept", {"login": "somebody", "name": "x", "password": NEW_PASSWORD}),
    ):
        body = {"token": "guess", **more}
        assert PLAIN.post(f"{union.url}/v1/auth/{path}", json=body, headers=headers).status_code == 429


def test_the_current_password_cannot_be_guessed_with_a_stolen_session(union: Union) -> None:
    _, token = newcomer(union, "phone-found")
    owner = holder(union, token)
    body = {"current": "wrong", "new": "brand new password"}
    statuses = [owner.post("/v1/auth/password", body).status_code for _ in range(6)]
    assert statuses == [422] * 5 + [429]


def test_buckets_hold_neither_logins_nor_addresses(union: Union) -> None:
    sign_in(union, "manager", "wrong", address="203.0.113.99")
    rows = union.sql("SELECT key, row_to_json(rate_bucket)::text FROM rate_bucket")
    assert len(rows) == 3
    assert all(len(key) == 32 and "manager" not in text and "203.0.113" not in text for key, text in rows)

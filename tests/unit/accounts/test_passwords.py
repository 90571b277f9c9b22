"""What may be a password, and how it is checked."""

from __future__ import annotations

import asyncio
import threading

import pytest
from argon2 import PasswordHasher, extract_parameters

from geoapi.accounts import passwords
from geoapi.accounts.logins import new_login, normalised_login
from geoapi.accounts.passwords import (
    COMMON,
    Passwords,
    check_new_password,
    hash_password,
    is_outdated,
    verify_password,
)
from geoapi.errors import InvalidInput, Unavailable


def check(password: str, min_length: int = 10) -> None:
    check_new_password(password, min_length=min_length, login="wangfang@example.cn", name="Wang Fang Fang")


@pytest.mark.parametrize(
    "password",
    ["three unrelated words", "驿站早上八点开门哦哦", "x" * 199 + "y", "１２３４５ apples", "1234567890!"],
)
def test_most_things_may_be_a_password(password: str) -> None:
    check(password)


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("nine char", "at least 10"),
        ("x" * 200 + "y", "at most 200"),
        ("WangFang@example.cn", "login or the name"),
        ("ｗａｎｇｆａｎｇ@example.cn", "login or the name"),
        (" wang fang fang ", "login or the name"),
        ("aaaaaaaaaaaa", "guessed first"),
        ("AaAaAaAaAaAa", "guessed first"),
        ("Password1234", "guessed first"),
        ("１２３４５６７８９０", "guessed first"),
        # a ligature that is three letters to NFKC does not make it long
        ("short ﬃ", "at least 10"),
    ],
)
def test_some_may_not_and_the_reason_is_said(password: str, why: str) -> None:
    with pytest.raises(InvalidInput, match=why) as caught:
        check(password)
    assert caught.value.field == "password"
    assert caught.value.mend
    # never the password itself
    assert password.strip() not in caught.value.line("zh") + caught.value.line("en")


def test_the_common_ones_are_as_they_are_compared() -> None:
    assert all(one == one.casefold().strip() for one in COMMON)


def test_a_password_is_the_same_from_every_keyboard() -> None:
    kept = hash_password("café 驿站 ＡＢＣ")
    assert verify_password("cafe\u0301 驿站 ABC", kept)
    assert not verify_password("cafe 驿站 ABC", kept)
    assert not verify_password("café 驿站 abc", kept)


def test_hashes_are_argon2id_at_owasps_minimum_and_each_has_its_salt() -> None:
    one, other = hash_password("three unrelated words"), hash_password("three unrelated words")
    assert one != other
    parameters = extract_parameters(one)
    assert one.startswith("$argon2id$")
    assert (parameters.memory_cost, parameters.time_cost, parameters.parallelism) == (19 * 1024, 2, 1)
    assert not is_outdated(one)
    assert is_outdated(PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash("x"))


def test_no_password_is_right_where_there_is_none_but_the_work_is_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    checked: list[str] = []
    real = PasswordHasher.verify

    def counting(self: PasswordHasher, kept: str, password: str) -> bool:
        checked.append(kept)
        return real(self, kept, password)

    monkeypatch.setattr(PasswordHasher, "verify", counting)
    assert not verify_password("three unrelated words", None)
    assert not verify_password("three unrelated words", "no hash at all")
    assert len(checked) == 2
    assert extract_parameters(checked[0]) == extract_parameters(hash_password("x"))


async def _all_at_once(at_once: int, wait_s: float) -> tuple[int, list[object]]:
    """Many checks at once: how many ran together at most, and what came of each."""
    running, most = 0, 0
    lock, go = threading.Lock(), threading.Event()

    def slow(password: str, kept: str | None) -> bool:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        go.wait(10)
        with lock:
            running -= 1
        return True

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "verify_password", slow)
        guard = Passwords(at_once, wait_s=wait_s)
        jobs = [asyncio.ensure_future(guard.verify("x", None)) for _ in range(6)]
        if wait_s < 1:
            # those without a turn give up while the others still work
            await asyncio.wait(jobs, return_when=asyncio.FIRST_EXCEPTION)
        go.set()
        done: list[object] = list(await asyncio.gather(*jobs, return_exceptions=True))
    return most, done


def test_only_so_many_at_once() -> None:
    most, done = asyncio.run(_all_at_once(2, 10))
    assert most <= 2
    assert done == [True] * 6


def test_whoever_waits_too_long_is_told_to_come_again() -> None:
    most, done = asyncio.run(_all_at_once(2, 0.01))
    assert most == 2
    refused = [one for one in done if isinstance(one, Unavailable)]
    assert len(refused) == 4
    assert refused[0].extra["retry_after_s"] > 0


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  WangFang ", "wangfang"),
        ("Ｗａｎｇ＠ｅｘａｍｐｌｅ．ｃｎ", "wang@example.cn"),
        ("王芳芳", "王芳芳"),
    ],
)
def test_a_login_has_one_spelling(typed: str, kept: str) -> None:
    assert normalised_login(typed) == new_login(typed) == kept


@pytest.mark.parametrize("typed", ["ab", "two words", "x" * 101, "a|b|c", "", "a\u200bbc"])
def test_what_cannot_be_a_login(typed: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        new_login(typed)
    assert caught.value.field == "login"

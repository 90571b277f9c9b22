"""Passwords: what may be one, and argon2id at OWASP's minimum, in threads and a few at a time."""

from __future__ import annotations

import asyncio
import secrets
import unicodedata
from collections.abc import Callable
from functools import cache
from typing import Final, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from geoapi.errors import InvalidInput, Unavailable, Words

T = TypeVar("T")
MOST_CHARACTERS: Final = 200
WAIT_S: Final = 3.0
"""Longest wait for a turn: some 300 passwords are checked meanwhile."""

# https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html: 19 MiB, t=2, p=1
_HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)

# of those long enough to be allowed otherwise, the ones that are tried first
COMMON: Final = frozenset(
    (
        "12345678", "123456789", "1234567890", "12345678910", "0123456789", "0987654321", "987654321",
        "9876543210", "1122334455", "1234512345", "1231231231", "123123123", "1234567891", "123456789a",
        "a123456789", "abc123456", "abc123456789", "abcd123456", "aa123456789", "qq123456789", "q123456789",
        "1q2w3e4r", "1q2w3e4r5t", "1qaz2wsx", "1qaz2wsx3edc", "qazwsxedc", "qazwsxedcrfv", "qwertyuiop",
        "qwerty12345", "qwerty123456", "asdfghjkl", "asdfghjkl123", "zxcvbnm123", "abcdefgh", "abcdefghij",
        "password", "password1", "password12", "password123", "password1234", "passw0rd123", "p@ssw0rd123",
        "administrator", "admin12345", "admin123456", "welcome123", "changeme123", "iloveyou123",
        "5201314520", "5201314521", "1314520520", "woaini1314", "woaini520", "woaini520131", "woaini5201314",
        "beijing2008", "beijing2022", "beijing123", "zhonghua123", "gonghui123", "gonghui2026",
    )
)  # fmt: skip


def normalised(password: str) -> str:
    """The password as every keyboard means it: full-width and composed forms are one (NFKC)."""
    return unicodedata.normalize("NFKC", password)


def check_new_password(
    password: str, *, min_length: int, login: str, name: str, field: str = "password"
) -> None:
    """Raise `InvalidInput` where this may not be the password of that account."""
    text = normalised(password)
    folded = text.strip().casefold()
    if len(text) < min_length:
        _refuse(
            field,
            Words(f"密码至少 {min_length} 个字符", f"must have at least {min_length} characters"),
            Words("几个不相干的词最好记", "a few unrelated words are easy to remember"),
        )
    if len(text) > MOST_CHARACTERS:
        _refuse(
            field,
            Words(f"密码最多 {MOST_CHARACTERS} 个字符", f"must have at most {MOST_CHARACTERS} characters"),
            Words("缩短一些", "shorten it"),
        )
    if folded in (normalised(login).casefold(), normalised(name).strip().casefold()):
        _refuse(
            field,
            Words("密码不能与登录名或姓名相同", "must not be the login or the name"),
            Words("换一个", "choose another"),
        )
    if len(set(folded)) <= 1 or folded in COMMON:
        _refuse(
            field,
            Words("密码太常见，最先被猜到", "is one of those that are guessed first"),
            Words("换一个别人想不到的", "choose one that others would not think of"),
        )


def _refuse(field: str, message: Words, mend: Words) -> None:
    raise InvalidInput(message, field=field, mend=mend)


def hash_password(password: str) -> str:
    """What is kept of a password. Takes some 20 ms and 19 MiB."""
    return _HASHER.hash(normalised(password))


def is_outdated(password_hash: str) -> bool:
    """Whether a hash was made with other parameters than today's, and should be made anew."""
    return _HASHER.check_needs_rehash(password_hash)


def verify_password(password: str, password_hash: str | None) -> bool:
    """Whether it is the password. The work is the same where there is none to compare with (None)."""
    try:
        return _HASHER.verify(password_hash or _nobodys_hash(), normalised(password)) and bool(password_hash)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobodys_hash() -> str:
    """A hash of a password that nobody knows."""
    return _HASHER.hash(secrets.token_urlsafe(32))


class Passwords:
    """Passwords checked and hashed off the event loop, so many at once; `Unavailable` after a long wait."""

    def __init__(self, at_once: int, *, wait_s: float = WAIT_S) -> None:
        self._turns = asyncio.Semaphore(at_once)
        self._wait_s = wait_s

    async def verify(self, password: str, password_hash: str | None) -> bool:
        return await self._in_turn(lambda: verify_password(password, password_hash))

    async def hash(self, password: str) -> str:
        return await self._in_turn(lambda: hash_password(password))

    async def _in_turn(self, work: Callable[[], T]) -> T:
        try:
            async with asyncio.timeout(self._wait_s):
                await self._turns.acquire()
        except TimeoutError:
            raise Unavailable(
                Words("登录请求太多", "too many want to sign in at once"),
                mend=Words("稍后再试", "try again in a moment"),
                retry_after_s=2,
            ) from None
        job = asyncio.ensure_future(asyncio.to_thread(work))
        # the turn ends with the thread's work, even where nobody waits for it any longer
        job.add_done_callback(lambda _: self._turns.release())
        return await asyncio.shield(job)

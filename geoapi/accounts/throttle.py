"""How often somebody may guess: token buckets in PostgreSQL, so that all processes count together.

A guess takes a token of each of its buckets before the password is looked at, in a transaction of its own:
a guess that fails, or is broken off, has counted. Nothing depends on whether the login exists. Bucket keys
are HMACs: neither logins nor addresses can be read from them.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address, ip_network
from math import ceil
from typing import Final

import psycopg

from geoapi.db.engine import Database
from geoapi.errors import TooManyTries, Words


@dataclass(frozen=True)
class Limit:
    """So many at once, and then one every so many seconds."""

    kind: str
    burst: int
    every_s: float


PER_LOGIN_AND_ADDRESS: Final = Limit("pair", 5, 60)
PER_ADDRESS: Final = Limit("address", 60, 10)
PER_LOGIN: Final = Limit("account", 20, 180)
LINKS_PER_ADDRESS: Final = Limit("link", 30, 10)
"""Invitations and recovery links: apart from sign-ins, so that whoever is locked out can still recover."""
ELSEWHERE_PER_ADDRESS: Final = Limit("elsewhere", 60, 2)
"""Sign-ins at an OpenID provider that were begun: nothing is guessed, but each is kept until it is over."""
KNOWN_FOR: Final = timedelta(days=90)
"""How long an address that an account signed in from is not held back by what others guess elsewhere."""

_KNOWN = """
SELECT EXISTS (
  SELECT FROM account_session AS s JOIN account AS a ON a.id = s.account_id
  WHERE a.login = %s AND s.address <<= %s::inet AND s.created_at > now() - %s
)
"""


def network_of(address: str | None) -> str:
    """Who counts as one address: an IPv4 address, an IPv6 /64 (one household or phone); "" for none."""
    if address is None:
        return ""
    parsed = ip_address(address)
    return str(parsed) if parsed.version == 4 else str(ip_network(f"{parsed}/64", strict=False))


class Throttle:
    """The buckets of this service's database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._secret: bytes | None = None

    async def sign_in(self, login: str, address: str | None) -> None:
        """Take what one guess at the password of this (normalised) login costs; `TooManyTries` where the
        tokens are spent, and then nothing is taken.

        The bucket that all addresses share holds back nobody at an address that the account itself signed in
        from lately: otherwise anybody could lock its owner out.
        """
        network = network_of(address)
        async with self._database.raw_connection() as conn:
            known = False
            if network:
                cursor = await conn.execute(_KNOWN, [login, network, KNOWN_FOR])
                known = bool((await cursor.fetchone() or [False])[0])
            asked = [(PER_LOGIN_AND_ADDRESS, f"{login}\0{network}"), (PER_ADDRESS, network)]
            await self._take(conn, [*asked, *([] if known else [(PER_LOGIN, login)])])

    async def link(self, address: str | None) -> None:
        """Take what one look at an invitation or recovery link costs; else `TooManyTries`."""
        async with self._database.raw_connection() as conn:
            await self._take(conn, [(LINKS_PER_ADDRESS, network_of(address))])

    async def elsewhere(self, address: str | None) -> None:
        """Take what beginning one sign-in at an OpenID provider costs; else `TooManyTries`."""
        async with self._database.raw_connection() as conn:
            await self._take(conn, [(ELSEWHERE_PER_ADDRESS, network_of(address))])

    async def succeeded(self, login: str, address: str | None) -> None:
        """Give back what a right password had taken: many may share an address, and nothing was guessed."""
        network = network_of(address)
        async with self._database.raw_connection() as conn:
            pair = await self._key(conn, PER_LOGIN_AND_ADDRESS, f"{login}\0{network}")
            await conn.execute("DELETE FROM rate_bucket WHERE key = %s", [pair])
            for limit, value in ((PER_ADDRESS, network), (PER_LOGIN, login)):
                await conn.execute(
                    "UPDATE rate_bucket SET tokens = least(%s, tokens + 1) WHERE key = %s",
                    [float(limit.burst), await self._key(conn, limit, value)],
                )

    async def _take(self, conn: psycopg.AsyncConnection, asked: Sequence[tuple[Limit, str]]) -> None:
        # always in the same order, so that two guesses never wait for each other's
        async with conn.transaction():
            for limit, value in asked:
                cursor = await conn.execute(
                    "SELECT take_token(%s, %s, %s)",
                    [await self._key(conn, limit, value), float(limit.burst), 1 / limit.every_s],
                )
                wait_s = float((await cursor.fetchone() or [0])[0])
                if wait_s > 0:
                    raise _too_many(wait_s)

    async def _key(self, conn: psycopg.AsyncConnection, limit: Limit, value: str) -> bytes:
        if self._secret is None:
            cursor = await conn.execute("SELECT value FROM service_secret WHERE name = 'throttle'")
            self._secret = bytes((await cursor.fetchone() or [b""])[0])
        return bucket_key(self._secret, limit, value)


def bucket_key(secret: bytes, limit: Limit, value: str) -> bytes:
    """The key of the bucket for this value."""
    return hmac.digest(secret, f"{limit.kind}|{value}".encode("utf-8", "surrogatepass"), hashlib.sha256)


def clear_login(conn: psycopg.Connection, login: str, address: str | None = None) -> None:
    """Forget the guesses at a login whose owner has just proven himself otherwise."""
    row = conn.execute("SELECT value FROM service_secret WHERE name = 'throttle'").fetchone()
    secret = bytes((row or [b""])[0])
    # in the order in which guesses take them
    for limit, value in (
        (PER_LOGIN_AND_ADDRESS, f"{login}\0{network_of(address)}"),
        (PER_LOGIN, login),
    ):
        conn.execute("DELETE FROM rate_bucket WHERE key = %s", [bucket_key(secret, limit, value)])


def _too_many(wait_s: float) -> TooManyTries:
    seconds = ceil(wait_s)
    return TooManyTries(
        Words("尝试过于频繁", "too many tries"),
        mend=Words(
            f"{seconds} 秒后再试；忘了密码可请管理员发恢复链接",
            f"try again in {seconds} s; an administrator can give you a recovery link",
        ),
        retry_after_s=wait_s,
    )

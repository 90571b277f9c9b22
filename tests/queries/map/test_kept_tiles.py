"""Kept tiles: within their memory, of the state that was asked for, made once."""

from __future__ import annotations

import asyncio
import gzip

import pytest

from geoapi.queries.flights import Gone
from geoapi.queries.map.kept_tiles import KeptTiles


def test_what_is_kept_is_given_again_until_its_basis_changes() -> None:
    async def check() -> None:
        kept, made = KeptTiles(1_000_000), []

        async def make(body: bytes) -> bytes:
            made.append(body)
            return body

        first = await kept.get("here", "a", lambda _: make(b"one"))
        assert gzip.decompress(first.gzipped) == b"one"
        assert await kept.get("here", "a", lambda _: make(b"other")) == first
        second = await kept.get("here", "b", lambda _: make(b"two"))
        assert second.digest != first.digest
        assert made == [b"one", b"two"]
        # the same content is the same tile, whatever it was made of
        third = await kept.get("there", "c", lambda _: make(b"one"))
        assert third == first

    asyncio.run(check())


def test_memory_has_its_bound_and_the_least_used_goes() -> None:
    async def check() -> None:
        kept, made = KeptTiles(10_000), []

        async def get(name: int) -> None:
            async def make(_: Gone) -> bytes:
                made.append(name)
                # gzip cannot make it smaller
                return bytes((name * 7919 + n * n * 31 + n // 3) % 251 for n in range(1500))

            await kept.get(name, "basis", make)

        for name in range(40):
            await get(name)
            assert kept.bytes <= 10_000
            await get(0)
        assert made.count(0) == 1
        await get(1)
        assert made.count(1) == 2

    asyncio.run(check())


def test_no_memory_keeps_nothing_and_still_answers() -> None:
    async def check() -> None:
        kept = KeptTiles(0)

        async def make(_: Gone) -> bytes:
            return b"x"

        assert gzip.decompress((await kept.get("a", "b", make)).gzipped) == b"x"
        assert kept.bytes == 0

    asyncio.run(check())


def test_those_who_ask_at_once_wait_for_one_and_share_its_error() -> None:
    async def check() -> None:
        kept, tries = KeptTiles(1_000_000), []
        go = asyncio.Event()

        async def make(_: Gone) -> bytes:
            tries.append(1)
            await go.wait()
            raise LookupError("gone")

        asking = [asyncio.ensure_future(kept.get("a", "b", make)) for _ in range(5)]
        # one of them goes away, and the others' tile goes on being made
        await asyncio.sleep(0)
        asking[0].cancel()
        go.set()
        results = await asyncio.gather(*asking, return_exceptions=True)
        assert isinstance(results[0], asyncio.CancelledError)
        assert all(isinstance(one, LookupError) for one in results[1:])
        assert len(tries) == 1
        # an error is not kept
        with pytest.raises(LookupError):
            await kept.get("a", "b", make)
        assert len(tries) == 2

    asyncio.run(check())

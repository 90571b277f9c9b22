"""Work that many ask for at once: who asked, and whether anybody still waits."""

from __future__ import annotations

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from geoapi.queries.flights import Flights, Gone


def going(has_gone: bool) -> Gone:
    async def gone() -> bool:
        return has_gone

    return gone


@given(askers=st.lists(st.sampled_from([True, False, None]), min_size=1, max_size=6))
def test_nobody_waits_when_all_who_asked_have_gone(askers: list[bool | None]) -> None:
    """Of somebody who cannot be asked (None) it is not known: they are waited for."""

    async def check() -> None:
        flights = Flights[bool]()
        go = asyncio.Event()

        async def work() -> bool:
            await go.wait()
            return await flights.everybody_gone("one")

        asking = [
            asyncio.ensure_future(flights.join("one", work, None if one is None else going(one)))
            for one in askers
        ]
        await asyncio.sleep(0)
        go.set()
        assert await asyncio.gather(*asking) == [all(askers)] * len(askers)

    asyncio.run(check())


def test_who_asked_for_another_or_before_is_not_asked() -> None:
    async def check() -> None:
        flights = Flights[bool]()

        async def work(key: str) -> bool:
            await asyncio.sleep(0)
            return await flights.everybody_gone(key)

        other = asyncio.ensure_future(flights.join("other", lambda: work("other"), going(False)))
        assert await flights.join("one", lambda: work("one"), going(True))
        assert not await flights.join("one", lambda: work("one"), going(False))
        assert await flights.join("one", lambda: work("one"), going(True))
        assert not await other

    asyncio.run(check())

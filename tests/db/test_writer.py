"""Writing: committed when it says so, undone when it does not, and never a wait without an end."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg
import pytest

from geoapi.db.engine import as_service
from geoapi.db.writer import TRIES, Writer
from geoapi.errors import NotAllowed, Unavailable
from geoapi.settings import DatabaseSettings, EditingSettings
from tests.conftest import clone

PATIENCE_S = 30.0


@asynccontextmanager
async def writing(
    url: str, *, connections: int = 2, wait_s: float = 10, **database: Any
) -> AsyncIterator[Writer]:
    """A writer at the address."""
    writer = Writer(
        url,
        DatabaseSettings(**database),
        EditingSettings(write_connections=connections, write_wait_s=wait_s),
    )
    writer.open()
    try:
        yield writer
    finally:
        await asyncio.to_thread(writer.close)


@pytest.fixture(scope="module")
def own_url(server_url: str) -> Iterator[str]:
    with clone(server_url) as url:
        yield url


@pytest.fixture
def url(own_url: str) -> str:
    """A database with one table of numbers, both 0."""
    with psycopg.connect(own_url) as conn:
        conn.execute("DROP TABLE IF EXISTS number")
        conn.execute("CREATE TABLE number (id integer PRIMARY KEY, value integer NOT NULL DEFAULT 0)")
        conn.execute("INSERT INTO number SELECT generate_series(1, 2)")
        conn.execute("GRANT SELECT ON number TO geoapi_service")
    return own_url


def numbers(url: str) -> dict[int, int]:
    with psycopg.connect(url) as conn:
        return dict(conn.execute("SELECT id, value FROM number").fetchall())


def adding(id_: int) -> Callable[[psycopg.Connection], int]:
    """Work that adds one to a number, and says what it came to."""

    def work(conn: psycopg.Connection) -> int:
        row = conn.execute(
            "UPDATE number SET value = value + 1 WHERE id = %s RETURNING value", [id_]
        ).fetchone()
        assert row is not None
        return int(row[0])

    return work


def backend_of(conn: psycopg.Connection) -> int:
    return conn.info.backend_pid


def end(url: str, backend: int) -> None:
    """End a connection from the server's side, and return when it is gone."""
    with psycopg.connect(url, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 10000)", [backend])


async def until(reached: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not reached():  # noqa: ASYNC110 - reached by threads
            await asyncio.sleep(0.01)


def test_what_is_answered_is_committed(url: str) -> None:
    async def ask() -> None:
        async with writing(url) as writer:
            assert await writer.run(adding(1)) == 1
            assert numbers(url)[1] == 1

    asyncio.run(ask())


def test_what_raises_leaves_nothing_behind(url: str) -> None:
    def work(conn: psycopg.Connection) -> None:
        adding(1)(conn)
        raise ValueError("no")

    async def ask() -> None:
        async with writing(url, connections=1) as writer:
            with pytest.raises(ValueError, match="no"):
                await writer.run(work)
            # and the connection is as good as before
            assert await writer.run(adding(2)) == 1

    asyncio.run(ask())
    assert numbers(url) == {1: 0, 2: 1}


def test_a_connection_that_ends_before_the_commit_is_no_answer(url: str) -> None:
    def work(conn: psycopg.Connection) -> int:
        value = adding(1)(conn)
        end(url, backend_of(conn))
        return value

    async def ask() -> None:
        async with writing(url) as writer:
            with pytest.raises(Unavailable) as refused:
                await writer.run(work)
            assert refused.value.extra["retry_after_s"]

    asyncio.run(ask())
    assert numbers(url)[1] == 0


def test_an_error_passed_over_is_no_answer(url: str) -> None:
    """PostgreSQL answers the COMMIT of a failed transaction with ROLLBACK, which is no error."""

    def work(conn: psycopg.Connection) -> None:
        adding(1)(conn)
        with pytest.raises(psycopg.errors.DivisionByZero):
            conn.execute("SELECT 1 / 0")

    async def ask() -> None:
        async with writing(url) as writer:
            with pytest.raises(RuntimeError):
                await writer.run(work)

    asyncio.run(ask())
    assert numbers(url)[1] == 0


def test_connections_cut_while_they_wait_are_replaced_without_anybody_noticing(url: str) -> None:
    async def ask() -> None:
        async with writing(url, connections=4) as writer:
            ready = threading.Barrier(4)

            def at_once(conn: psycopg.Connection) -> int:
                ready.wait(PATIENCE_S)
                return backend_of(conn)

            backends = await asyncio.gather(*(writer.run(at_once) for _ in range(4)))
            assert len(set(backends)) == 4
            for backend in backends:
                await asyncio.to_thread(end, url, backend)
            assert await writer.run(adding(1)) == 1

    asyncio.run(ask())


def test_transactions_that_cross_are_tried_again(url: str) -> None:
    crossing = threading.Barrier(2)
    tries: list[int] = []

    def both(first: int, second: int) -> Callable[[psycopg.Connection], None]:
        def work(conn: psycopg.Connection) -> None:
            tries.append(first)
            conn.execute("SET LOCAL deadlock_timeout = '10ms'")
            adding(first)(conn)
            if len(tries) <= 2:
                crossing.wait(PATIENCE_S)
            adding(second)(conn)

        return work

    async def ask() -> None:
        async with writing(url) as writer:
            await asyncio.gather(writer.run(both(1, 2)), writer.run(both(2, 1)))

    asyncio.run(ask())
    assert len(tries) > 2
    assert numbers(url) == {1: 2, 2: 2}


def test_transactions_that_cross_for_ever_are_given_up(url: str) -> None:
    tries: list[int] = []

    def work(conn: psycopg.Connection) -> None:
        tries.append(1)
        adding(1)(conn)
        raise psycopg.errors.SerializationFailure("crossed")

    async def ask() -> None:
        async with writing(url) as writer:
            with pytest.raises(Unavailable):
                await writer.run(work)

    asyncio.run(ask())
    assert len(tries) == TRIES
    assert numbers(url)[1] == 0


def test_nobody_keeps_all_others_from_writing(url: str) -> None:
    """Whoever asks for much that takes long waits for himself, and is refused for himself."""
    release = threading.Event()
    began: list[int] = []

    def work(conn: psycopg.Connection) -> None:
        began.append(1)
        release.wait(PATIENCE_S)

    async def ask() -> None:
        async with writing(url, connections=4, wait_s=0.05) as writer:
            busy = [asyncio.create_task(writer.run(work, whose=7)) for _ in range(2)]
            await until(lambda: len(began) == 2)
            with pytest.raises(Unavailable):
                await writer.run(adding(1), whose=7)
            assert await writer.run(adding(1), whose="somebody else") == 1
            assert await writer.run(adding(1)) == 2
            release.set()
            await asyncio.gather(*busy)
            assert await writer.run(adding(1), whose=7) == 3

    asyncio.run(ask())
    assert len(began) == 2


def test_more_than_there_are_turns_wait_and_are_then_refused(url: str) -> None:
    release = threading.Event()
    began: list[int] = []

    def work(conn: psycopg.Connection) -> None:
        began.append(1)
        release.wait(PATIENCE_S)

    async def ask() -> None:
        async with writing(url, connections=2, wait_s=0.05) as writer:
            busy = [asyncio.create_task(writer.run(work)) for _ in range(2)]
            await until(lambda: len(began) == 2)
            with pytest.raises(Unavailable) as refused:
                await writer.run(adding(1))
            assert refused.value.extra["retry_after_s"] == 2
            release.set()
            await asyncio.gather(*busy)
            assert await writer.run(adding(1)) == 1

    asyncio.run(ask())


@pytest.mark.skipif(os.geteuid() != 0, reason="freezes a process of the server's user")
@pytest.mark.parametrize("when", ["before", "within", "at the commit"])
def test_a_frozen_server_is_waited_for_no_longer_than_patience(url: str, when: str) -> None:
    frozen: list[int] = []

    def freeze(conn: psycopg.Connection) -> None:
        frozen.append(backend_of(conn))
        os.kill(frozen[0], signal.SIGSTOP)

    def work(conn: psycopg.Connection) -> None:
        if when == "before":
            return
        adding(1)(conn)
        freeze(conn)
        if when == "within":
            adding(1)(conn)

    async def ask() -> None:
        async with writing(url, connections=1) as writer:
            if when == "before":
                await writer.run(lambda conn: frozen.append(backend_of(conn)))
                os.kill(frozen[0], signal.SIGSTOP)
            began = time.monotonic()
            with pytest.raises(Unavailable):
                await writer.run(adding(1) if when == "before" else work, patience_s=0.3)
            assert time.monotonic() - began < PATIENCE_S
            # the turn and the thread are free again
            assert await writer.run(lambda conn: 7) == 7

    try:
        asyncio.run(ask())
    finally:
        for backend in frozen:
            os.kill(backend, signal.SIGCONT)
    # a commit that was under way may yet be done: nobody was told that it was, or that it was not
    assert numbers(url)[1] in ({0, 1} if when == "at the commit" else {0})


def test_what_the_database_forbids_is_not_allowed(url: str) -> None:
    async def ask() -> None:
        async with writing(as_service(url)) as writer:
            with pytest.raises(NotAllowed):
                await writer.run(adding(1))
            assert await writer.run(lambda conn: 7) == 7

    asyncio.run(ask())


def test_a_request_that_is_given_up_does_not_keep_its_turn(url: str) -> None:
    release = threading.Event()
    began: list[int] = []

    def work(conn: psycopg.Connection) -> int:
        began.append(1)
        release.wait(PATIENCE_S)
        return adding(1)(conn)

    async def ask() -> None:
        async with writing(url, connections=1) as writer:
            task = asyncio.create_task(writer.run(work))
            await until(lambda: bool(began))
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            # what it had begun is done to its end, and only then it is the next one's turn
            waiting = asyncio.create_task(writer.run(adding(2)))
            assert not waiting.done()
            release.set()
            assert await waiting == 1
            assert numbers(url) == {1: 1, 2: 1}

    asyncio.run(ask())


def test_no_server_is_unavailable_at_once() -> None:
    async def ask() -> None:
        async with writing("postgresql:///x?host=/nonexistent", pool_wait_s=0.1) as writer:
            with pytest.raises(Unavailable):
                await writer.run(lambda conn: 7)

    asyncio.run(ask())

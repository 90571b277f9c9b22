"""Transactions that change things: plain psycopg in a few threads, committed before anything is answered.

What has to happen in one transaction (an edit, its revision, the opening times that follow from it) is
written for plain connections, as loads are; requests wait for it without holding up the event loop.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Hashable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar
from weakref import WeakValueDictionary

import psycopg
from psycopg.pq import TransactionStatus
from psycopg_pool import ConnectionPool

from geoapi.db.engine import (
    APPLICATION,
    RECONNECT_S,
    connection_options,
    is_cut_off,
    shut,
    unavailable_errors,
)
from geoapi.errors import NotAllowed, Unavailable, Words
from geoapi.settings import DatabaseSettings, EditingSettings

T = TypeVar("T")
TRIES = 4


class Writer:
    """A few connections for writing, each with a thread; whoever waits too long gets `Unavailable`.

    Nobody has more than half of them at once: who asks for much, or for what takes long, waits for himself.
    """

    def __init__(self, url: str, database: DatabaseSettings, editing: EditingSettings) -> None:
        self._pool = ConnectionPool(
            url,
            min_size=0,
            max_size=editing.write_connections,
            timeout=database.pool_wait_s,
            open=False,
            check=self._drain_if_cut_off,
            reconnect_timeout=RECONNECT_S,
            kwargs={
                "application_name": APPLICATION,
                "options": connection_options(url, database.statement_timeout_ms),
            },
        )
        self._threads = ThreadPoolExecutor(editing.write_connections, thread_name_prefix="writer")
        self._turns = asyncio.Semaphore(editing.write_connections)
        self._most_each = max(1, editing.write_connections // 2)
        # of whoever writes or waits now
        self._turns_of: WeakValueDictionary[Hashable, asyncio.Semaphore] = WeakValueDictionary()
        self._wait_s = editing.write_wait_s
        self._patience_s = 2 * database.statement_timeout_ms / 1000

    def open(self) -> None:
        """Ready to write; connects when first asked to."""
        self._pool.open(wait=False)

    def close(self) -> None:
        self._threads.shutdown()
        self._pool.close()

    def _drain_if_cut_off(self, connection: psycopg.Connection) -> None:
        if is_cut_off(connection):
            # where one line is cut all are: rather new ones at once than each found out by a request
            self._pool.drain()
            raise psycopg.OperationalError("the server has closed the connection")

    async def run(
        self,
        work: Callable[[psycopg.Connection], T],
        *,
        whose: Hashable = None,
        patience_s: float | None = None,
    ) -> T:
        """What `work` returns, done in one transaction that is committed by then; nothing is, if it raises.

        `work` runs in a thread, again from the start where others' transactions crossed it. `whose` it is,
        of all that share what one may have at once; None: by itself. Raises `Unavailable`; and `NotAllowed`
        where PostgreSQL's own rules refuse (the second wall).
        """
        own = self._turns_of.setdefault(
            object() if whose is None else whose, asyncio.Semaphore(self._most_each)
        )
        try:
            async with asyncio.timeout(self._wait_s):
                await own.acquire()
                try:
                    await self._turns.acquire()
                except BaseException:
                    own.release()
                    raise
        except TimeoutError:
            raise Unavailable(
                Words("写入请求太多", "too many want to write at once"),
                mend=Words("稍后再试", "try again in a moment"),
                retry_after_s=2,
            ) from None
        loop = asyncio.get_running_loop()
        line = _Line()
        # a frozen server knows no timeout: a socket that is shut ends the wait
        timer = loop.call_later(patience_s or self._patience_s, line.cut)
        job = loop.run_in_executor(self._threads, self._transact, work, line, patience_s)
        # the turn ends with the thread's work, even where nobody waits for it any longer
        job.add_done_callback(lambda _: timer.cancel())
        job.add_done_callback(lambda _: self._turns.release())
        job.add_done_callback(lambda _: own.release())
        return await asyncio.shield(job)

    def _transact(
        self,
        work: Callable[[psycopg.Connection], T],
        line: _Line,
        patience_s: float | None,
    ) -> T:
        try:
            with unavailable_errors():
                for last in (*[False] * (TRIES - 1), True):
                    try:
                        # begun, and committed or rolled back, while the line can still be cut
                        with self._pool.connection() as conn, line.held(conn), conn.transaction():
                            if patience_s is not None:
                                conn.execute(
                                    f"SET LOCAL statement_timeout = {int(patience_s * 500)}".encode()
                                )
                            done = work(conn)
                            _must_be_sound(conn)
                        return done
                    except (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure):
                        if last:
                            raise
            raise AssertionError("the last try returns or raises")
        except psycopg.errors.InsufficientPrivilege as error:
            raise NotAllowed(Words("您的账号无权这样做", "your account may not do this here")) from error


class _Line:
    """The connection that a piece of work holds, if any now; once cut, every one it would hold."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: psycopg.Connection | None = None
        self._is_cut = False

    def cut(self) -> None:
        with self._lock:
            self._is_cut = True
            if self._held is not None:
                shut(self._held)

    @contextmanager
    def held(self, conn: psycopg.Connection) -> Iterator[None]:
        with self._lock:
            self._held = conn
            if self._is_cut:
                shut(conn)
        try:
            yield
        finally:
            # by the time another may have it, it is not ours to cut
            with self._lock:
                self._held = None


def _must_be_sound(conn: psycopg.Connection) -> None:
    """Refuse to commit where an error was passed over: PostgreSQL would roll back and report no error."""
    if conn.info.transaction_status is not TransactionStatus.INTRANS:
        raise RuntimeError("the transaction has failed and cannot be committed")

"""Connections: an async pool with a bounded wait for requests, plain ones for loads and commands."""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from urllib.parse import quote, urlencode

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg_pool import AsyncConnectionPool
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from geoapi.db.embedded import SERVICE_ROLE, PrivateCluster
from geoapi.errors import SetupNeeded, Unavailable, Words
from geoapi.settings import DatabaseSettings

APPLICATION = "geoapi"
# psycopg's pool tries again after 1, 2, 4, 8 … s; one that gives up tries anew when next asked
RECONNECT_S = 0.5


def sqlalchemy_url(url: str) -> str:
    """A libpq address as SQLAlchemy with psycopg wants it."""
    return "postgresql+psycopg://" + url.split("://", 1)[1]


@contextmanager
def database_address(settings: DatabaseSettings, *, guarded: bool = False) -> Iterator[str]:
    """The libpq address to use: the configured server's, or the private cluster's while it runs.

    `guarded`: a private cluster that ends before is started again. A configured server is somebody else's.
    """
    if settings.database_url is not None:
        yield settings.database_url
    else:
        with PrivateCluster(settings.data_dir).running(guarded=guarded) as url:
            yield url


def service_address(settings: DatabaseSettings, url: str) -> str:
    """The address at which the service itself connects, as a role that owns nothing, for the owner's `url`.

    A configured server may give the role an address of its own. Otherwise the owner connects and becomes
    that role, which keeps out our own mistakes, not somebody who can send SQL of his own.
    """
    if settings.service_database_url is not None:
        return settings.service_database_url
    return as_service(url, private=settings.database_url is None)


def as_service(url: str, *, private: bool = True) -> str:
    """The same database for the service's role; `private`: a private cluster's, which lets it in by name."""
    parts = conninfo_to_dict(url)
    if private:
        parts["user"] = SERVICE_ROLE
    else:
        parts["options"] = f"{parts.get('options', '')} -c role={SERVICE_ROLE}".strip()
    return f"postgresql:///?{urlencode(parts, quote_via=quote)}"


def connect(url: str) -> psycopg.Connection:
    """A plain connection for loads and commands; `SetupNeeded` when the server cannot be reached."""
    try:
        return psycopg.connect(url, application_name=APPLICATION)
    except psycopg.OperationalError as error:
        raise SetupNeeded(
            Words("连接不上数据库", f"cannot reach the database: {str(error).strip().splitlines()[0]}"),
            field="GEOAPI_DATABASE_URL",
            mend=Words("检查地址与服务器", "check the address and that the server runs"),
        ) from error


class Database:
    """What requests ask through: one psycopg pool, and SQLAlchemy on top of it.

    SQLAlchemy's own pool has no bound on how many may wait; psycopg's has, so a frozen
    database costs a request `pool_wait_s` at most, never half a minute.
    """

    def __init__(self, url: str, settings: DatabaseSettings) -> None:
        self._pool = AsyncConnectionPool(
            url,
            min_size=min(2, settings.pool_size),
            max_size=settings.pool_size,
            timeout=settings.pool_wait_s,
            max_waiting=settings.pool_max_waiting,
            close_returns=True,
            open=False,
            check=self._drain_if_cut_off,
            reconnect_timeout=RECONNECT_S,
            kwargs={
                "application_name": APPLICATION,
                "options": connection_options(url, settings.statement_timeout_ms),
            },
        )
        # room for two statements at their longest
        self._patience_s = 2 * settings.statement_timeout_ms / 1000
        self._engine: AsyncEngine = create_async_engine(
            sqlalchemy_url(url), poolclass=NullPool, async_creator=self._transactional, hide_parameters=True
        )

    async def open(self) -> None:
        """Start filling the pool; does not wait for the database."""
        await self._pool.open(wait=False)

    async def close(self) -> None:
        await self._engine.dispose()
        await self._pool.close()

    @asynccontextmanager
    async def connection(self, *, patience_s: float | None = None) -> AsyncIterator[AsyncConnection]:
        """A connection in a transaction that is rolled back: for questions, which change nothing.

        Raises `Unavailable` when the database cannot answer now, or not within `patience_s`.
        """
        with unavailable_errors():
            async with self._engine.connect() as connection:
                with self._cut_off_after(await driver_of(connection), patience_s):
                    yield connection

    @asynccontextmanager
    async def raw_connection(self) -> AsyncIterator[psycopg.AsyncConnection]:
        """A psycopg connection in autocommit: for the one question asked most, without SQLAlchemy's share."""
        with unavailable_errors():
            async with self._pool.connection() as connection:
                # spares the BEGIN and COMMIT round trips
                if not connection.autocommit:
                    await connection.set_autocommit(True)
                with self._cut_off_after(connection):
                    yield connection

    @asynccontextmanager
    async def snapshot(self, *, timeout_ms: int) -> AsyncIterator[AsyncConnection]:
        """A connection that sees one state of the data throughout and may take `timeout_ms` a statement.

        For planners' questions, whose parts (demand, stations, hours) have to fit together.
        """
        async with self.connection(patience_s=2 * timeout_ms / 1000) as connection:
            await connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
            await connection.execute(text(f"SET LOCAL statement_timeout = {int(timeout_ms)}"))
            yield connection

    async def _drain_if_cut_off(self, connection: psycopg.AsyncConnection) -> None:
        if is_cut_off(connection):
            # where one line is cut all are: rather new ones at once than each found out by a request
            await self._pool.drain()
            raise psycopg.OperationalError("the server has closed the connection")

    async def _transactional(self) -> psycopg.AsyncConnection:
        connection = await self._pool.getconn()
        if connection.autocommit:
            await connection.set_autocommit(False)
        return connection

    @contextmanager
    def _cut_off_after(
        self, connection: psycopg.AsyncConnection, patience_s: float | None = None
    ) -> Iterator[None]:
        """Break the connection when the questions on it take longer than the server would let them.

        A frozen server knows no timeout, and to cancel a wait for it takes psycopg five
        seconds more; a socket that is shut ends the wait at once.
        """
        timer = asyncio.get_running_loop().call_later(
            self._patience_s if patience_s is None else patience_s, shut, connection
        )
        try:
            yield
        finally:
            timer.cancel()


def connection_options(url: str, statement_timeout_ms: int) -> str:
    """What a connection of the service starts with, beside what its address says."""
    own = conninfo_to_dict(url).get("options", "")
    return f"{own} -c statement_timeout={statement_timeout_ms} -c jit=off".strip()


async def driver_of(connection: AsyncConnection) -> psycopg.AsyncConnection:
    """The psycopg connection under SQLAlchemy's, in the same transaction: for COPY."""
    driver = (await connection.get_raw_connection()).driver_connection
    assert isinstance(driver, psycopg.AsyncConnection)
    return driver


def is_cut_off(connection: psycopg.AsyncConnection | psycopg.Connection) -> bool:
    """Whether the server has hung up on a line that waits in a pool: asks the system, not the server."""
    line = select.poll()
    try:
        line.register(connection.fileno(), select.POLLIN)
    except (OSError, psycopg.Error):
        return True
    # what is to be read on an idle line is its end, or the reason for it
    return bool(line.poll(0))


def shut(connection: psycopg.AsyncConnection | psycopg.Connection) -> None:
    """Cut the line to the server: whoever waits on it stops waiting."""
    with (
        contextlib.suppress(OSError, psycopg.Error),
        socket.socket(fileno=os.dup(connection.fileno())) as line,
    ):
        line.shutdown(socket.SHUT_RDWR)


@contextmanager
def unavailable_errors() -> Iterator[None]:
    """Turn the driver's ways of saying "not now" into `Unavailable`, in SQLAlchemy's wrapping or without."""
    try:
        yield
    except (psycopg.Error, DBAPIError) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        if isinstance(cause, psycopg.errors.QueryCanceled):
            raise Unavailable(
                Words("查询超时", "the question took too long"),
                mend=Words("缩小范围后再试", "ask about a smaller area, or again later"),
            ) from error
        # a pool that is exhausted says so with an OperationalError of its own
        if isinstance(cause, (psycopg.OperationalError, psycopg.InterfaceError)):
            raise _busy() from error
        raise


def _busy() -> Unavailable:
    return Unavailable(
        Words("数据库暂时无法应答", "the database cannot answer just now"),
        mend=Words("稍后再试", "try again in a moment"),
        retry_after_s=1,
    )

"""geoapi serve, geoapi demo."""

from __future__ import annotations

import errno
import os
import socket
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import typer
import uvicorn
from rich.console import Console
from uvicorn.supervisors import Multiprocess

from geoapi.db.engine import database_address, service_address
from geoapi.db.migrate import migrate
from geoapi.errors import SetupNeeded, Words
from geoapi.orphans import LEFT_TO_FINISH_S
from geoapi.schedule.keeper import refresh_once
from geoapi.settings import Settings

if TYPE_CHECKING:
    from geoapi.commands.sample_staff import SampleLogin

Host = Annotated[str | None, typer.Option(help="监听地址 · address to listen on")]
Port = Annotated[int | None, typer.Option(help="端口,0 为任意空闲端口 · port; 0 takes a free one")]
Workers = Annotated[int | None, typer.Option(help="工作进程数 · worker processes")]
PORT_WAIT_S = LEFT_TO_FINISH_S + 1
console = Console(stderr=True, highlight=False, soft_wrap=True)


def serve(host: Host = None, port: Port = None, workers: Workers = None) -> None:
    """启动服务 · Serve, after bringing the database up to date. Ctrl-C stops all that was started."""
    _serve(host, port, workers, prepare=lambda url: None, announce=_address_line)


def demo(host: Host = None, port: Port = None, workers: Workers = None) -> None:
    """示例城市 · Serve the sample city: everything needed is set up on the first run."""
    # brings the loaders, which a service that starts again after a crash does without
    from geoapi.commands.sample import load_sample
    from geoapi.commands.sample_staff import staff_sample

    staff: list[SampleLogin] = []

    def prepare(url: str) -> None:
        load_sample(url)
        staff.extend(staff_sample(url))

    _serve(host, port, workers, prepare=prepare, announce=lambda address: _welcome(address, staff))


def _serve(
    host: str | None,
    port: int | None,
    workers: int | None,
    *,
    prepare: Callable[[str], object],
    announce: Callable[[str], None],
) -> None:
    settings = Settings()
    host = host or settings.service.host
    workers = workers or settings.service.workers
    with (
        _listening(host, settings.service.port if port is None else port) as listener,
        database_address(settings.database, guarded=True) as url,
    ):
        console.print("数据库就绪 · database is up", style="dim")
        if applied := migrate(url):
            console.print(f"已迁移 · migrated: {', '.join(applied)}", style="dim")
        prepare(url)
        refresh_once(url, horizon_days=settings.schedule.horizon_days)
        # worker processes find the database here; the owner's address is none of theirs
        os.environ["GEOAPI_SERVICE_DATABASE_URL"] = service_address(settings.database, url)
        os.environ.pop("GEOAPI_DATABASE_URL", None)
        config = uvicorn.Config(
            "geoapi.commands.worker:application",
            factory=True,
            workers=workers,
            # ours leaves the query out: it holds a position
            access_log=False,
            log_config=_logging(settings.service.log_level),
            server_header=False,
            # who a proxy says the caller is, is believed of proxies named in the settings only
            proxy_headers=bool(settings.accounts.trusted_proxies),
            forwarded_allow_ips=settings.accounts.trusted_proxies,
        )
        announce(f"http://{_shown(host)}:{listener.getsockname()[1]}")
        # Ctrl-C is how a service is stopped, not an error; uvicorn raises it again when it is done
        with suppress(KeyboardInterrupt), _metrics_of(workers):
            if workers == 1:
                uvicorn.Server(config).run(sockets=[listener])
            else:
                Multiprocess(config, sockets=[listener]).run()
    console.print("已停止 · stopped", style="dim")


@contextmanager
def _metrics_of(workers: int) -> Iterator[None]:
    """A folder where several processes count together; one process counts for itself."""
    if workers == 1:
        yield
        return
    with TemporaryDirectory(prefix="geoapi-metrics-") as folder:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        yield


@contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    """The socket to serve on, taken before any work is done: a busy port is known first.

    Workers of a service that was killed may have it for a moment yet, so it is worth a short wait.
    """
    patience_ends = time.monotonic() + PORT_WAIT_S
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        while True:
            try:
                listener = socket.create_server(address[:2], family=family, backlog=2048)
                break
            except OSError as error:
                if error.errno != errno.EADDRINUSE or time.monotonic() > patience_ends:
                    raise
            time.sleep(0.1)
    except OSError as error:
        # create_server writes the whole address into strerror
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
        raise SetupNeeded(
            Words(f"无法监听 {host}:{port}", f"cannot listen on {host}:{port}: {reason}"),
            field="GEOAPI_PORT",
            mend=Words("换一个端口，例如 PORT=8001", "take another port, for example PORT=8001"),
        ) from error
    with listener:
        listener.set_inheritable(True)
        yield listener


def _address_line(address: str) -> None:
    console.print(f"服务地址 · serving at [bold]{address}[/]  ({address}/docs)  Ctrl-C 停止 · stops")


def _welcome(address: str, staff: Sequence[SampleLogin]) -> None:
    beijing = ZoneInfo("Asia/Shanghai")
    night = (datetime.now(beijing) + timedelta(days=1)).replace(hour=3, minute=0, second=0, microsecond=0)
    question = urlencode(
        {
            "lon": 116.4136,
            "lat": 39.9109,
            "crs": "gcj02",
            "amenity": "microwave",
            "at": night.isoformat(),
            "limit": 3,
        }
    )
    console.print(
        f"\n[bold]示例城市已就绪(数据均为虚构) · the sample city is ready (its data are made up)[/]\n"
        f"  {address}/          最近的、开着的一处 · the nearest that is open (a phone's page)\n"
        f"  {address}/plan      覆盖、空白与选址 · coverage, gaps and sites\n"
        f"  {address}/manage    管理站点，账号见下 · managing stations, sign-ins below\n"
        f"  {address}/docs      接口文档 · the API\n\n"
        f"明天凌晨 3 点，王府井附近开着、有微波炉的最近一处 · "
        f"nearest to Wangfujing, open at 03:00 tomorrow, with a microwave:"
    )
    # plain text, on stdout: to be copied whole
    print(f"\n  curl '{address}/v1/stations/nearest?{question}'\n", flush=True)
    console.print("凌晨 3 点，谁的步行范围内没有开放的站点 · who has no open station within reach at 03:00:")
    print(
        f"\n  curl '{address}/v1/districts/110000/coverage?{urlencode({'at': night.isoformat()})}'\n",
        flush=True,
    )
    if staff:
        _introduce(address, staff)
    console.print("Ctrl-C 停止一切 · Ctrl-C stops everything\n")
    sys.stderr.flush()


def _introduce(address: str, staff: Sequence[SampleLogin]) -> None:
    """Who can sign in to the demo, and how; the first one's is ready to be copied."""
    console.print("示例账号，密码每次启动都不同 · sample accounts; their passwords are new at every start:\n")
    for one in staff:
        print(f"  {one.login:<10}{one.password:<18}{one.role}（{one.organisation}）")
    first = staff[0]
    body = f'{{"login":"{first.login}","password":"{first.password}"}}'
    print(flush=True)
    console.print("登录，查看自己管理的站点 · sign in, and list the stations that are one's own:")
    print(
        f"\n  TOKEN=$(curl -s {address}/v1/auth/sign-in -H 'Content-Type: application/json' \\\n"
        f'    -d \'{body}\' | sed -E \'s/.*"token":"([^"]+)".*/\\1/\')\n'
        f'  curl {address}/v1/manage/stations -H "Authorization: Bearer $TOKEN"\n',
        flush=True,
    )


def _shown(host: str) -> str:
    if host in ("0.0.0.0", "::"):
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def _logging(level: str) -> dict[str, Any]:
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        # its "application startup complete" says no more than the address above
        "loggers": {"uvicorn": {"level": "WARNING"}, "alembic": {"level": "WARNING"}},
        "root": {"level": level.upper(), "handlers": ["stderr"]},
    }

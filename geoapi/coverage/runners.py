"""Who works out the tiles: this process, a pool of processes, or a Dask cluster.

    inline             one after the other, here
    ProcessRunner      a pool of processes on this machine
    dask_runner        the workers of a Dask scheduler (the extra `cluster`)

Each gives the same answers in the same order; what is made of them does not depend on who worked them out.
"""

from __future__ import annotations

import multiprocessing
import socket
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from types import TracebackType
from typing import Any, Final, Protocol, Self, TypeVar
from urllib.parse import urlsplit

from geoapi.errors import InvalidInput, SetupNeeded, Unavailable, Words
from geoapi.orphans import end_with_parent

Job = TypeVar("Job")
Answer = TypeVar("Answer")

STARTING_PAYS_FROM: Final = 64
"""Jobs that are worth starting a pool for. One takes some 10 ms, starting the processes half a second."""

SENDING_PAYS_FROM: Final = 4
"""Jobs that are worth sending to a pool that has started."""

ATTEMPTS: Final = 3
"""Pools that may break under the same jobs before it is said to be the jobs' fault."""


class Runner(Protocol):
    """Something that applies a function to jobs. Both can be pickled, and so can the answers."""

    def map(self, function: Callable[[Job], Answer], jobs: Sequence[Job]) -> list[Answer]:
        """The function's answers in the order of the jobs, whatever order they are worked out in.

        What the function raises is raised here.
        """
        ...


class _Inline:
    def map(self, function: Callable[[Job], Answer], jobs: Sequence[Job]) -> list[Answer]:
        return [function(job) for job in jobs]


inline: Final = _Inline()
"""The runner that needs nothing: one job after the other, in the calling thread."""


class ProcessRunner:
    """Up to `processes` processes of this machine, started when first there is enough to do.

    They stay until `close`, so a service keeps one runner and a command uses it in a `with`. Threads may
    share one. Few jobs are worked out in the calling thread, which takes less time than sending them:
    `starting_pays_from` and `sending_pays_from` say from how many on they are sent. A process that
    is killed costs only the jobs it had: a new pool does them again. `Unavailable` when that keeps happening.
    """

    def __init__(
        self,
        processes: int,
        *,
        starting_pays_from: int = STARTING_PAYS_FROM,
        sending_pays_from: int = SENDING_PAYS_FROM,
    ) -> None:
        self._processes = processes
        self._starting_pays_from = starting_pays_from
        self._sending_pays_from = sending_pays_from
        self._pool: ProcessPoolExecutor | None = None
        self._lock = threading.Lock()

    def map(self, function: Callable[[Job], Answer], jobs: Sequence[Job]) -> list[Answer]:
        worth = self._sending_pays_from if self._pool is not None else self._starting_pays_from
        if self._processes == 1 or len(jobs) < worth:
            return inline.map(function, jobs)
        answers: dict[int, Answer] = {}
        for _ in range(ATTEMPTS):
            pool = self._started()
            if _collected(pool, function, jobs, answers):
                return [answers[at] for at in range(len(jobs))]
            self._discard(pool)
        raise Unavailable(
            Words("计算进程反复意外退出。", "the processes that work out coverage keep dying"),
            mend=Words(
                "请检查内存是否不足，或减小 GEOAPI_COVERAGE_PROCESSES。",
                "see whether memory runs out, or lower GEOAPI_COVERAGE_PROCESSES",
            ),
        )

    def close(self) -> None:
        """End the processes. The runner may be used again; it starts new ones."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(cancel_futures=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _started(self) -> ProcessPoolExecutor:
        with self._lock:
            if self._pool is None:
                self._pool = ProcessPoolExecutor(
                    self._processes, mp_context=_context(), initializer=end_with_parent
                )
            return self._pool

    def _discard(self, broken: ProcessPoolExecutor) -> None:
        with self._lock:
            # another thread may have put a new one in its place
            if self._pool is broken:
                self._pool = None
        _unblock(broken)
        broken.shutdown(cancel_futures=True)


def _unblock(broken: ProcessPoolExecutor) -> None:
    """Let a broken pool end before Python 3.11.5, where it may wait for ever (CPython issue 94777).

    Its thread may be writing a job into a pipe that nobody is left to read. Without a reader of its own the
    write fails, and the thread ends; later versions do just this.
    """
    queue = getattr(broken, "_call_queue", None)
    if sys.version_info < (3, 11, 5) and queue is not None:
        queue._reader.close()


def _context() -> multiprocessing.context.BaseContext:
    # never fork: the service's threads and connections would be copied in whatever state they are
    if sys.platform in ("win32", "darwin"):
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    # imported once, not by every process
    context.set_forkserver_preload(["geoapi.coverage.nearest_straight"])
    return context


def _collected(
    pool: ProcessPoolExecutor,
    function: Callable[[Job], Answer],
    jobs: Sequence[Job],
    answers: dict[int, Answer],
) -> bool:
    """Put the answers still missing into `answers`; False if the pool broke before all were there."""
    futures: dict[int, Future[Answer]] = {}
    whole = True
    try:
        for at, job in enumerate(jobs):
            if at not in answers:
                futures[at] = pool.submit(function, job)
    except (BrokenProcessPool, RuntimeError):
        # broken, or shut down by a thread that found it so
        whole = False
    try:
        for at, future in futures.items():
            try:
                answers[at] = future.result()
            except BrokenProcessPool:
                whole = False
    finally:
        for future in futures.values():
            future.cancel()
    return whole


class DaskRunner:
    """The workers of a Dask cluster, which must have this project and the same numpy installed.

    A worker that is lost costs only the jobs it had: the scheduler gives them to others. `Unavailable` when
    a job has taken several workers with it, or the scheduler is lost.
    """

    def __init__(self, client: Any) -> None:
        self._client = client

    def map(self, function: Callable[[Job], Answer], jobs: Sequence[Job]) -> list[Answer]:
        from distributed import KilledWorker
        from distributed.client import FutureCancelledError
        from distributed.comm.core import CommClosedError

        # one by one and not scattered: what lies only on a worker is lost with it
        futures = [self._client.submit(function, job, pure=False) for job in jobs]
        try:
            answers: list[Answer] = self._client.gather(futures)
        except (KilledWorker, FutureCancelledError, CommClosedError) as error:
            raise Unavailable(
                Words("Dask 集群未能完成计算。", "the Dask cluster could not finish"),
                field="scheduler",
                mend=Words(
                    "请查看调度器与各 worker 的日志。", "see the logs of the scheduler and its workers"
                ),
            ) from error
        return answers

    def close(self) -> None:
        """Leave the cluster, which goes on without us."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def dask_runner(address: str, *, timeout_s: float = 10.0) -> DaskRunner:
    """The runner of a scheduler's address, such as `tcp://10.0.0.1:8786`.

    `SetupNeeded` when the extra `cluster` is not installed, `InvalidInput` for what is no address,
    `Unavailable` when nobody answers within `timeout_s` or the scheduler has no workers.
    """
    try:
        import distributed
    except ImportError as error:
        raise SetupNeeded(
            Words("未安装 Dask。", "Dask is not installed"),
            field="scheduler",
            mend=Words("请安装附加组件：pip install 'geoapi[cluster]'。", "pip install 'geoapi[cluster]'"),
        ) from error
    host, port = _host_and_port(address)
    connect: Any = distributed.Client
    try:
        # first by hand: a Dask client that cannot connect complains for seconds after it was told
        socket.create_connection((host, port), timeout_s).close()
        client = connect(address, timeout=timeout_s, set_as_default=False)
    except OSError as error:
        raise Unavailable(
            Words("无法连接 Dask 调度器。", "the Dask scheduler cannot be reached"),
            field="scheduler",
            mend=_A_SCHEDULER,
        ) from error
    try:
        client.wait_for_workers(1, timeout=timeout_s)
    except TimeoutError as error:
        client.close()
        raise Unavailable(
            Words("Dask 调度器没有可用的 worker。", "the Dask scheduler has no workers"),
            field="scheduler",
            mend=_A_SCHEDULER,
        ) from error
    return DaskRunner(client)


_A_SCHEDULER: Final = Words(
    "请填写运行中的调度器的地址，例如 tcp://10.0.0.1:8786，并确认已有 worker 与之相连。",
    "give the address of a running scheduler, such as tcp://10.0.0.1:8786, with workers connected to it",
)


def _host_and_port(address: str) -> tuple[str, int]:
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host or not port or parts.scheme not in ("tcp", "tls"):
        raise InvalidInput(
            Words("无法识别调度器地址。", "this is no scheduler's address"),
            field="scheduler",
            mend=_A_SCHEDULER,
        )
    return host, port

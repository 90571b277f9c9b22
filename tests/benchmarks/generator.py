"""Load from a process of its own: closed loop for the peak, open loop for latency.

`python -m tests.benchmarks.generator` reads one JSON order on stdin and prints one JSON
report. A closed loop hides stalls: of it only the throughput counts. In the open loop a
question is due at a moment drawn beforehand (a Poisson process), whether or not earlier
ones are answered, and its latency counts from that moment.
"""

# ruff: noqa: ASYNC110 - looking at the clock, as here, costs a generator less than an event for every answer
from __future__ import annotations

import asyncio
import json
import os
import random
import selectors
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import asdict, dataclass
from itertools import cycle
from statistics import median, quantiles
from typing import Any

from tests.benchmarks.servers import GENERATOR_CORE, PROJECT

CONNECTIONS_CLOSED = 16
CONNECTIONS_OPEN = 64


@dataclass(frozen=True)
class Peak:
    """Answers a second, with so many that were not 200."""

    per_s: float
    failed: int


@dataclass(frozen=True)
class Latency:
    """Milliseconds from the moment due to the last byte; lateness is the generator's own share."""

    rate_per_s: float
    p50_ms: float
    p99_ms: float
    lateness_p50_ms: float
    lateness_p99_ms: float
    failed: int


def peak(port: int, paths: Sequence[str], seconds: float) -> Peak:
    """Closed loop: every connection asks again as soon as it is answered."""
    return Peak(**_order(kind="peak", port=port, paths=list(paths), seconds=seconds))


def latency(port: int, paths: Sequence[str], seconds: float, rate_per_s: float) -> Latency:
    """Open loop at `rate_per_s`."""
    return Latency(
        **_order(kind="latency", port=port, paths=list(paths), seconds=seconds, rate_per_s=rate_per_s)
    )


def median_of(runs: Sequence[Latency]) -> Latency:
    """The median of each figure over the runs; failures are summed."""
    return Latency(
        runs[0].rate_per_s,
        p50_ms=median(run.p50_ms for run in runs),
        p99_ms=median(run.p99_ms for run in runs),
        lateness_p50_ms=median(run.lateness_p50_ms for run in runs),
        lateness_p99_ms=median(run.lateness_p99_ms for run in runs),
        failed=sum(run.failed for run in runs),
    )


def _order(**order: object) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.generator"],
        cwd=PROJECT, input=json.dumps(order), capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        raise RuntimeError(f"the load generator failed: {done.stderr[-2000:]}")
    report: dict[str, Any] = json.loads(done.stdout)
    return report


class Asker(asyncio.Protocol):
    """One keep-alive connection that asks one question at a time."""

    def __init__(self, answered: Callable[[Asker, bool], None]) -> None:
        self._answered = answered
        self._waits = False
        self._buffer = b""
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def ask(self, request: bytes) -> None:
        self._waits = True
        self.transport.write(request)

    def connection_lost(self, exc: Exception | None) -> None:
        # a question that can no longer be answered is a failure, not an endless wait
        if self._waits:
            self._waits = False
            self._answered(self, False)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, found, body = self._buffer.partition(b"\r\n\r\n")
        if not found:
            return
        length = int(head.lower().split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
        if len(body) >= length:
            self._buffer = b""
            self._waits = False
            self._answered(self, head.startswith(b"HTTP/1.1 200"))


async def _connect(port: int, n: int, answered: Callable[[Asker, bool], None]) -> list[Asker]:
    loop = asyncio.get_running_loop()
    return [(await loop.create_connection(lambda: Asker(answered), "127.0.0.1", port))[1] for _ in range(n)]


def _requests(paths: Sequence[str]) -> list[bytes]:
    return [f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode() for path in paths]


async def _peak(port: int, paths: Sequence[str], seconds: float) -> Peak:
    requests = cycle(_requests(paths))
    counted = failed = 0

    def answered(asker: Asker, good: bool) -> None:
        nonlocal counted, failed
        counted += 1
        failed += not good
        asker.ask(next(requests))

    for asker in await _connect(port, CONNECTIONS_CLOSED, answered):
        asker.ask(next(requests))
    # a fifth more, before counting, for pools and plans to settle
    await asyncio.sleep(seconds / 5)
    counted = failed = 0
    begun = time.perf_counter()
    await asyncio.sleep(seconds)
    return Peak(counted / (time.perf_counter() - begun), failed)


async def _latency(port: int, paths: Sequence[str], seconds: float, rate_per_s: float) -> Latency:
    loop = asyncio.get_running_loop()
    draw = random.Random(len(paths))
    requests = cycle(_requests(paths))
    dues: dict[Asker, float] = {}
    waiting: deque[float] = deque()
    latencies: list[float] = []
    lateness: list[float] = []
    failed = 0

    def answered(asker: Asker, good: bool) -> None:
        nonlocal failed
        latencies.append((loop.time() - dues.pop(asker)) * 1e3)
        failed += not good
        if waiting:
            send(asker, waiting.popleft())
        else:
            free.append(asker)

    def send(asker: Asker, due: float) -> None:
        dues[asker] = due
        asker.ask(next(requests))

    # in turn: the server closes a connection that is left alone for five seconds
    free = deque(await _connect(port, CONNECTIONS_OPEN, answered))
    begin = loop.time() + 0.05
    due = begin
    while (due := due + draw.expovariate(rate_per_s)) < begin + seconds:
        while (wait := due - loop.time()) > 0:
            await asyncio.sleep(wait)
        lateness.append((loop.time() - due) * 1e3)
        if free:
            send(free.popleft(), due)
        else:
            # no connection free is the server's doing, and counts against it
            waiting.append(due)
        await asyncio.sleep(0)
    while len(latencies) < len(lateness):
        await asyncio.sleep(0.01)
    cuts, late = quantiles(latencies, n=100), quantiles(lateness, n=100)
    return Latency(rate_per_s, cuts[49], cuts[98], late[49], late[98], failed)


def main() -> None:
    os.sched_setaffinity(0, {GENERATOR_CORE})
    order = json.load(sys.stdin)
    work: Callable[..., Coroutine[Any, Any, Peak | Latency]]
    work = {"peak": _peak, "latency": _latency}[order.pop("kind")]
    # select() takes microseconds where epoll takes milliseconds: questions leave on time
    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(selectors.SelectSelector())) as runner:
        print(json.dumps(asdict(runner.run(work(**order)))))


if __name__ == "__main__":
    main()

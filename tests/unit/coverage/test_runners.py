"""The same answer to the last bit, whoever works it out and whoever dies over it."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing import active_children
from pathlib import Path
from typing import Any

import pytest

from geoapi.coverage.measure import Coverage, measure
from geoapi.coverage.runners import ATTEMPTS, DaskRunner, ProcessRunner, Runner, dask_runner, inline
from geoapi.coverage.straight import StraightModel
from geoapi.errors import InvalidInput, SetupNeeded, Unavailable
from tests.unit.coverage.worlds import same, scattered

WORLD = scattered(60_000, 400)


def measured(runner: Runner) -> Coverage:
    return measure(WORLD.demand, WORLD.supply, StraightModel(1.3), limit_m=1080.0, runner=runner)


@pytest.fixture(scope="module")
def expected() -> Coverage:
    return measured(inline)


def assert_same(found: Coverage, expected: Coverage) -> None:
    assert same(found.by_area, expected.by_area)
    assert same(found.whole, expected.whole)


@dataclass
class Counting:
    """A runner that remembers how many jobs there were."""

    runner: Runner
    jobs: int = 0

    def map(self, function: Callable[[Any], Any], jobs: Sequence[Any]) -> list[Any]:
        self.jobs += len(jobs)
        return self.runner.map(function, jobs)


@dataclass(frozen=True)
class DiesOnce:
    """A function whose first call of all kills the process that it runs in."""

    function: Callable[[Any], Any]
    folder: Path

    def __call__(self, job: Any) -> Any:
        if _first(self.folder / "died"):
            os.kill(os.getpid(), signal.SIGKILL)
        return self.function(job)


@dataclass(frozen=True)
class WaitsToBeKilled:
    """A function whose first call of all tells its process to the FIFO `started`, and waits at `never`."""

    function: Callable[[Any], Any]
    folder: Path

    def __call__(self, job: Any) -> Any:
        if _first(self.folder / "first"):
            (self.folder / "started").write_text(str(os.getpid()))
            (self.folder / "never").read_text()
        return self.function(job)


def _first(file: Path) -> bool:
    try:
        file.touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


@dataclass(frozen=True)
class Troubled:
    """A runner whose functions are made to run into trouble."""

    runner: Runner
    trouble: Callable[[Callable[[Any], Any], Path], Callable[[Any], Any]]
    folder: Path

    def map(self, function: Callable[[Any], Any], jobs: Sequence[Any]) -> list[Any]:
        return self.runner.map(self.trouble(function, self.folder), jobs)


def double(number: int) -> int:
    return 2 * number


def refuse_three(number: int) -> int:
    if number == 3:
        raise ValueError("three")
    return number


def die(_job: object) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return 0


# ---- a pool of processes


@pytest.fixture(scope="module")
def pool() -> Iterator[ProcessRunner]:
    with ProcessRunner(2, starting_pays_from=2, sending_pays_from=2) as runner:
        yield runner


def test_a_pool_gives_the_same(pool: ProcessRunner, expected: Coverage) -> None:
    counting = Counting(pool)
    assert_same(measured(counting), expected)
    assert counting.jobs > 4


def test_answers_come_in_the_order_of_the_jobs(pool: ProcessRunner) -> None:
    assert pool.map(double, range(50)) == list(range(0, 100, 2))
    assert pool.map(double, []) == []


def test_what_a_job_raises_is_raised(pool: ProcessRunner) -> None:
    with pytest.raises(ValueError, match="three"):
        pool.map(refuse_three, range(20))
    assert pool.map(double, range(4)) == [0, 2, 4, 6]


def test_a_process_that_is_killed_costs_nothing_but_time(
    pool: ProcessRunner, expected: Coverage, tmp_path: Path
) -> None:
    assert_same(measured(Troubled(pool, DiesOnce, tmp_path)), expected)
    assert (tmp_path / "died").exists()


def test_jobs_that_kill_every_process_are_given_up(pool: ProcessRunner) -> None:
    with pytest.raises(Unavailable, match="keep dying") as caught:
        pool.map(die, range(ATTEMPTS))
    assert caught.value.mend is not None
    assert pool.map(double, range(4)) == [0, 2, 4, 6]


def test_a_pool_that_breaks_while_a_large_job_is_sent_ends(pool: ProcessRunner) -> None:
    """More than a pipe holds: the writer must not wait for a reader that is dead (CPython issue 94777)."""
    with pytest.raises(Unavailable, match="keep dying"):
        pool.map(die, [bytes(1_000_000)] * 8)
    assert pool.map(double, range(4)) == [0, 2, 4, 6]


def test_few_jobs_start_no_process() -> None:
    before = set(active_children())
    runner = ProcessRunner(2)
    assert runner.map(os.path.basename, ["a/b"] * 3) == ["b"] * 3
    assert set(active_children()) == before
    runner.close()


def test_a_closed_pool_starts_again() -> None:
    runner = ProcessRunner(1, starting_pays_from=1, sending_pays_from=1)
    assert runner.map(double, [1]) == [2]
    runner = ProcessRunner(2, starting_pays_from=1, sending_pays_from=1)
    [one] = runner.map(_process, [0])
    runner.close()
    runner.close()
    [other] = runner.map(_process, [0])
    runner.close()
    assert len({one, other, os.getpid()}) == 3


def _process(_job: int) -> int:
    return os.getpid()


def test_threads_share_a_pool(pool: ProcessRunner) -> None:
    answers: dict[int, list[int]] = {}

    def ask(number: int) -> None:
        answers[number] = pool.map(double, range(number, number + 10))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {n: [2 * x for x in range(n, n + 10)] for n in range(4)}


# ---- a Dask cluster


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    """The address of a cluster of two worker processes on this machine."""
    distributed = pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
    with distributed.LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        processes=True,
        dashboard_address=":0",
        worker_dashboard_address=None,
        # a job may cost one worker, not more
        scheduler_kwargs={"allowed_failures": 1},
    ) as cluster:
        yield cluster.scheduler_address


@pytest.fixture
def cluster(scheduler: str) -> Iterator[DaskRunner]:
    with dask_runner(scheduler) as runner:
        yield runner


def test_a_cluster_gives_the_same(cluster: DaskRunner, expected: Coverage) -> None:
    assert_same(measured(cluster), expected)


def test_what_a_job_on_the_cluster_raises_is_raised(cluster: DaskRunner) -> None:
    with pytest.raises(ValueError, match="three"):
        cluster.map(refuse_three, range(5))


def test_a_worker_killed_in_mid_run_changes_nothing(
    cluster: DaskRunner, expected: Coverage, tmp_path: Path
) -> None:
    for name in ("started", "never"):
        os.mkfifo(tmp_path / name)
    killed: list[int] = []

    def kill_the_first() -> None:
        # reading waits until a worker is in the middle of a job
        killed.append(int((tmp_path / "started").read_text()))
        os.kill(killed[0], signal.SIGKILL)

    killer = threading.Thread(target=kill_the_first)
    killer.start()
    found = measured(Troubled(cluster, WaitsToBeKilled, tmp_path))
    killer.join()
    assert killed
    assert killed[0] != os.getpid()
    assert_same(found, expected)


def test_a_job_that_kills_every_worker_is_given_up(cluster: DaskRunner) -> None:
    with pytest.raises(Unavailable) as caught:
        cluster.map(die, [0])
    assert caught.value.field == "scheduler"
    assert cluster.map(double, range(4)) == [0, 2, 4, 6]


# ---- wrong addresses


@pytest.mark.parametrize(
    "address",
    ["", "tcp://", "127.0.0.1", "127.0.0.1:8786", "http://a:1", "tcp://a:99999", "tcp://[::1", "调度器"],
)
def test_what_is_no_address(address: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        dask_runner(address)
    assert caught.value.field == "scheduler"
    assert caught.value.mend is not None
    assert "tcp://" in caught.value.mend.zh


def test_an_address_where_nobody_is() -> None:
    with socket.socket() as taken:
        # bound but not listening: nobody else can be there
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(Unavailable) as caught:
            dask_runner(f"tcp://127.0.0.1:{taken.getsockname()[1]}", timeout_s=5)
    assert caught.value.field == "scheduler"


def test_a_scheduler_without_workers() -> None:
    distributed = pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
    with (
        distributed.LocalCluster(n_workers=0, dashboard_address=":0", processes=True) as empty,
        pytest.raises(Unavailable, match="no workers"),
    ):
        dask_runner(empty.scheduler_address, timeout_s=0.2)


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(SetupNeeded) as caught:
        dask_runner("tcp://127.0.0.1:8786")
    assert caught.value.mend is not None
    assert "geoapi[cluster]" in caught.value.mend.en

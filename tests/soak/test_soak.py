"""kill -9 of the service and of PostgreSQL while people write.

`make soak` kills 30 times (`GEOAPI_SOAK_ROUNDS`, `GEOAPI_SOAK_SEED`), `make test` once each way.
"""

from __future__ import annotations

import os
import random
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.soak.check import broken_histories, lost, repeated_effects, stale_answers
from tests.soak.city import build
from tests.soak.load import Notes, Writers
from tests.soak.server import LOOK_AGAIN_S, PATIENCE_S, Server

VICTIMS = ("postmaster", "backend", "worker", "parent")
ROUNDS = int(os.environ.get("GEOAPI_SOAK_ROUNDS", len(VICTIMS)))
SEED = int(os.environ.get("GEOAPI_SOAK_SEED", "4"))
# the promise; where tests share the machine with others, they cannot hold the service to it
RECOVERY_S = 5.0 if len(VICTIMS) < ROUNDS else 30.0
WRITERS = 4
# the least that a round has to have acknowledged before its kill: there is something to lose
WRITES_A_ROUND = 10


@dataclass(frozen=True)
class Round:
    victim: str
    recovery_s: float


def test_nothing_acknowledged_is_lost(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    choose = random.Random(SEED)
    city = build(tmp_path / "data")
    log = tmp_path / "service.log"
    server = Server(city, log)
    server.start()
    rounds: list[Round] = []
    try:
        server.until_ready()
        with Writers(city, server.url, count=WRITERS, seed=SEED) as writers:
            for number in range(ROUNDS):
                _until_written(writers, writers.notes.acknowledged + WRITES_A_ROUND)
                # a moment like any other
                time.sleep(choose.uniform(0, 0.5))
                victim = VICTIMS[number] if number < len(VICTIMS) else choose.choice(VICTIMS)
                killed_at = time.monotonic()
                _kill(server, victim, choose)
                server.until_ready()
                rounds.append(Round(victim, time.monotonic() - killed_at))
                with city.connect() as conn:
                    assert not lost(conn, writers.notes)
            _until_written(writers, writers.notes.acknowledged + WRITES_A_ROUND)
        notes = writers.notes
        # of every kind
        assert all((notes.edited, notes.closed, notes.confirmed))
        with city.connect() as conn:
            assert not lost(conn, notes)
            assert not broken_histories(conn)
            assert not repeated_effects(conn, notes)
            assert not stale_answers(conn)
        assert not notes.unexpected
    except AssertionError:
        print(log.read_text()[-4000:])
        raise
    finally:
        server.stop()
    assert not city.cluster.is_running()
    with capsys.disabled():
        print(_summary(rounds, notes))
    assert max(one.recovery_s for one in rounds) < RECOVERY_S


def _kill(server: Server, victim: str, choose: random.Random) -> None:
    match victim:
        case "postmaster":
            server.kill_postmaster()
        case "backend":
            server.kill_backend(choose)
        case "worker":
            server.kill_worker(choose)
        case "parent":
            server.kill_parent()


def _until_written(writers: Writers, acknowledged: int) -> None:
    patience_ends = time.monotonic() + PATIENCE_S
    while writers.notes.acknowledged < acknowledged:
        assert time.monotonic() < patience_ends, f"nothing is acknowledged any more: {writers.notes.refused}"
        time.sleep(LOOK_AGAIN_S)


def _summary(rounds: list[Round], notes: Notes) -> str:
    worst = {
        victim: max(one.recovery_s for one in rounds if one.victim == victim)
        for victim in VICTIMS
        if any(one.victim == victim for one in rounds)
    }
    times = ", ".join(f"{victim} {seconds:.2f} s" for victim, seconds in worst.items())
    return (
        f"\nkilled {len(rounds)} times, {notes.acknowledged} writes acknowledged, none lost; "
        f"slowest recovery: {times}; slowest 503: {notes.slowest_refusal_s:.2f} s; "
        f"not done: {notes.refused}"
    )

"""The engine on the phone answers as the service does: a thousand questions to both, equal field by field."""

from __future__ import annotations

import json
import os
import subprocess
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import httpx
import psycopg
import pytest

from geoapi.coverage.runners import inline
from geoapi.settings import DatabaseSettings, PackSettings, Settings
from tests.api.conftest import running
from tests.conftest import PROJECT, clone
from tests.web.busy_city import change_much, make_busy, today_utc

ENGINE = Path(__file__).with_name("offline_answers.ts")
NODE = PROJECT / ".venv" / "bin" / "node"
CITY = "110000"
SEED = 20261123

Job = dict[str, Any]


@dataclass(frozen=True)
class City:
    """A service whose data change only when told to, and its database."""

    client: httpx.Client
    database_url: str
    today: datetime

    def pack(self, code: str, **parameters: str) -> Any:
        return self.client.get(f"/v1/pack/{code}", params=parameters).raise_for_status().json()

    def answer(self, job: Job) -> Any:
        """What the service answers: a problem as {"refused": its type}."""
        question = job.get("question", {})
        match job["ask"]:
            case "nearest":
                response = self.client.post("/v1/stations/nearest", json=question)
            case "station":
                response = self.client.get(f"/v1/stations/{job['id']}", params=question)
            case "hours":
                response = self.client.get(f"/v1/stations/{job['id']}/hours", params=question)
            case _:
                response = self.client.get("/v1/stations", params={"q": job["q"], **question})
        body = response.json()
        if response.is_success:
            return body["items"] if job["ask"] == "search" else body
        return {"refused": body["type"].rpartition(":")[2]}


@pytest.fixture(scope="module")
def city(sample_url: str) -> Iterator[City]:
    with clone(sample_url, template=sample_url) as url:
        today = today_utc()
        with psycopg.connect(url) as conn:
            make_busy(conn, Random(SEED), today)
        settings = Settings(
            database=DatabaseSettings(pool_size=4, pool_wait_s=20), pack=PackSettings(pack_fresh_s=0)
        )
        with (
            running(url, settings, keep_schedule=False, runner=inline) as base,
            httpx.Client(base_url=base, timeout=60) as client,
        ):
            yield City(client, url, today)


@dataclass(frozen=True)
class Engine:
    """What the engine under Node answers from a pack."""

    folder: Path

    def __call__(self, pack: Any, jobs: Sequence[Job], deltas: Sequence[Any] = ()) -> dict[str, Any]:
        asked, answered = self.folder / "asked.json", self.folder / "answered.json"
        asked.write_text(json.dumps({"pack": pack, "deltas": list(deltas), "jobs": list(jobs)}), "utf-8")
        done = subprocess.run(
            [NODE, ENGINE, asked, answered], capture_output=True, text=True, timeout=120, check=False,
            env={**os.environ, "NODE_NO_WARNINGS": "1"},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return dict(json.loads(answered.read_text("utf-8")))


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return Engine(tmp_path)


def questions(city: City, draw: Random, number: int) -> list[Job]:
    """Questions of every sort, from all over the city and beyond its border."""
    with psycopg.connect(city.database_url) as conn:
        places = conn.execute("SELECT lon, lat FROM station WHERE retired_at IS NULL ORDER BY id").fetchall()
        edges = [
            edge
            for (edge,) in conn.execute(
                "SELECT starts_at FROM open_interval UNION SELECT ends_at FROM open_interval ORDER BY 1"
            )
        ]
        # where and when something out of the ordinary holds
        unusual = conn.execute(
            """SELECT s.lon, s.lat, lower(e.during) FROM hours_exception AS e
               JOIN station AS s ON s.id = e.station_id WHERE s.retired_at IS NULL ORDER BY e.id"""
        ).fetchall()
    return [_question(city, draw, places, edges, unusual) for _ in range(number)]


def _question(
    city: City,
    draw: Random,
    places: Sequence[tuple[float, float]],
    edges: Sequence[datetime],
    unusual: Sequence[tuple[float, float, datetime]],
) -> Job:
    lon, lat = draw.choice(places)
    if (where := draw.random()) < 0.6:
        lon, lat = lon + draw.uniform(-0.02, 0.02), lat + draw.uniform(-0.02, 0.02)
    elif where < 0.75:
        lon, lat = draw.uniform(115.4, 117.5), draw.uniform(39.4, 41.1)
    elif where < 0.78:
        lon, lat = draw.uniform(-180, 180), draw.uniform(-90, 90)
    question: Job = {"lon": lon, "lat": lat, "crs": draw.choice(["wgs84", "wgs84", "gcj02", "bd09"])}
    when = draw.random()
    if when < 0.35:
        at = draw.choice(edges) + timedelta(microseconds=draw.choice([0, 0, -1, 1, -1_000_000]))
    elif when < 0.41:
        at = city.today + timedelta(days=draw.choice([-3, -1, 15, 16, 40]), minutes=draw.randrange(1440))
    else:
        at = city.today + timedelta(days=draw.randrange(-1, 15), seconds=draw.randrange(86_400))
    if draw.random() < 0.15:
        lon, lat, since = draw.choice(unusual)
        question |= {"lon": lon, "lat": lat, "crs": "wgs84"}
        at = since + draw.choice([timedelta(), timedelta(minutes=3)])
    elif draw.random() < 0.15:
        # public holidays by day; nights, with emergency hours and without
        at = city.today + timedelta(days=draw.choice([1, 4, 4, 5, 6, 8]), hours=draw.choice([2, 5, 14, 20]))
    if when < 0.97:
        zone = timedelta(minutes=draw.choice([480, 480, 0, -330]))
        question["at"] = (at + zone).replace(tzinfo=None).isoformat() + _offset(zone)
    question["open"] = draw.choice(["arrival", "arrival", "at", "any"])
    if draw.random() < 0.4:
        question["kind"] = draw.choice(
            [["nursing_room"], ["care_station", "psych_point"], ["psych_point"], ["psych_point,nursing_room"]]
        )
    if draw.random() < 0.35:
        question["amenity"] = draw.choice(
            [["microwave"], ["toilet", "wifi"], ["tyre_pump"], ["fridge"], ["nursing_chair"], ["hotline"]]
        )
    if draw.random() < 0.5:
        question["stay_minutes"] = draw.choice([0, 0, 5, 30, 120, 700, 1440])
    if draw.random() < 0.6:
        question["radius_m"] = draw.choice([50, 300, 1000, 2500, 12_000, 50_000, draw.uniform(300, 9000)])
    if draw.random() < 0.6:
        question["limit"] = draw.choice([1, 2, 3, 25, 50])
    if draw.random() < 0.5:
        question["lang"] = "en"
    if (rare := draw.random()) < 0.07:
        # what only opens in the morning, asked for at night
        night = city.today + timedelta(days=draw.randrange(1, 9), hours=19)
        question |= {"kind": ["psych_point"], "radius_m": draw.choice([4000, 9000]), "at": night.isoformat()}
    elif rare < 0.12:
        # what would be open, were it not for the holiday
        noon = city.today + timedelta(days=draw.choice([4, 5, 6]), hours=4)
        question |= {"open": "any", "at": noon.isoformat()}
    elif rare < 0.13:
        question |= draw.choice([{"kind": ["spa"]}, {"limit": 51}, {"radius_m": 50_001}, {"lat": 91}])
    return {"ask": "nearest", "question": question}


def _offset(zone: timedelta) -> str:
    minutes = int(zone.total_seconds() // 60)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


# what the service says of a question that nobody can answer, and what the engine does
REFUSED = {
    "beyond-horizon": "beyond_window",
    "invalid-input": "invalid",
    "invalid-point": "invalid",
    "unknown-code": "unknown_code",
    "not-found": "not_found",
}


def ask_service(city: City, jobs: Sequence[Job]) -> list[Any]:
    """The service's answers; each job learns when it was asked, for the engine to answer as of then."""
    answers = []
    for job in jobs:
        job["now"] = datetime.now(UTC).timestamp() * 1000
        answer = city.answer(job)
        if job["ask"] == "nearest" and "at" not in job["question"] and "query" in answer:
            job["now"] = datetime.fromisoformat(answer["query"]["at"]).timestamp() * 1000
        answers.append(answer)
    return answers


def assert_equal(jobs: Sequence[Job], served: Sequence[Any], offline: Sequence[Any]) -> None:
    for job, expected, got in zip(jobs, served, offline, strict=True):
        told: Any = got
        if isinstance(got, dict):
            told = got["answer"] if got["ok"] else {"refused": got["refused"]["why"]}
        if isinstance(expected, dict) and "refused" in expected:
            expected = {"refused": REFUSED[expected["refused"]]}
        assert told == expected, job


def mix_of(answers: Sequence[Any]) -> Counter[str]:
    """What the answers tell of, each counted once an answer."""
    mix: Counter[str] = Counter()
    for answer in answers:
        seen = set()
        if "refused" in answer:
            mix[answer["refused"]] += 1
            continue
        stations = [*answer["stations"], *answer["unknown_hours"]]
        stations += [answer["opens_next"]] if answer["opens_next"] else []
        seen |= {"sure"} if answer["stations"] else set()
        seen |= {"unknown"} if answer["unknown_hours"] else set()
        seen |= {"opens_next"} if answer["opens_next"] else set()
        seen |= {"nothing"} if not stations else set()
        for one in stations:
            seen.add(f"{one['open_state']}/{one['open_reason']}")
            seen |= {name for name in ("notice", "warnings", "out_of_order", "closes_at") if one[name]}
        mix.update(seen)
    return mix


# at least so many of a thousand answers have
LEAST = {
    "sure": 250, "unknown": 150, "opens_next": 50, "nothing": 60, "closes_at": 200, "out_of_order": 80,
    "warnings": 30, "notice": 30, "open/rule": 200, "open/exception": 20, "open/override": 15,
    "open/holiday": 8, "closed/rule": 80, "closed/holiday": 12, "closed/exception": 12,
    "unknown/unstated": 150, "beyond-horizon": 10,
}  # fmt: skip


def test_a_thousand_questions_have_the_same_answers_offline(city: City, engine: Engine) -> None:
    jobs = questions(city, Random(SEED), 1000)
    pack = city.pack(CITY)
    served = ask_service(city, jobs)
    mix = mix_of(served)
    assert {name: mix[name] for name, least in LEAST.items() if mix[name] < least} == {}
    told = engine(pack, jobs)
    assert told["version"] == pack["version"]
    assert_equal(jobs, served, told["answers"])


def test_a_citys_pack_is_small(city: City) -> None:
    """1.5 MB for 12,000 stations, with everything going on that may."""
    response = city.client.get(f"/v1/pack/{CITY}")
    assert response.json()["stations"]["count"] > 11_500
    assert int(response.headers["content-length"]) < 1_500_000


def test_sheets_and_hours_are_the_same_offline(city: City, engine: Engine) -> None:
    draw = Random(SEED + 1)
    with psycopg.connect(city.database_url) as conn:
        plain = [id_ for (id_,) in conn.execute("SELECT id FROM station ORDER BY id")]
        busy = [
            id_
            for (id_,) in conn.execute(
                "SELECT station_id FROM planned_change UNION SELECT station_id FROM hours_exception "
                "ORDER BY 1"
            )
        ]
    jobs: list[Job] = []
    for id_ in [*draw.sample(plain, 30), *draw.sample(busy, 70), max(plain) + 1]:
        at = city.today + timedelta(days=draw.randrange(0, 2), minutes=draw.randrange(1440))
        crs, lang = draw.choice(["wgs84", "gcj02", "bd09"]), draw.choice(["zh", "en"])
        jobs.append(
            {"ask": "station", "id": str(id_), "question": {"at": at.isoformat(), "crs": crs, "lang": lang}}
        )
        start, days = at - timedelta(hours=20), draw.choice([1, 7, 13])
        if start < city.today - timedelta(days=1):
            continue
        span = {"from": start.isoformat(), "to": (start + timedelta(days=days)).isoformat(), "lang": lang}
        jobs.append({"ask": "hours", "id": str(id_), "question": span})
    pack = city.pack(CITY)
    served = ask_service(city, jobs)
    assert sum(bool(one.get("hours", {}).get("exceptions")) for one in served) >= 10
    assert sum(bool(one.get("special_days")) for one in served) >= 15
    assert sum(one.get("now", {}).get("open_state") == "closed" for one in served) >= 12
    assert_equal(jobs, served, engine(pack, jobs)["answers"])


WORDS = (
    "dsnxyz", "东华门", "銀行", "yinhang", "  ", "公 园", "zgnxyz·", "海淀区 公园", "Bank Branch", "wfjing",
    "东花门", "chaoyang", "wangfujin", "24", "qqqqzzzz", "便里店", "MALL", "１２号", "职工之家",
    "xinling yizhan", "東華門", "重庆", "chongqing", "zhongqing", "乾隆花园", "qianlong", "乾燥",
)  # fmt: skip


def test_words_find_the_same_stations_in_the_same_order_offline(city: City, engine: Engine) -> None:
    with psycopg.connect(city.database_url) as conn:
        names = [name for (name,) in conn.execute("SELECT name_zh FROM station ORDER BY id LIMIT 4000")]
    draw = Random(SEED + 2)
    queries = list(WORDS)
    for _ in range(30):
        name = draw.choice(names)
        start = draw.randrange(len(name))
        queries.append(name[start : start + draw.randrange(1, 6)])
    jobs = [
        {
            "ask": "search",
            "q": q,
            "question": {"limit": draw.choice([1, 20, 50]), "lang": draw.choice(["zh", "en"])},
        }
        for q in queries
    ]
    pack = city.pack(CITY)
    served = ask_service(city, jobs)
    assert sum(bool(found) for found in served) >= 35
    assert_equal(jobs, served, engine(pack, jobs)["answers"])


def test_a_districts_pack_answers_within_its_margin_and_says_so_beyond(city: City, engine: Engine) -> None:
    """Round the border of a district: the service's own answer, or none at all."""
    code = "110101"
    with psycopg.connect(city.database_url) as conn:
        border = conn.execute(
            """SELECT ST_X(p.geom), ST_Y(p.geom) FROM district AS d, ST_DumpPoints(ST_Boundary(d.geom)) AS p
               WHERE d.code = %s""",
            [code],
        ).fetchall()
    draw = Random(SEED + 3)
    jobs = questions(city, draw, 160)
    for job in jobs:
        if "lat" not in job["question"] or abs(job["question"]["lat"]) > 90:
            continue
        lon, lat = draw.choice(border)
        reach = draw.choice([0.001, 0.02, 0.08])
        job["question"] |= {
            "lon": lon + draw.uniform(-reach, reach),
            "lat": lat + draw.uniform(-reach, reach),
        }
    served = ask_service(city, jobs)
    pack = city.pack(code)
    assert pack["stations"]["count"] < 6000
    told = engine(pack, jobs)["answers"]
    beyond = [not got["ok"] and got["refused"]["why"] == "beyond_area" for got in told]
    assert 20 <= sum(beyond) <= 110
    kept = [number for number, missing in enumerate(beyond) if not missing]
    assert_equal(*([some[number] for number in kept] for some in (jobs, served, told)))
    # within the margin that is said, nothing is refused
    near = [
        job for job, missing in zip(jobs, beyond, strict=True)
        if missing and job["question"].get("radius_m", 5000) < 2500 and "crs" not in job["question"]
    ]  # fmt: skip
    assert not near


def test_what_changed_makes_the_old_pack_the_new_one(city: City, engine: Engine) -> None:
    """After every kind of change: the old pack and the delta are the new pack, and answer as the service."""
    draw = Random(SEED + 4)
    before = city.pack(CITY)
    with psycopg.connect(city.database_url) as conn:
        change_much(conn, draw, city.today)
    delta = city.pack(CITY, since=before["version"])
    after = city.pack(CITY)
    assert (delta["kind"], delta["since"], delta["version"]) == ("delta", before["version"], after["version"])
    assert len(delta["removed"]) == 20
    # those whose emergency hours ended are most of them
    assert 60 <= delta["stations"]["count"] < 6000
    jobs = questions(city, draw, 200)
    served = ask_service(city, jobs)
    told = engine(before, jobs, [delta])
    assert told["version"] == after["version"]
    assert told["document"]["parts"] == after["parts"]
    assert told["document"]["about"] == after["about"]
    # the engine writes columns as the service does
    assert told["document"]["stations"] == after["stations"]
    assert_equal(jobs, served, told["answers"])

"""Words that find stations: names, addresses, districts, pinyin, initials, as people write and miswrite."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import psycopg
import pytest

from geoapi.db.search_text import search_text
from tests.api.conftest import Running, running
from tests.conftest import clone
from tests.queries.conftest import World

# name, English name, address, district
STATIONS = (
    ("东四暖心驿站", "Dongsi care station", "东四北大街107号", "东城区"),
    ("暖心驿站(西单店)", None, "西单北大街131号", "西城区"),
    ("王府井母婴室", "Wangfujing nursing room", "王府井大街255号apm", "东城区"),
    ("重庆大厦职工之家", None, "光华路15号", "朝阳区"),
    ("100%电力_驿家", None, "复兴路7-11", "海淀区"),
    ("清华园心灵驿站", None, "双清路77号", "海淀区"),
)
DONGSI, XIDAN, WANGFUJING, CHONGQING, PERCENT, QINGHUA = (name for name, *_ in STATIONS)


@pytest.fixture(scope="module")
def service(server_url: str) -> Iterator[Running]:
    """A service on a few stations with telling names."""
    with clone(server_url) as url:
        with psycopg.connect(url) as conn:
            world = World(url, conn)
            for n, (zh, en, address, district) in enumerate(STATIONS):
                world.add(
                    116.4 + n / 1000, 39.9, name_zh=zh, name_en=en, address=address,
                    search=search_text(zh, en, None, address, district),
                )  # fmt: skip
            world.ready()
        with running(url) as address, httpx.Client(base_url=address, timeout=30) as client:
            yield Running(address, url, {}, client)


def found(service: Running, q: str) -> list[str]:
    response = service.get("/v1/stations", q=q)
    assert response.status_code == 200, response.text
    return [item["name"] for item in response.json()["items"]]


@pytest.mark.parametrize(
    ("q", "names"),
    [
        # to the letter; the beginning of the name first
        ("暖心驿站", [XIDAN, DONGSI]),
        ("王府井", [WANGFUJING]),
        ("大街107", [DONGSI]),
        ("东四", [DONGSI]),
        ("清", [QINGHUA]),
        # in part two characters long, which a trigram cannot find
        ("母婴", [WANGFUJING]),
        # districts
        ("海淀", [PERCENT, QINGHUA]),
        ("东城区", [DONGSI, WANGFUJING]),
        # several words, in any order and anywhere
        ("东城 驿站", [DONGSI]),
        ("驿站　海淀", [PERCENT, QINGHUA][1:]),
        ("大街 王府井 母婴", [WANGFUJING]),
        # pinyin and initials
        ("wangfujing", [WANGFUJING]),
        ("nuanxin", [XIDAN, DONGSI]),
        ("WangFuJing MuYing", [WANGFUJING]),
        ("nxyz", [XIDAN, DONGSI]),
        ("wfjmys", [WANGFUJING]),
        ("dongcheng", [DONGSI, WANGFUJING]),
        ("chongqing", [CHONGQING]),
        # English
        ("Dongsi care", [DONGSI]),
        ("nursing room", [WANGFUJING]),
        # other ways of writing the same
        ("東四", [DONGSI]),
        ("暖心驛站", [XIDAN, DONGSI]),
        ("王府井母嬰室", [WANGFUJING]),
        ("１０７号", [DONGSI]),
        ("ＤＯＮＧＳＩ", [DONGSI]),
        ("DONGSI", [DONGSI]),
        # what LIKE takes for wildcards
        ("%", [PERCENT]), ("_", [PERCENT]), ("100%", [PERCENT]), ("电力_驿", [PERCENT]),
        ("7-11", [PERCENT]), ("\\", []), ("'", []), ("%%%%", []), ("1%7", []), ("1_7", []),
        # nothing to find
        ("   ", []), ("|", []), ("纽约中央公园", []), ("zzzzqqqq", []),
    ],
)  # fmt: skip
def test_what_is_found(service: Running, q: str, names: list[str]) -> None:
    assert found(service, q) == names


@pytest.mark.parametrize(
    ("q", "name"),
    [
        ("王府景母婴室", WANGFUJING),
        ("旺府井", WANGFUJING),
        ("东四暖心译站", DONGSI),
        ("清华圆心灵驿站", QINGHUA),
        ("清华园心里驿站", QINGHUA),
        ("wangfujinh", WANGFUJING),
        ("dongsinuanxinyizan", DONGSI),
        ("wangfujin muyin", WANGFUJING),
        ("nuanxin驿站", XIDAN),
        ("Wangfujin nursing", WANGFUJING),
    ],
)
def test_a_slip_is_forgiven(service: Running, q: str, name: str) -> None:
    assert name in found(service, q)[:2]


def test_words_go_with_other_filters(service: Running) -> None:
    box = service.get("/v1/stations", q="驿站", bbox="116.3995,39.89,116.4005,39.91").json()["items"]
    assert [item["name"] for item in box] == [DONGSI]

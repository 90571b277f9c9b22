"""The history of a station: everything that was done to it, told so that people can read it."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest

from tests.api.managing.conftest import Client, Union

STATION = "朝内暖心驿站"
NOW = datetime.now(ZoneInfo("Asia/Shanghai"))
DAY = NOW + timedelta(days=3)
# of another year: with it
CLOSED = f"{DAY:%m-%d}" if DAY.year == NOW.year else f"{DAY:%Y-%m-%d}"


def history(client: Client, station: int, **asked: Any) -> dict[str, Any]:
    answer = client.get(f"/v1/stations/{station}/history", **asked)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


@pytest.fixture(scope="module")
def told(union: Union) -> Union:
    """A station with a past: edited, confirmed, closed, its fridge broken, imported."""
    station, manager = union.stations[STATION], union.as_("manager")
    path = f"/v1/stations/{station}"
    edit = {"hours": {"text": "每天 9:00-22:00"}, "phone": "010-65241234", "reason": "夏季延长"}
    assert manager.patch(path, edit, version=union.version(STATION)).status_code == 200
    edit = {"amenities": ["drinking_water", "microwave", "sofa"]}
    assert manager.patch(path, edit, version=union.version(STATION)).status_code == 200
    assert manager.post(f"{path}/confirm").status_code == 200
    closure = {
        "starts": f"{DAY:%Y-%m-%d}T09:00:00+08:00",
        "until": f"{DAY:%Y-%m-%d}T18:00:00+08:00",
        "reason": "盘点",
    }
    made = manager.post(f"{path}/closures", closure)
    assert made.status_code == 201, made.text
    with psycopg.connect(union.database_url) as conn:
        conn.execute("SELECT set_config('geoapi.actor', 'import 城区表', true)")
        conn.execute("UPDATE station SET address = '朝内大街1号' WHERE id = %s", [station])
    return union


def test_reads_like_a_story(told: Union) -> None:
    items = history(told.as_("manager"), told.stations[STATION])["items"]
    lines = [one["sentence"] for one in items]
    when = r" 于 \d+月\d+日 \d\d:\d\d "
    expected = [
        rf"导入（城区表）{when}修改了地址：.+ → 朝内大街1号",
        rf"王芳{when}临时关闭：{CLOSED} 09:00 至 18:00 关闭（盘点）",
        rf"王芳{when}确认信息仍然正确",
        rf"王芳{when}修改了设施：增加沙发，去掉热水",
        rf"王芳{when}修改了电话：无 → 010-65241234；开放时间：每天 9:00-20:00 → 每天 9:00-22:00"
        r"（理由：夏季延长）",
    ]
    for line, pattern in zip(lines, expected, strict=False):
        assert re.fullmatch(pattern, line), line
    versions = [one["version"] for one in items]
    assert versions == sorted(versions, reverse=True)
    assert re.match(rf"命令行（sql .+）{when}新建站点“{STATION}”（职工暖心驿站；", lines[-1])


def test_each_change_by_itself(told: Union) -> None:
    items = history(told.as_("manager"), told.stations[STATION])["items"]
    assert [one["action"] for one in items[:5]] == ["edit", "close", "confirm", "edit", "edit"]
    assert [one["who"]["kind"] for one in items[:2]] == ["import", "account"]
    assert items[1]["who"] == {
        "name": "王芳",
        "account_id": str(told.accounts["manager"]),
        "kind": "account",
    }
    assert items[1]["changes"] == [
        {
            "field": "closures",
            "label": "临时关闭",
            "before": None,
            "after": f"{CLOSED} 09:00 至 18:00 关闭（盘点）",
        }
    ]
    assert items[3]["changes"] == [
        {
            "field": "amenities",
            "label": "设施",
            "before": ["饮用水", "热水", "微波炉"],
            "after": ["饮用水", "微波炉", "沙发"],
        }
    ]
    hours = items[4]["changes"][1]
    assert (hours["field"], hours["before"]["text"]) == ("hours", "每天 9:00-20:00")
    assert hours["after"]["week"] == [["09:00-22:00"]] * 7
    assert items[4]["reason"] == "夏季延长"
    assert items[0]["at"].endswith("+08:00")


def test_in_english_and_another_datum(told: Union) -> None:
    client, station = told.as_("manager"), told.stations[STATION]
    items = history(client, station, lang="en", crs="gcj02")["items"]
    assert "王芳, " in items[3]["sentence"]
    assert items[3]["sentence"].endswith("changed amenities: added sofa, removed hot water")
    assert items[1]["sentence"].endswith(f"{CLOSED} 09:00 to 18:00 closed (盘点)")
    location = next(one for one in items[-1]["changes"] if one["field"] == "location")["after"]
    assert location["crs"] == "gcj02"
    assert abs(location["lon"] - 116.411) > 0.001


def test_addresses_are_for_those_who_oversee(told: Union) -> None:
    station = told.stations[STATION]
    for who, shown in (("manager", None), ("district_admin", "127.0.0.1"), ("auditor", "127.0.0.1")):
        assert history(told.as_(who), station)["items"][3]["address"] == shown


def test_pages_are_the_whole_once(told: Union) -> None:
    client, station = told.as_("auditor"), told.stations[STATION]
    whole = history(client, station)
    assert whole["next_cursor"] is None
    pages, cursor = [], None
    while True:
        page = history(client, station, limit=2, **({"cursor": cursor} if cursor else {}))
        pages += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert pages == whole["items"]


@pytest.mark.parametrize("who", ["manager", "district_admin", "city_admin", "auditor"])
def test_whose_it_is_may_read(told: Union, who: str) -> None:
    assert history(told.as_(who), told.stations[STATION])["items"]


@pytest.mark.parametrize(
    ("who", "status"),
    [(None, 401), ("disabled", 401), ("expired", 401), ("other_manager", 403), ("neighbour", 403)],
)
def test_others_may_not(told: Union, who: str | None, status: int) -> None:
    answer = told.as_(who).get(f"/v1/stations/{told.stations[STATION]}/history")
    assert answer.status_code == status


def test_missing_and_mistaken(told: Union) -> None:
    manager = told.as_("manager")
    assert manager.get("/v1/stations/999999/history").status_code == 404
    other = told.stations["东四暖心驿站"]
    cursor = history(manager, told.stations[STATION], limit=1)["next_cursor"]
    for asked in ({"cursor": "x"}, {"cursor": cursor}, {"limit": 0}, {"lang": "fr"}, {"page": 2}):
        answer = manager.get(f"/v1/stations/{other}/history", **asked)
        assert answer.status_code == 422, asked


def test_a_reason_is_told_once_in_either_language(union: Union) -> None:
    station, manager = union.stations["东四暖心驿站"], union.as_("manager")
    closure = {"until": "today", "reason": "停电", "reason_en": "power cut"}
    made = manager.post(f"/v1/stations/{station}/closures", closure)
    assert made.status_code == 201, made.text
    for lang, ending in (("zh", "关闭（停电）"), ("en", "closed (power cut)")):
        assert history(manager, station, lang=lang)["items"][0]["sentence"].endswith(ending)
    ended = manager.post(f"/v1/stations/{station}/closures/{made.json()['id']}/end")
    assert ended.status_code == 200, ended.text


def test_hours_that_only_read_otherwise_do_not_become_themselves(union: Union) -> None:
    """What a text means may change with its reader: nothing became "none → none"."""
    station = union.stations["东四暖心驿站"]
    with psycopg.connect(union.database_url) as conn:
        conn.execute("SELECT set_config('geoapi.actor', 'import 城区表', true)")
        conn.execute("UPDATE station SET hours_unread = '{x}' WHERE id = %s", [station])
    sentence = history(union.as_("manager"), station)["items"][0]["sentence"]
    assert "→" not in sentence
    assert sentence.endswith("（重新解读）")

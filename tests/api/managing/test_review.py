"""What waits for a decision: one queue, seen by whose stations it is about, decided by who may."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from geoapi.editing import review
from geoapi.editing import station as editing_station
from loaders.load import load_file
from tests.api.managing.conftest import Union
from tests.loaders.files import csv_file, mapping

ROWS = (
    "1,东直门暖心驿站,驿站,116.430,39.940,9:00-17:30,微波炉,一街",
    "2,东直门内暖心驿站,驿站,116.4301,39.940,,,二街",
    "3,东直门职工暖心驿站,驿站,116.4302,39.940,,,三街",
    "4,和平里驿站,驿站,116.440,39.960,,,四街",
)


@pytest.fixture
def loaded(union: Union, tmp_path: Path) -> Union:
    """Stations of a file, one of them edited by its administrator; then the file anew, otherwise."""
    union.sql("DELETE FROM import_conflict")
    union.sql("DELETE FROM station WHERE source = 'test' AND id IN (SELECT station_id FROM station_import)")
    union.sql("DELETE FROM near_duplicate")
    union.sql("DELETE FROM load_batch")
    load(union, csv_file(tmp_path, *ROWS))
    edit(union, "东直门暖心驿站", address="甲街", hours={"text": "24小时"})
    edit(union, "和平里驿站", phone="010-12345678")
    news = [row.replace("9:00-17:30", "9:00-20:00").replace("一街", "乙街") for row in ROWS[:3]]
    load(union, csv_file(tmp_path, *news), sync=True)
    return union


def load(union: Union, path: Path, **options: Any) -> None:
    with psycopg.connect(union.database_url) as conn:
        load_file(conn, path, mapping(near_duplicate_m=50), horizon_days=2, **options)


def station(union: Union, name: str) -> int:
    return int(union.sql("SELECT max(id) FROM station WHERE name_zh = %s", name)[0][0])


def edit(union: Union, name: str, **changes: Any) -> None:
    id_ = station(union, name)
    ((version,),) = union.sql("SELECT version FROM station WHERE id = %s", id_)
    answer = union.as_("district_admin").patch(f"/v1/stations/{id_}", changes, version=version)
    assert answer.status_code == 200, answer.text


def queue(union: Union, who: str, **asked: Any) -> list[dict[str, Any]]:
    answer = union.as_(who).get("/v1/manage/review", **asked)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def conflict(union: Union, field: str) -> dict[str, Any]:
    (found,) = (
        one for one in queue(union, "district_admin", type="import_conflict") if one["what"]["field"] == field
    )
    return found


def resolve(union: Union, who: str | None, id_: str, take: str) -> httpx.Response:
    return union.as_(who).post(f"/v1/manage/conflicts/{id_}/resolve", {"take": take})


def test_what_waits_is_told(loaded: Union) -> None:
    items = queue(loaded, "district_admin")
    assert {one["type"] for one in items} == {"import_conflict", "near_duplicate"}
    address = conflict(loaded, "address")
    assert (address["what"]["edited"], address["what"]["imported_now"]) == ("甲街", "乙街")
    assert address["sentence"] == "“东直门暖心驿站”的地址：修改为“甲街”，导入为“乙街”"
    assert (address["who"], address["station"]["name"]) == ("test", "东直门暖心驿站")
    assert [one["action"] for one in address["actions"]] == ["take_edited", "take_imported"]
    assert conflict(loaded, "hours")["what"]["imported_now"]["text"] == "9:00-20:00"
    assert "不再列出“和平里驿站”" in conflict(loaded, "retired")["sentence"]
    pair = queue(loaded, "district_admin", type="near_duplicate")[0]
    assert pair["station"]["id"] != pair["other"]["id"]
    assert pair["actions"][0]["action"] == "mark_reviewed"


def test_whose_stations_it_is_about_see_it(loaded: Union) -> None:
    assert len(queue(loaded, "city_admin")) == len(queue(loaded, "district_admin")) > 0
    assert queue(loaded, "other_district_admin") == queue(loaded, "manager") == []
    # reading is not deciding
    assert all(one["actions"] == [] for one in queue(loaded, "auditor"))
    assert loaded.as_(None).get("/v1/manage/review").status_code == 401
    for asked in ({"type": "castle"}, {"cursor": "x"}, {"order": "best"}):
        assert loaded.as_("auditor").get("/v1/manage/review", **asked).status_code == 422


@pytest.mark.parametrize("order", ["newest", "oldest"])
def test_pages_are_the_whole_once(loaded: Union, order: str) -> None:
    whole = queue(loaded, "auditor", order=order)
    pages: list[dict[str, Any]] = []
    asked: dict[str, Any] = {"order": order, "limit": 1}
    while True:
        page = loaded.as_("auditor").get("/v1/manage/review", **asked).json()
        pages += page["items"]
        if page["next_cursor"] is None:
            break
        asked["cursor"] = page["next_cursor"]
    assert pages == whole
    since = [one["since"] for one in whole]
    assert since == sorted(since, reverse=order == "newest")


def test_taking_what_the_import_says(loaded: Union) -> None:
    id_ = station(loaded, "东直门暖心驿站")
    answer = resolve(loaded, "district_admin", conflict(loaded, "hours")["id"], "imported")
    assert answer.status_code == 200, answer.text
    assert answer.json()["hours"]["text"] == "9:00-20:00"
    assert answer.json()["address"] == "甲街"
    told = loaded.as_("auditor").get(f"/v1/stations/{id_}/history", limit=1).json()["items"][0]
    assert (told["action"], told["reason"]) == ("resolve_conflict", "stations.csv")
    assert told["sentence"].endswith("采用导入的值：开放时间：24小时 → 9:00-20:00（文件：stations.csv）")
    # it follows the source again: the next file is no conflict
    assert [one["what"]["field"] for one in queue(loaded, "district_admin", type="import_conflict")].count(
        "hours"
    ) == 0


def test_keeping_what_was_edited(loaded: Union) -> None:
    found = conflict(loaded, "address")
    answer = resolve(loaded, "district_admin", found["id"], "edited")
    assert answer.json()["address"] == "甲街"
    assert resolve(loaded, "district_admin", found["id"], "imported").status_code == 409
    assert loaded.sql(
        "SELECT resolution, resolved_by IS NOT NULL FROM import_conflict WHERE id = %s", found["id"]
    ) == [("edited", True)]


def test_retired_as_its_source_says_and_back_with_it(loaded: Union, tmp_path: Path) -> None:
    found = conflict(loaded, "retired")
    assert resolve(loaded, "district_admin", found["id"], "imported").json()["retired_at"] is not None
    load(loaded, csv_file(tmp_path, *ROWS))
    id_ = station(loaded, "和平里驿站")
    assert loaded.sql("SELECT retired_at FROM station WHERE id = %s", id_) == [(None,)]
    told = loaded.as_("auditor").get(f"/v1/stations/{id_}/history", limit=1).json()["items"][0]
    assert told["sentence"].endswith("来源又列出，恢复站点")


def test_conflicts_name_amenities_as_people_do(loaded: Union, tmp_path: Path) -> None:
    edit(loaded, "东直门暖心驿站", amenities=["sofa"])
    load(loaded, csv_file(tmp_path, ROWS[0].replace("微波炉", "微波炉、热水")))
    sentence = conflict(loaded, "amenities")["sentence"]
    assert sentence == "“东直门暖心驿站”的设施：修改为“沙发”，导入为“热水、微波炉”"
    (english,) = (
        one["sentence"]
        for one in queue(loaded, "district_admin", type="import_conflict", lang="en")
        if one["what"]["field"] == "amenities"
    )
    assert english.endswith("“sofa” as edited, “hot water, microwave” as imported")
    load(loaded, csv_file(tmp_path, ROWS[0].replace("微波炉", "")))
    assert conflict(loaded, "amenities")["sentence"].endswith("修改为“沙发”，导入为无")


def test_two_that_may_be_one(loaded: Union) -> None:
    pair = queue(loaded, "district_admin", type="near_duplicate")[0]
    one, other = pair["station"]["id"], pair["other"]["id"]
    path = f"/v1/manage/duplicates/{other}/{one}/review"
    body = {"decision": "distinct", "note": "两个门"}
    assert loaded.as_("other_district_admin").post(path, body).status_code == 404
    assert loaded.as_("auditor").post(path, body).status_code == 403
    assert loaded.as_("district_admin").post(path, {"decision": "maybe"}).status_code == 422
    assert loaded.as_("district_admin").post(path, body).json() == {
        "station_id": one, "other_id": other, "decision": "distinct",
    }  # fmt: skip
    assert loaded.as_("district_admin").post(path, body).status_code == 409
    assert pair["id"] not in [left["id"] for left in queue(loaded, "district_admin")]
    assert (
        loaded.as_("district_admin").post(f"/v1/manage/duplicates/{one}/999/review", body).status_code == 404
    )


@pytest.mark.parametrize(
    ("who", "status"),
    [(None, 401), ("expired", 401), ("manager", 404), ("other_district_admin", 404), ("auditor", 403)],
)
def test_who_may_resolve(loaded: Union, who: str | None, status: int) -> None:
    for take in ("edited", "imported"):
        assert resolve(loaded, who, conflict(loaded, "address")["id"], take).status_code == status
    assert resolve(loaded, who, "999999", "edited").status_code in (401, 404)


def test_the_second_wall(loaded: Union, monkeypatch: pytest.MonkeyPatch) -> None:
    def everything() -> list[Any]:
        return [
            loaded.sql(f"SELECT t::text FROM {table} AS t ORDER BY 1")  # noqa: S608 - own names
            for table in ("station", "import_conflict", "near_duplicate", "revision")
        ]

    before = everything()
    found, pair = conflict(loaded, "address"), queue(loaded, "district_admin", type="near_duplicate")[0]
    monkeypatch.setattr(editing_station, "require", lambda caller, *_: caller)
    monkeypatch.setattr(review, "require", lambda caller, *_: caller)
    monkeypatch.setattr(review, "may", lambda *_: True)
    for who in ("other_district_admin", "manager", "auditor"):
        for take in ("edited", "imported"):
            assert resolve(loaded, who, found["id"], take).status_code == 403
        path = f"/v1/manage/duplicates/{pair['station']['id']}/{pair['other']['id']}/review"
        assert loaded.as_(who).post(path, {"decision": "distinct"}).status_code == 403
    assert everything() == before

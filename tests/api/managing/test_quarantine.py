"""Rows of imports that wait, as administrators mend them: over HTTP, as the service's role."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from geoapi.accounts.permissions import Caller
from geoapi.editing import quarantine
from loaders.load import load_file
from loaders.quarantine import retry_rows
from loaders.report import LoadReport
from tests.api.managing.conftest import Union
from tests.loaders.files import csv_file, mapping

HEADER_COLUMNS = {"id", "名称", "类别", "经度", "纬度", "时间", "设施", "地址"}
ROWS = (
    "1,东直门暖心驿站,驿站,116.430,39.940,9:00-17:30,微波炉,一街",
    "2,和平里暖心驿站,驿站,,,周一至周五 9:00-17:00,热水,二街",  # row 3: no coordinates
    "3,北新桥咖啡馆,咖啡馆,116.41,39.94,,,三街",  # row 4: in 东城区, of no kind
    "4,西四咖啡馆,咖啡馆,116.37,39.92,,,四街",  # row 5: in 西城区
    "1,另一处驿站,驿站,116.44,39.95,,,五街",  # row 6: its id is row 2's
    "6,<img src=x onerror=alert(1)>,驿站,39.94,116.43,,,\u202e六街",  # row 7: swapped
)


@pytest.fixture
def loaded(union: Union, tmp_path: Path) -> Union:
    """A file of which one row is good."""
    union.sql("DELETE FROM quarantine")
    union.sql("DELETE FROM import_conflict")
    union.sql("DELETE FROM near_duplicate")
    union.sql("DELETE FROM station WHERE source = 'test' AND id IN (SELECT station_id FROM station_import)")
    union.sql("DELETE FROM load_batch")
    load(union, tmp_path, *ROWS)
    return union


def load(union: Union, folder: Path, *rows: str, **options: Any) -> LoadReport:
    with psycopg.connect(union.database_url) as conn:
        return load_file(conn, csv_file(folder, *rows), mapping(), horizon_days=2, **options)


def listed(union: Union, who: str, **asked: Any) -> dict[str, Any]:
    answer = union.as_(who).get("/v1/manage/quarantine", **asked)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def id_of(union: Union, row: int) -> str:
    return str(union.sql("SELECT id FROM quarantine WHERE row_number = %s", row)[0][0])


def ask(union: Union, who: str | None, row: int, what: str, **body: Any) -> httpx.Response:
    return union.as_(who).post(f"/v1/manage/quarantine/{id_of(union, row)}/{what}", body)


def everything(union: Union) -> list[Any]:
    tables = ("station", "quarantine", "station_import", "load_batch", "revision", "event", "near_duplicate")
    return [
        union.sql(f"SELECT t::text FROM {table} AS t ORDER BY 1")  # noqa: S608 - own names
        for table in tables
    ]


# Listing -------------------------------------------------------------------------------------


def test_what_waits_is_listed_by_reason(loaded: Union) -> None:
    page = listed(loaded, "city_admin")
    assert [(one["row"], one["reason"]["code"]) for one in page["items"]] == [
        (7, "swapped_axes"), (6, "duplicate_id"), (5, "unknown_kind"), (4, "unknown_kind"),
        (3, "no_coordinates"),
    ]  # fmt: skip
    assert {(one["reason"], one["rows"]) for one in page["counts"]} == {
        ("swapped_axes", 1), ("duplicate_id", 1), ("unknown_kind", 2), ("no_coordinates", 1),
    }  # fmt: skip
    assert page["total"] == 5
    (one,) = listed(loaded, "city_admin", reason="no_coordinates")["items"]
    assert (one["name"], one["address"], one["file"]) == ("和平里暖心驿站", "二街", "stations.csv")
    assert one["reason"]["text"] == "没有坐标"
    assert listed(loaded, "city_admin", source="another")["items"] == []
    # what there is to choose from does not shrink by choosing
    assert listed(loaded, "city_admin", reason="no_coordinates")["total"] == 5


def test_a_district_s_administrator_sees_what_lies_there(loaded: Union) -> None:
    assert [one["row"] for one in listed(loaded, "district_admin")["items"]] == [6, 4]
    assert [one["row"] for one in listed(loaded, "other_district_admin")["items"]] == [5]
    assert [one["row"] for one in listed(loaded, "auditor")["items"]] == [6, 4]
    assert loaded.as_("manager").get("/v1/manage/quarantine").status_code == 403
    assert loaded.as_(None).get("/v1/manage/quarantine").status_code == 401


def test_pages_are_the_whole_once(loaded: Union) -> None:
    whole = listed(loaded, "city_admin")["items"]
    pages: list[dict[str, Any]] = []
    asked: dict[str, Any] = {"limit": 2}
    while True:
        page = listed(loaded, "city_admin", **asked)
        pages += page["items"]
        if page["next_cursor"] is None:
            break
        asked["cursor"] = page["next_cursor"]
    assert pages == whole
    wrong = loaded.as_("city_admin").get("/v1/manage/quarantine", cursor=asked["cursor"], reason="no_id")
    assert wrong.status_code == 422


def test_a_row_says_which_column_is_wrong_and_what_each_is_taken_for(loaded: Union) -> None:
    answer = loaded.as_("city_admin").get(f"/v1/manage/quarantine/{id_of(loaded, 4)}")
    assert answer.status_code == 200, answer.text
    row = answer.json()
    columns = {one["name"]: one for one in row["columns"]}
    assert set(columns) == HEADER_COLUMNS
    assert [name for name, one in columns.items() if one["at_fault"]] == ["类别"]
    assert columns["名称"]["fields"] == [{"code": "name_zh", "name": "名称"}]
    assert "职工暖心驿站" in columns["类别"]["suggestions"]
    assert (columns["类别"]["text"], row["district"]["name"], row["may_mend"]) == ("咖啡馆", "东城区", True)
    assert loaded.as_("auditor").get(f"/v1/manage/quarantine/{id_of(loaded, 4)}").json()["may_mend"] is False
    missing = loaded.as_("city_admin").get(f"/v1/manage/quarantine/{id_of(loaded, 3)}").json()
    assert {one["name"] for one in missing["columns"] if one["at_fault"]} == {"经度", "纬度"}
    assert missing["district"] is None


# Mending one ---------------------------------------------------------------------------------


def test_a_preview_changes_nothing(loaded: Union) -> None:
    before = everything(loaded)
    answer = ask(loaded, "city_admin", 3, "preview", cells={"经度": "116.42", "纬度": "39.95"})
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["outcome"], told["mended"]) == ("created", {"经度": "116.42", "纬度": "39.95"})
    station = told["station"]
    assert (station["name"], station["district"]["name"]) == ("和平里暖心驿站", "东城区")
    assert station["organisation"]["name"] == "东城区总工会"
    assert station["location"] == {"lon": 116.42, "lat": 39.95, "crs": "wgs84"}
    assert station["hours"]["week"][0] == ["09:00-17:00"]
    assert station["hours"]["week"][6] == []
    assert everything(loaded) == before


def test_a_preview_says_why_it_still_fails_and_where(loaded: Union) -> None:
    told = ask(loaded, "city_admin", 3, "preview", cells={"经度": "116.42", "纬度": "北"}).json()
    assert (told["outcome"], told["station"]) == ("refused", None)
    assert told["refused"]["reason"] == "not_a_number"
    assert told["refused"]["columns"] == ["经度", "纬度"]


def test_a_mended_row_is_a_station_by_whoever_mended_it(loaded: Union) -> None:
    answer = ask(loaded, "city_admin", 3, "retry", cells={"经度": "116.42", "纬度": "39.95", "地址": "二街"})
    assert answer.status_code == 200, answer.text
    station = answer.json()["station"]["id"]
    history = loaded.as_("auditor").get(f"/v1/stations/{station}/history").json()["items"]
    assert [(one["action"], one["who"]["name"], one["who"]["kind"]) for one in history] == [
        ("import", "孙丽", "account")
    ]
    row = loaded.as_("city_admin").get(f"/v1/manage/quarantine/{id_of(loaded, 3)}").json()
    columns = {one["name"]: (one["text"], one["mended"]) for one in row["columns"]}
    # the row as it came, beside what became of it
    assert columns["经度"] == ("", "116.42")
    assert columns["地址"] == ("二街", None)
    assert (row["state"], row["station_id"], row["mended"]["by"]) == ("accepted", station, "孙丽")
    assert 3 not in [one["row"] for one in listed(loaded, "city_admin")["items"]]
    assert [one["row"] for one in listed(loaded, "city_admin", state="accepted")["items"]] == [3]
    (event,) = loaded.as_("city_admin").get("/v1/manage/events", action="mend_import_row").json()["items"]
    assert event["actor"] == "孙丽"
    assert event["detail"]["columns"] == ["经度", "纬度"]
    # it is found by workers at once
    found = loaded.client.get("/v1/stations/nearest", params={"lon": 116.42, "lat": 39.95, "open": "any"})
    assert found.json()["stations"][0]["id"] == station
    assert ask(loaded, "city_admin", 3, "retry").status_code == 409


def test_what_fails_again_names_its_column_and_changes_nothing(loaded: Union) -> None:
    before = everything(loaded)
    answer = ask(loaded, "city_admin", 3, "retry", cells={"经度": "116.42", "纬度": "12"})
    assert answer.status_code == 422
    problem = answer.json()
    assert (problem["reason"], problem["columns"]) == ("outside_districts", ["经度", "纬度"])
    assert problem["errors"][0]["field"] == "cells.经度"
    assert ask(loaded, "city_admin", 4, "retry").json()["reason"] == "unknown_kind"
    unknown = ask(loaded, "city_admin", 4, "retry", cells={"种类": "驿站"})
    assert (unknown.status_code, unknown.json()["errors"][0]["field"]) == (422, "cells")
    assert everything(loaded) == before


def test_a_duplicate_writes_over_nobody(loaded: Union) -> None:
    told = ask(loaded, "city_admin", 6, "preview", cells={"地址": "五街甲"}).json()
    assert (told["outcome"], told["refused"]["reason"]) == ("refused", "duplicate_id")
    assert told["refused"]["columns"] == ["id"]
    # nor does a row that is given somebody else's id
    stolen = ask(loaded, "city_admin", 4, "preview", cells={"id": "1", "类别": "驿站"}).json()
    assert stolen["refused"]["reason"] == "duplicate_id"
    made = ask(loaded, "city_admin", 6, "retry", cells={"id": "1b"}).json()
    assert (made["outcome"], made["station"]["name"]) == ("created", "另一处驿站")
    assert loaded.sql("SELECT address FROM station WHERE name_zh = '东直门暖心驿站'") == [("一街",)]


def test_a_mend_holds_for_the_same_row_of_the_next_file(loaded: Union, tmp_path: Path) -> None:
    assert ask(loaded, "city_admin", 3, "retry", cells={"经度": "116.42", "纬度": "39.95"}).status_code == 200
    assert ask(loaded, "city_admin", 6, "retry", cells={"id": "1b"}).status_code == 200
    stations = loaded.sql("SELECT id, version FROM station ORDER BY id")
    again = load(loaded, tmp_path, *ROWS, sync=True)
    assert (again.rows, again.accepted, again.unchanged) == (6, 0, 3)
    assert again.quarantined == {"unknown_kind": 2, "swapped_axes": 1}
    assert loaded.sql("SELECT id, version FROM station ORDER BY id") == stations
    # once the source says better itself, that is what holds
    better = [ROWS[1].replace(",,,周一", ",116.421,39.951,周一")]
    news = load(loaded, tmp_path, *better)
    assert (news.accepted, news.quarantined) == (1, {})
    assert loaded.sql("SELECT lon FROM station WHERE name_zh = '和平里暖心驿站'") == [(116.421,)]


def test_a_station_mended_in_is_retired_when_its_source_drops_it(loaded: Union, tmp_path: Path) -> None:
    assert ask(loaded, "city_admin", 3, "retry", cells={"经度": "116.42", "纬度": "39.95"}).status_code == 200
    report = load(loaded, tmp_path, ROWS[0], sync=True)
    assert (report.retired, report.conflicts_total) == (1, 0)


def test_a_hostile_row_is_only_text(loaded: Union) -> None:
    cells = {"经度": "116.43", "纬度": "39.94"}
    told = ask(loaded, "city_admin", 7, "preview", cells=cells).json()
    assert told["station"]["name"] == "<img src=x onerror=alert(1)>"
    for wrong in ({"经度": "\ud800"}, {"经度": "1\x00"}, {"经度": "x" * 6000}, ["经度"], None):
        sent = loaded.as_("city_admin").client.post(
            f"/v1/manage/quarantine/{id_of(loaded, 7)}/preview",
            content=json.dumps({"cells": wrong}),
            headers={
                "Authorization": f"Bearer {loaded.tokens['city_admin']}", "Content-Type": "application/json"
            },
        )  # fmt: skip
        assert sent.status_code == 422, sent.text


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ('{"cells": {"类别": "驿\\u0000站"}}', 422),
        ('{"cells": {"类别": "驿\\ud800站"}}', 422),
        ('{"cells": {"类\\u0000别": "驿站"}}', 422),
        ('{"cells": {"\\ud800": "驿站"}}', 422),
        ('{"cells": {"类别": ["驿站"]}}', 422),
        ('{"cells": {"类别": {"a": {"b": 1}}}}', 422),
        ('{"cells": {"类别": null}}', 422),
        ('{"cells": {"类别": 1e999}}', 422),
        ('{"cells": ' + "[" * 5000 + "]" * 5000 + "}", 400),
        (json.dumps({"cells": {"类别": "站" * 5001}}), 422),
        (json.dumps({"cells": {f"列{n}": "" for n in range(301)}}), 422),
        (json.dumps({"cells": {"没有这一列": "x"}}), 422),
        (json.dumps({"cells": {"类别": "站" * 30_000}}), 413),
    ],
)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_hostile_cells_are_refused_and_named(loaded: Union, body: str, status: int, lang: str) -> None:
    before = everything(loaded)
    for what in ("preview", "retry"):
        answer = loaded.as_("city_admin").request(
            "POST", f"/v1/manage/quarantine/{id_of(loaded, 4)}/{what}", params={"lang": lang},
            content=body.encode(), headers={"Content-Type": "application/json"},
        )  # fmt: skip
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        if status != 413:
            fault = answer.json()["errors"][0]
            assert fault["field"].startswith(("cells", "body")), fault
            assert fault["mend"], fault
    assert everything(loaded) == before


def test_a_formula_is_a_name_like_any_other(loaded: Union) -> None:
    name = '=HYPERLINK("http://x","驿站")'
    told = ask(loaded, "city_admin", 4, "retry", cells={"类别": "驿站", "名称": name})
    assert told.json()["station"]["name"] == name, told.text


def test_sent_again_with_its_key_it_is_done_once(loaded: Union) -> None:
    path = f"/v1/manage/quarantine/{id_of(loaded, 3)}/retry"
    body = {"cells": {"经度": "116.42", "纬度": "39.95"}}
    first = loaded.as_("city_admin").post(path, body, idempotency_key="mend-3")
    again = loaded.as_("city_admin").post(path, body, idempotency_key="mend-3")
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json() == first.json()
    assert again.headers["idempotency-replayed"] == "true"


def test_a_near_duplicate_is_told_before_it_is_made(loaded: Union) -> None:
    cells = {"id": "1c", "名称": "东直门暖心驿站", "经度": "116.4301", "纬度": "39.9401"}
    (near,) = ask(loaded, "city_admin", 6, "preview", cells=cells).json()["near_duplicates"]
    assert near["name"] == "东直门暖心驿站"
    assert 10 < near["distance_m"] < 20


# Many ----------------------------------------------------------------------------------------


def test_all_of_a_reason_after_the_mapping_was_mended(loaded: Union) -> None:
    """The mended mapping comes by the command line; what still waits is tried from the page."""
    chosen = {"source": "test", "reason": "unknown_kind"}
    before = everything(loaded)
    first = loaded.as_("city_admin").post("/v1/manage/quarantine/preview", chosen).json()
    assert (first["rows"], first["accepted"]) == (2, 0)
    assert first["refused"] == [{"reason": "unknown_kind", "text": "类别不认识", "rows": 2}]
    assert everything(loaded) == before
    mended = mapping(values={"kind": {"咖啡馆": "care_station"}})
    loaded.sql(
        """INSERT INTO load_batch (id, source, file_name, file_sha256, mapping_sha256, mapping, report)
           VALUES ('later', 'test', 'x', 'x', 'x', %s::jsonb, '{}')""",
        json.dumps(mended.as_json()),
    )
    told = loaded.as_("district_admin").post("/v1/manage/quarantine/retry", chosen).json()
    # a district's administrator: of their own district alone
    assert (told["rows"], told["created"], told["refused"]) == (1, 1, [])
    assert told["examples"][0]["name"] == "北新桥咖啡馆"
    told = loaded.as_("city_admin").post("/v1/manage/quarantine/retry", chosen).json()
    assert (told["rows"], told["created"]) == (1, 1)
    assert loaded.as_("city_admin").post("/v1/manage/quarantine/retry", chosen).status_code == 404


def test_setting_aside_and_restoring(loaded: Union, tmp_path: Path) -> None:
    for wrong in ({}, {"note": "  "}, {"note": "x" * 501}):
        path = f"/v1/manage/quarantine/{id_of(loaded, 5)}/set-aside"
        assert loaded.as_("city_admin").post(path, wrong).status_code == 422
    answer = ask(loaded, "other_district_admin", 5, "set-aside", note="已撤销")
    assert answer.json()["state"] == "set_aside", answer.text
    assert ask(loaded, "other_district_admin", 5, "set-aside", note="已撤销").status_code == 409
    assert ask(loaded, "other_district_admin", 5, "preview").status_code == 409
    row = loaded.as_("city_admin").get(f"/v1/manage/quarantine/{id_of(loaded, 5)}").json()
    assert (row["set_aside"]["by"], row["set_aside"]["note"]) == ("钱伟", "已撤销")
    # the same row of the next file waits no more, and is counted
    again = load(loaded, tmp_path, *ROWS)
    assert (again.rows, again.unchanged, again.set_aside) == (6, 1, 1)
    assert again.quarantined == {
        "no_coordinates": 1, "unknown_kind": 1, "duplicate_id": 1, "swapped_axes": 1,
    }  # fmt: skip
    assert again.balances
    assert len(loaded.sql("SELECT 1 FROM quarantine WHERE row_number = 5")) == 1
    assert ask(loaded, "other_district_admin", 5, "restore").json()["state"] == "waiting"
    assert ask(loaded, "other_district_admin", 5, "restore").status_code == 409
    assert load(loaded, tmp_path, *ROWS).quarantined["unknown_kind"] == 2


def test_setting_aside_all_of_a_reason(loaded: Union) -> None:
    body = {"source": "test", "reason": "unknown_kind", "note": "不是设施"}
    told = loaded.as_("district_admin").post("/v1/manage/quarantine/set-aside", body).json()
    assert told == {"rows": 1, "left": 0}
    assert loaded.sql("SELECT row_number FROM quarantine WHERE set_aside_at IS NOT NULL") == [(4,)]


@pytest.mark.parametrize("what", ["retry", "set-aside"])
def test_each_district_is_told_of_its_own_rows(loaded: Union, tmp_path: Path, what: str) -> None:
    """Of a city's two rows for a reason one is 东城区's: its auditor reads of one."""
    load(loaded, tmp_path, *ROWS, "8,东四咖啡馆,咖啡馆,116.415,39.93,,,八街")
    chosen = {"source": "test", "reason": "unknown_kind"} | (
        {"note": "不是设施"} if what == "set-aside" else {}
    )
    told = loaded.as_("city_admin").post(f"/v1/manage/quarantine/{what}", chosen).json()
    assert told["rows"] == 3
    action = f"{what.replace('-', '_')}_import_rows"
    events = loaded.sql(
        """SELECT o.code, (e.detail ->> 'rows')::int, (e.detail ->> 'accepted')::int FROM event AS e
           JOIN organisation AS o ON o.id = e.organisation_id
           WHERE e.action = %s ORDER BY e.id DESC LIMIT 2""",
        action,
    )
    none = 0 if what == "retry" else None
    assert sorted(events, key=str) == [("dc", 2, none), ("xc", 1, none)]


def test_more_than_one_request_takes(loaded: Union, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quarantine, "MOST_AT_ONCE", 2)
    told = loaded.as_("city_admin").post("/v1/manage/quarantine/preview", {"source": "test"}).json()
    assert (told["rows"], told["left"]) == (2, 3)


# Loads ---------------------------------------------------------------------------------------


def test_what_came_of_the_file(loaded: Union) -> None:
    assert ask(loaded, "city_admin", 3, "retry", cells={"经度": "116.42", "纬度": "39.95"}).status_code == 200
    ask(loaded, "city_admin", 5, "set-aside", note="已撤销")
    (item,) = loaded.as_("auditor").get("/v1/manage/loads").json()["items"]
    quarantined = sum(one["rows"] for one in item["quarantined"])
    assert item["rows"] == item["accepted"] + item["unchanged"] + quarantined + item["set_aside"] == 6
    assert item["now"] == {"waiting": 3, "accepted": 1, "set_aside": 1, "overtaken": 0}
    assert (item["file"], item["loaded_by"], item["is_retry"]) == ("stations.csv", None, False)
    both = loaded.as_("city_admin").get("/v1/manage/loads", retries=True).json()["items"]
    assert [(one["is_retry"], one["loaded_by"]) for one in both] == [(True, "孙丽"), (False, None)]
    page = loaded.as_("city_admin").get("/v1/manage/loads", retries=True, limit=1).json()
    rest = loaded.as_("city_admin").get("/v1/manage/loads", retries=True, cursor=page["next_cursor"]).json()
    assert [*page["items"], *rest["items"]] == both


def test_whose_rows_came_to_wait_by_a_file_sees_it(loaded: Union, tmp_path: Path) -> None:
    load(loaded, tmp_path, "9,西单咖啡馆,咖啡馆,116.37,39.91,,,九街")
    seen = {
        who: len(loaded.as_(who).get("/v1/manage/loads").json()["items"])
        for who in ("city_admin", "district_admin", "other_district_admin", "auditor")
    }
    assert seen == {"city_admin": 2, "district_admin": 1, "other_district_admin": 2, "auditor": 1}
    assert loaded.as_("manager").get("/v1/manage/loads").status_code == 403


# Who -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "row", "status"),
    [
        (None, 4, 401), ("expired", 4, 401), ("manager", 4, 404), ("auditor", 4, 403),
        ("other_district_admin", 4, 404), ("district_admin", 3, 404), ("district_admin", 4, 200),
    ],
)  # fmt: skip
def test_who_may_mend(loaded: Union, who: str | None, row: int, status: int) -> None:
    assert ask(loaded, who, row, "preview", cells={"类别": "驿站"}).status_code == status


def test_nobody_makes_a_station_elsewhere_by_a_row_of_their_own(loaded: Union) -> None:
    cells = {"类别": "驿站", "经度": "116.37"}  # over in 西城区
    before = everything(loaded)
    for what in ("preview", "retry"):
        assert ask(loaded, "district_admin", 4, what, cells=cells).status_code == 403
    assert everything(loaded) == before


def test_nor_changes_one(loaded: Union, tmp_path: Path) -> None:
    """A row that now lies in 东城区, of a station that is 西城区's."""
    load(loaded, tmp_path, "9,西单驿站,驿站,116.37,39.91,,,九街")
    load(loaded, tmp_path, "9,西单驿站,咖啡馆,116.42,39.91,,,九街")
    row = int(loaded.sql("SELECT row_number FROM quarantine WHERE external_id = '9'")[0][0])
    loaded.sql("UPDATE quarantine SET row_number = 99 WHERE external_id = '9'")
    assert row == 2
    before = everything(loaded)
    assert ask(loaded, "district_admin", 99, "retry", cells={"类别": "驿站"}).status_code == 403
    assert everything(loaded) == before
    assert ask(loaded, "city_admin", 99, "retry", cells={"类别": "驿站"}).json()["outcome"] == "updated"


Try = Callable[[Union, str], httpx.Response]
TRIES: tuple[Try, ...] = (
    lambda union, who: ask(union, who, 4, "retry", cells={"类别": "驿站"}),
    lambda union, who: ask(union, who, 4, "set-aside", note="x"),
    lambda union, who: union.as_(who).post("/v1/manage/quarantine/retry", {"source": "test"}),
    lambda union, who: union.as_(who).post(
        "/v1/manage/quarantine/set-aside", {"source": "test", "reason": "unknown_kind", "note": "x"}
    ),
)


@pytest.mark.parametrize("who", ["manager", "auditor", "other_manager"])
def test_the_second_wall(loaded: Union, monkeypatch: pytest.MonkeyPatch, who: str) -> None:
    before = everything(loaded)
    monkeypatch.setattr(quarantine, "may", lambda *_: True)
    monkeypatch.setattr(quarantine, "require", lambda caller, *_: caller)
    monkeypatch.setattr(Caller, "organisations", lambda self, act: frozenset(range(1, 1000)))
    for attempt in TRIES:
        assert attempt(loaded, who).status_code in (403, 404)
    assert everything(loaded) == before


def test_the_command_line_still_retries_all(loaded: Union) -> None:
    with psycopg.connect(loaded.database_url) as conn:
        (report,) = retry_rows(
            conn, mapping(values={"kind": {"咖啡馆": "care_station"}}), source="test", horizon_days=2
        )
    assert (report.accepted, report.quarantined) == (2, {"no_coordinates": 1, "swapped_axes": 1})

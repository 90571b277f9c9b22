"""The same answers as files: they open, they say the same, and nothing in them runs."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import openpyxl
import pyogrio
import pytest

from tests.api.planning.conftest import NIGHT, Planning

QUESTIONS = ("coverage", "gaps", "sites", "extensions", "supply", "targets")
ASKED = {"at": NIGHT, "kind": "care_station"}


def fetched(planning: Planning, question: str, format_: str) -> tuple[bytes, str]:
    limit = {} if question == "targets" else {"within": "800m"}
    response = planning.client.get(
        f"/v1/districts/110000/{question}", params={**ASKED, **limit, "format": format_}
    )
    assert response.status_code == 200, response.text
    return response.content, response.headers.get("content-disposition", "")


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_answer_is_a_table_too(planning: Planning, question: str, tmp_path: Path) -> None:
    content, name = fetched(planning, question, "csv")
    assert name.startswith("attachment;")
    assert f"{question}-110000" in name
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert len(rows) > 2
    book = openpyxl.load_workbook(io.BytesIO(fetched(planning, question, "xlsx")[0]))
    assert len(book.sheetnames) >= 2
    file = tmp_path / "answer.gpkg"
    file.write_bytes(fetched(planning, question, "gpkg")[0])
    assert len(pyogrio.list_layers(file)) >= 2
    assert planning.client.get(
        f"/v1/districts/110000/{question}", params={**ASKED, "format": "geojson"}
    ).json()["type"] == "FeatureCollection"  # fmt: skip


def test_a_week_is_a_row_for_each_district_and_hour(planning: Planning) -> None:
    response = planning.client.get(
        "/v1/districts/110000/coverage", params={"week_of": "2026-11-25", "format": "xlsx"}
    )
    book = openpyxl.load_workbook(io.BytesIO(response.content))
    rows = max(sheet.max_row for sheet in book.worksheets)
    assert rows >= 168 * 2


@pytest.mark.parametrize(
    ("when", "lang", "hours", "gain"),
    [
        ({"at": NIGHT}, "zh", "该时刻增加小时数", "新增覆盖（该时刻，人）"),
        ({"at": NIGHT}, "en", "extra hours at that moment", "newly covered, people at that moment"),
        ({"week_of": "2026-11-25"}, "zh", "每周增加小时数", "新增覆盖（人·小时/周）"),
        ({"week_of": "2026-11-25"}, "en", "extra hours a week", "newly covered, people × hours a week"),
    ],
)
def test_longer_hours_say_what_they_are_counted_in(
    planning: Planning, when: dict[str, str], lang: str, hours: str, gain: str
) -> None:
    response = planning.client.get(
        "/v1/districts/110000/extensions",
        params={"kind": "care_station", "within": "800m", "format": "csv", "lang": lang, **when},
    )
    headings = next(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert hours in headings
    assert gain in headings
    assert any("周" in one or "week" in one for one in headings) is ("at" not in when)


def test_gaps_say_how_far_people_walk(planning: Planning) -> None:
    content = fetched(planning, "gaps", "csv")[0].decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(content.partition("\r\n\r\n")[0])))
    assert all(
        float(row["平均距离（米）"]) >= float(row["最近距离（米）"]) > 0
        for row in rows
        if row["最近距离（米）"]
    )


def test_a_what_if_is_a_table_too(planning: Planning) -> None:
    body = {"code": "110000", "at": NIGHT, "add": [{"lon": 116.4, "lat": 39.91}], "format": "csv"}
    response = planning.client.post("/v1/coverage/what-if", json=body)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    assert len(response.text.splitlines()) > 2

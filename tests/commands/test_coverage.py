"""geoapi coverage: a planner's questions on the command line, and what it says when they cannot be asked."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import openpyxl
import psycopg
import pytest

from tests.api.planning.conftest import NIGHT, settle_small_city
from tests.commands.conftest import Geoapi

CARE = ("--kind", "care_station", "--within", "800m")


@pytest.fixture
def city(db_url: str) -> Iterator[dict[str, int]]:
    """The small Beijing of the API's tests; its stations' ids by name."""
    with psycopg.connect(db_url) as conn:
        ids = settle_small_city(db_url, conn)
        yield ids


def test_a_code_alone_asks_for_coverage(geoapi: Geoapi, city: dict[str, int]) -> None:
    done = geoapi("coverage", "110000", "--at", NIGHT, *CARE, "--json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    shown = geoapi("coverage", "110000", "--at", NIGHT, *CARE, "--lang", "en")
    assert shown.returncode == 0, shown.stderr
    share = f"{answer['unknown_closed']['share']:.1%}"
    assert share in shown.stdout
    assert "Dongcheng" in shown.stdout
    assert "in no district" in shown.stdout
    week = geoapi("coverage", "110000", "--week-of", "2026-11-25", *CARE)
    assert week.returncode == 0, week.stderr
    assert "06:00 等" in week.stdout  # the worst hour, and as many as bad
    assert "P90" not in week.stdout


@pytest.mark.parametrize("question", ["gaps", "sites", "extensions", "supply", "targets"])
def test_every_question_has_a_table_and_the_apis_own_answer(
    geoapi: Geoapi, city: dict[str, int], question: str
) -> None:
    answer = geoapi("coverage", question, "110000", "--at", NIGHT, "--json")
    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout)["area"]["code"] == "110000"
    table = geoapi("coverage", question, "110000", "--at", NIGHT, "--lang", "en")
    assert table.returncode == 0, table.stderr
    lines = table.stdout.splitlines()
    assert len(lines) > 4
    assert "2026-11-25 Wed 03:00" in lines[0]
    if question == "targets":
        assert "worker care station" in table.stdout
    else:
        assert "1,080 m (15min) · straight line × 1.3" in lines[0]
        assert lines[1].startswith("demand: ")
        assert "· stations with unknown hours" in table.stdout


def test_an_answer_goes_to_a_file_of_the_format_its_name_says(
    geoapi: Geoapi, city: dict[str, int], tmp_path: Path
) -> None:
    file = tmp_path / "coverage.xlsx"
    done = geoapi("coverage", "110000", "--at", NIGHT, "-o", str(file))
    assert done.returncode == 0, done.stderr
    assert "coverage.xlsx" in done.stderr
    assert openpyxl.load_workbook(file).sheetnames
    refused = geoapi("coverage", "110000", "-o", str(tmp_path / "coverage.docx"))
    assert refused.returncode == 1
    assert ".xlsx" in refused.stderr
    nowhere = geoapi("coverage", "110000", "-o", str(tmp_path / "no" / "such.csv"))
    assert nowhere.returncode == 1
    assert "such.csv" in nowhere.stderr


def test_sites_among_given_places_and_a_what_if_from_files(
    geoapi: Geoapi, city: dict[str, int], tmp_path: Path
) -> None:
    places = tmp_path / "places.json"
    places.write_text('[{"lon": 116.385, "lat": 39.91, "name": "here"}]')
    done = geoapi("coverage", "sites", "110000", "--at", NIGHT, "--places", str(places), "--json")
    assert done.returncode == 0, done.stderr
    assert [site["name"] for site in json.loads(done.stdout)["sites"]] == ["here"]
    name = "[bold red]x[/bold red] [/] :smile:"
    places.write_text(json.dumps([{"lon": 116.385, "lat": 39.91, "name": name}]))
    shown = geoapi("coverage", "sites", "110000", "--at", NIGHT, "--places", str(places), *CARE)
    assert shown.returncode == 0, shown.stderr
    assert name in shown.stdout
    assert "类别: 职工暖心驿站" in shown.stdout
    changes = tmp_path / "changes.json"
    changes.write_text(json.dumps({"code": "110000", "at": NIGHT, "remove": [str(city["always"])]}))
    told = geoapi("coverage", "what-if", str(changes), "--lang", "en")
    assert told.returncode == 0, told.stderr
    assert re.search(r"gained", told.stdout)
    changes.write_text("[1]")
    assert geoapi("coverage", "what-if", str(changes)).returncode == 1
    changes.write_text("{")
    assert "changes.json" in geoapi("coverage", "what-if", str(changes)).stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("110103",), "110101"),
        (("110000", "--within", "0m"), "within"),
        (("110000", "--demand", "nobody"), "people"),
        (("110000", "--model", "walk"), "load-network"),
        (("gaps", "110000", "--limit", "0"), "limit"),
        (("110000", "--scheduler", "tcp://127.0.0.1:1"), "Dask"),
        (("110000", "--scheduler", "somewhere"), "tcp://"),
    ],
)
def test_what_cannot_be_asked_is_a_line_and_no_stack(
    geoapi: Geoapi, city: dict[str, int], arguments: tuple[str, ...], said: str
) -> None:
    done = geoapi("coverage", *arguments)
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


class Page(HTMLParser):
    """What a report asks for from elsewhere, and the headings it has."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.fetched += [value or "" for name, value in attrs if name in ("src", "data") and value]
        if tag == "link":
            self.fetched.append("link")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_report_is_one_page_that_needs_nothing_else(
    geoapi: Geoapi, city: dict[str, int], tmp_path: Path, lang: str
) -> None:
    file = tmp_path / "report.html"
    done = geoapi("coverage", "report", "--district", "110101", "-o", str(file), "--lang", lang, *CARE)
    assert done.returncode == 0, done.stderr
    page = Page()
    text = file.read_text(encoding="utf-8")
    page.feed(text)
    assert page.fetched == []
    assert "svg" in page.tags
    assert "script" not in page.tags
    assert ("东城区" if lang == "zh" else "Dongcheng") in text
    assert not list(tmp_path.glob(".*part"))


def test_a_report_of_nowhere_leaves_no_file(geoapi: Geoapi, city: dict[str, int], tmp_path: Path) -> None:
    done = geoapi("coverage", "report", "--district", "999999", "-o", str(tmp_path / "report.html"))
    assert done.returncode == 1
    assert list(tmp_path.iterdir()) == []

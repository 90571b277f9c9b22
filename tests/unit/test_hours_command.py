"""`geoapi hours`: what scripts may rely on, and what people see."""

from __future__ import annotations

import json

import pytest
import typer
from typer.testing import CliRunner

from geoapi.commands.hours import hours
from geoapi.errors import InvalidHours, InvalidInput, UnknownCode

app = typer.Typer()
app.command()(hours)
runner = CliRunner()


def test_json_is_one_object_a_line_in_the_designed_shape() -> None:
    result = runner.invoke(app, ["--json", "周一至周五 上午8:30~12:00 下午13:30~17:00", "营业时间"])
    assert result.exit_code == 0
    first, second = map(json.loads, result.stdout.splitlines())
    assert first == {
        "text": "周一至周五 上午8:30~12:00 下午13:30~17:00",
        "certainty": "full",
        "osm": "Mo-Fr 08:30-12:00,13:30-17:00",
        "unread": [],
        "access": [],
        "week": [["08:30-12:00", "13:30-17:00"]] * 5 + [[], []],
    }
    assert (second["certainty"], second["osm"], second["unread"]) == ("unknown", None, ["营业时间"])


def test_texts_from_stdin_are_json_strings() -> None:
    lines = ['"每天22:00-次日2:00"', "", json.dumps("週二至週六\n9:00-12:00"), '"\\ud800"']
    result = runner.invoke(app, ["--json", "-"], input="\n".join(lines))
    assert result.exit_code == 0
    read = [json.loads(line) for line in result.stdout.splitlines()]
    assert [one["osm"] for one in read] == ["Mo-Su 22:00-02:00", "Tu-Sa 09:00-12:00", None]
    assert read[2]["text"] == "\ud800"


@pytest.mark.parametrize("line", ["周一至周五", "{}", "1", "null"])
def test_a_line_that_is_no_json_string_is_an_error(line: str) -> None:
    result = runner.invoke(app, ["--json", "-"], input=line)
    assert isinstance(result.exception, InvalidInput)
    assert result.exception.field == "stdin"


def test_people_see_the_reading_and_the_week() -> None:
    result = runner.invoke(app, ["周一至周五9:00-17:00", "--from", "2026-09-28"], env={"COLUMNS": "120"})
    assert result.exit_code == 0
    assert "OSM: Mo-Fr 09:00-17:00" in result.stdout
    assert "“周一至周五 9:00-17:00” → 周一至周五 09:00-17:00" in result.stdout
    rows = {line[:10]: line for line in result.stdout.splitlines()}
    assert "rule" in rows["2026-09-28"]
    assert "节假日" in rows["2026-10-01"]
    assert "？" in rows["2026-10-01"]
    assert "不开放" in rows["2026-10-03"]


def test_calendar_and_zone() -> None:
    result = runner.invoke(
        app, ["每天9-17点", "--calendar", "tw", "--from", "2026-02-16"], env={"COLUMNS": "120"}
    )
    assert result.exit_code == 0
    assert "节假日" in result.stdout
    assert isinstance(runner.invoke(app, ["x", "--calendar", "ZZ"]).exception, UnknownCode)
    assert isinstance(runner.invoke(app, ["x", "--zone", "Mars/Olympus"]).exception, InvalidHours)


@pytest.mark.parametrize(("convention", "certainty"), [("unsaid", "partial"), ("daily", "full")])
def test_times_without_days(convention: str, certainty: str) -> None:
    result = runner.invoke(app, ["--json", "--times-without-days", convention, "07:30-22:30"])
    assert json.loads(result.stdout)["certainty"] == certainty

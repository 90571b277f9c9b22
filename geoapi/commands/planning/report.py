"""geoapi coverage report: everything a planner puts before a meeting, in one file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import typer

from geoapi.commands.ask import Ask
from geoapi.commands.nearest import print_problem
from geoapi.commands.progress import shown_progress
from geoapi.errors import Words


def make_report(ask: Ask, code: str, asked: Mapping[str, Any], *, week_of: str | None, n: int) -> str:
    """The report of a district as HTML. Exit status 1, and the problem on stderr, where there is none."""
    with shown_progress() as progress:
        progress(Words("报告", "report"), None)
        status, body = ask(f"/v1/districts/{code}/coverage/report", {**asked, "week_of": week_of, "n": n})
    if status != 200:
        print_problem(orjson.loads(body))
        raise typer.Exit(1)
    return body.decode()


def write_report(path: Path, html: str) -> None:
    """Put the report into a file, whole or not at all."""
    draft = path.with_name(f".{path.name}.part")
    draft.write_text(html, encoding="utf-8")
    draft.replace(path)

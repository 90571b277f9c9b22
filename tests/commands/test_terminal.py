"""What data say can neither colour, move nor crash the terminal, and codes are never cut."""

from __future__ import annotations

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from geoapi.commands.load_demand import HEADINGS
from geoapi.commands.terminal import WIDE, Column, Terminal, screen, table_of, visible

PLAIN = re.compile("\x1b\\[[0-9;]*m")
HOSTILE = "[bold red]x[/bold red] [/] :smile: \x1b[31mred\x07"
SHOWN = "[bold red]x[/bold red] [/] :smile: \ufffd[31mred\ufffd"


def printed(what: object, width: int = 200) -> str:
    """What a terminal of this width is sent, colours and all."""
    console = Terminal(file=io.StringIO(), width=width, force_terminal=True, color_system="truecolor")
    console.print(what)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_text_of_data_is_shown_as_it_stands() -> None:
    assert printed(HOSTILE) == f"{SHOWN}\n"
    assert printed("1,234.5 None http://example.org") == "1,234.5 None http://example.org\n"
    shown = printed(table_of([Column("a"), Column(HOSTILE)], [(HOSTILE, "b")]))
    assert shown.count(SHOWN) == 2
    assert "\x1b[31m" not in shown


@given(st.text())
def test_no_text_crashes_or_controls(text: str) -> None:
    shown = printed(table_of([Column("", "code"), Column(text)], [(text, text)]))
    assert "\x07" not in shown
    assert "\u202e" not in shown
    shown.encode()


def test_what_cannot_be_seen_is_marked() -> None:
    assert visible("a\x00b\x9bc\u202ed\ud800\te\nf") == "a\ufffdb\ufffdc\ufffdd\ufffd\te\nf"


@pytest.mark.parametrize("width", [60, 80, 120])
def test_codes_and_numbers_are_never_cut(width: int) -> None:
    rows = [("sample_workers_2020", "户外劳动者（示例） Outdoor workers (sample)" * 3, "21,893,095", "")]
    columns = [
        Column("代码 code", "code"),
        Column("名称 name"),
        Column("合计 total", "number"),
        Column("none"),
    ]
    shown = printed(table_of(columns, rows), width)
    assert "sample_workers_2020" in shown
    assert "21,893,095" in shown
    assert "…" not in shown
    assert "none" not in shown  # a column that says nothing is left out
    assert "".join(shown.split()).count("户") == 3  # folded, not cut


def test_a_table_without_rows_has_its_headings() -> None:
    assert "名称" in printed(table_of([Column("名称")], []))


def test_a_pipe_is_wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert screen().width == WIDE
    monkeypatch.setenv("COLUMNS", "200")
    assert screen().width == 200


def test_layers_are_listed_whole_at_80_columns() -> None:
    layers = [
        ("sample_outdoor_workers", "示例户外劳动者\nSample outdoor workers", "50,765", "600,000\n人 workers",
         "2026-06-30\n第七次全国人口普查公报"),
    ]  # fmt: skip
    shown = printed(table_of(HEADINGS, layers), 80)
    for said in ("sample_outdoor_workers", "50,765", "600,000", "人 workers", "2026-06-30", "第七次", "公报"):
        assert said in shown
    assert all(cell_len(line) <= 80 for line in PLAIN.sub("", shown).splitlines())

"""geoapi calendar: see and correct which days are workdays, holidays and make-up workdays."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

import psycopg
import typer

from geoapi.commands.terminal import Column, screen, table_of
from geoapi.db.engine import connect, database_address
from geoapi.db.migrate import migrate
from geoapi.schedule import refresh
from geoapi.schedule.refresh import seed_year
from geoapi.settings import Settings

app = typer.Typer(
    help="工作日与节假日日历 · Workdays, holidays and make-up workdays; corrections take effect at once.",
    no_args_is_help=True,
)
Jurisdiction = Annotated[str, typer.Argument(help="ISO 3166-1 代码 · code, for example CN")]

HEADINGS = (
    Column("日期 date", "code"), Column("类型 type", "code"), Column("名称 name"), Column("来源 source"),
)  # fmt: skip


class DayTypeChoice(StrEnum):
    """What a day can be."""

    workday = "workday"
    weekend = "weekend"
    holiday = "holiday"
    makeup = "makeup"


@app.command("show")
def show(jurisdiction: Jurisdiction, year: Annotated[int, typer.Argument(min=1970, max=2100)]) -> None:
    """一年中的节假日与调休 · The holidays and make-up workdays of a year, and where they come from."""
    with _database() as conn:
        rows = conn.execute(
            """SELECT day, day_type, name_zh, name_en, source FROM calendar_day
               WHERE jurisdiction = %s AND extract(year FROM day) = %s ORDER BY day""",
            [jurisdiction.upper(), year],
        ).fetchall()
    if not rows:
        typer.echo("没有这一年：当作未知 · nothing is known of this year: it counts as unknown")
        return
    shown = [
        (day.isoformat(), day_type, " ".join(filter(None, (name_zh, name_en))), source)
        for day, day_type, name_zh, name_en, source in rows
        if day_type in ("holiday", "makeup") or source != "packages"
    ]
    console = screen()
    console.print(f"{jurisdiction.upper()} {year}", style="bold")
    console.print(table_of(HEADINGS, shown))


@app.command("set")
def set_day(
    jurisdiction: Jurisdiction,
    day: Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"])],
    day_type: Annotated[DayTypeChoice, typer.Argument()],
    name: Annotated[str | None, typer.Option(help="名称 · name")] = None,
) -> None:
    """改一天 · Say what a day is; opening times follow at once."""
    with _database() as conn:
        conn.execute(
            """INSERT INTO calendar_day (jurisdiction, day, day_type, name_zh, source)
               VALUES (%s, %s, %s, %s, 'edited')
               ON CONFLICT (jurisdiction, day) DO UPDATE
               SET day_type = excluded.day_type, source = excluded.source,
                   name_zh = coalesce(excluded.name_zh, calendar_day.name_zh)""",
            [jurisdiction.upper(), day.date(), day_type.value, name],
        )
        _follow(conn)


@app.command("seed")
def seed(jurisdiction: Jurisdiction, year: Annotated[int, typer.Argument(min=1970, max=2100)]) -> None:
    """由软件包补全一年 · Enter a year from the packages; days already there stay as they are."""
    with _database() as conn:
        before = _known(conn, jurisdiction, year)
        seed_year(conn, jurisdiction.upper(), year)
        added = _known(conn, jurisdiction, year) - before
        _follow(conn)
    typer.echo(f"新增天数 · days entered: {added}")


def _known(conn: psycopg.Connection, jurisdiction: str, year: int) -> int:
    row = conn.execute(
        "SELECT count(*) FROM calendar_day WHERE jurisdiction = %s AND day BETWEEN %s AND %s",
        [jurisdiction.upper(), date(year, 1, 1), date(year, 12, 31)],
    ).fetchone()
    assert row is not None
    return int(row[0])


def _follow(conn: psycopg.Connection) -> None:
    report = refresh(conn, horizon_days=Settings().schedule.horizon_days)
    typer.echo(f"重算的时间表 · schedules worked out anew: {report.schedules}")


@contextmanager
def _database() -> Iterator[psycopg.Connection]:
    with database_address(Settings().database) as url:
        migrate(url)
        with connect(url) as conn:
            yield conn

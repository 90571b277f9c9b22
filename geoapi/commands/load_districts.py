"""geoapi load-districts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import orjson
import typer

from geoapi.commands.progress import console, shown_progress
from geoapi.db.engine import connect, database_address
from geoapi.db.migrate import migrate
from geoapi.errors import InvalidInput, Words
from geoapi.geometry.datums import parse_file_datum
from geoapi.schedule import refresh
from geoapi.settings import Settings
from loaders.districts import (
    DistrictReport,
    Level,
    city_of,
    known_codes,
    read_boundaries,
    record_districts,
    with_parent,
)

LEVELS: dict[str, Level] = {"city": "city", "district": "district", "street": "street"}


def load_districts(
    file: Annotated[Path, typer.Argument(help="面的 GeoJSON · polygons as GeoJSON", metavar="FILE")],
    datum: Annotated[str, typer.Option(help="wgs84、gcj02、bd09 或 EPSG 代码 · of the file's coordinates")],
    code_field: Annotated[str, typer.Option(help="代码所在字段 · property with the GB/T 2260 code")] = "code",
    name_field: Annotated[str, typer.Option(help="名称所在字段 · property with the name")] = "name",
    english_field: Annotated[
        str | None, typer.Option(help="英文名所在字段 · property with the English name")
    ] = None,
    level: Annotated[str, typer.Option(help="city、district 或 street")] = "district",
    parent: Annotated[
        str | None, typer.Option(help="上级代码 · code of the parent, already on record")
    ] = None,
    city: Annotated[
        tuple[str, str] | None,
        typer.Option(
            help="由各区合成的市：代码与名称 · the city they make up: code and name", metavar="CODE NAME"
        ),
    ] = None,
    source: Annotated[
        str | None, typer.Option(help="来源，默认文件名 · source; the file's name if not given")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="输出一个 JSON · one JSON document on stdout")
    ] = False,
) -> None:
    """导入区界 · Load district boundaries and put every station into its district."""
    if level not in LEVELS:
        raise InvalidInput(
            Words(f"没有级别“{level}”", f"there is no level {level!r}"), field="--level",
            mend=Words("可用:city、district、street", "use city, district or street"),
        )  # fmt: skip
    system, settings = parse_file_datum(datum, field="--datum"), Settings()
    with database_address(settings.database) as url:
        migrate(url)
        with connect(url) as conn, shown_progress() as progress, conn.transaction():
            progress(Words("读取边界", "reading boundaries"), None)
            boundaries, repaired = read_boundaries(
                file, datum=system, known_codes=known_codes(conn), code_field=code_field,
                name_field=name_field, english_field=english_field, level=LEVELS[level], parent_code=parent,
            )  # fmt: skip
            if city is not None:
                whole = city_of(city[0], city[1], None, boundaries)
                boundaries = [whole, *with_parent(boundaries, whole.code)]
            progress(Words("写入并归区", "recording, and moving stations"), None)
            report = record_districts(conn, boundaries, source=source or file.name, repaired=repaired)
            refresh(conn, horizon_days=settings.schedule.horizon_days)
    _say(report, as_json)


def _say(report: DistrictReport, as_json: bool) -> None:
    if as_json:
        typer.echo(orjson.dumps(report.as_dict()))
        return
    console.print(
        f"新增 new {report.inserted} · 更新 updated {report.updated} · 未变 unchanged {report.unchanged} · "
        f"修复 repaired {report.repaired} · 换区的站点 stations moved {report.stations_moved}"
    )

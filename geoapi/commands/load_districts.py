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
from geoapi.geometry.datums import Datum, Epsg, parse_file_datum
from geoapi.schedule import refresh
from geoapi.settings import Settings
from loaders.demand.from_demand import DEFAULT_RESOLUTION, districts_from_demand
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
    file: Annotated[
        Path | None, typer.Argument(help="面的 GeoJSON · polygons as GeoJSON", metavar="FILE")
    ] = None,
    datum: Annotated[
        str | None, typer.Option(help="wgs84、gcj02、bd09 或 EPSG 代码 · of the file's coordinates")
    ] = None,
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
    from_demand: Annotated[
        str | None,
        typer.Option(help="没有区界文件时，由此需求图层的单元合成 · made of this demand layer's cells"),
    ] = None,
    h3: Annotated[
        int, typer.Option("--h3", help="合成时一片的 H3 级别 · H3 resolution of an area so made")
    ] = DEFAULT_RESOLUTION,
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
    system, settings = _checked(file, datum, from_demand, city), Settings()
    with database_address(settings.database) as url:
        migrate(url)
        with connect(url) as conn, shown_progress() as progress, conn.transaction():
            progress(Words("读取边界", "reading boundaries"), None)
            repaired = 0
            if from_demand is not None and city is not None:
                source = source or f"demand layer {from_demand}"
                boundaries = districts_from_demand(conn, from_demand, city[0], city[1], resolution=h3)
            elif file is not None:
                source = source or file.name
                boundaries, repaired = read_boundaries(
                    file, datum=system, known_codes=known_codes(conn), code_field=code_field,
                    name_field=name_field, english_field=english_field, level=LEVELS[level],
                    parent_code=parent,
                )  # fmt: skip
                if city is not None:
                    whole = city_of(city[0], city[1], None, boundaries)
                    boundaries = [whole, *with_parent(boundaries, whole.code)]
            progress(Words("写入并归区", "recording, and moving stations"), None)
            report = record_districts(conn, boundaries, source=source or "", repaired=repaired)
            refresh(conn, horizon_days=settings.schedule.horizon_days)
    _say(report, as_json)


def _checked(
    file: Path | None, datum: str | None, from_demand: str | None, city: tuple[str, str] | None
) -> Datum | Epsg:
    """The datum of the file, where the options fit together; before anything is started."""
    if from_demand is not None and (file is not None or city is None):
        raise InvalidInput(
            Words("--from-demand 不用文件，须给 --city", "--from-demand takes no file, and needs --city"),
            field="--city",
            mend=Words(
                "geoapi load-districts --from-demand 图层 --city 代码 名称",
                "geoapi load-districts --from-demand LAYER --city CODE NAME",
            ),
        )
    if from_demand is None and (file is None or datum is None):
        raise InvalidInput(
            Words("须给出文件及其坐标系", "a file and its datum are needed"),
            field="FILE" if file is None else "--datum",
            mend=Words(
                "geoapi load-districts 文件 --datum wgs84，或用 --from-demand",
                "geoapi load-districts FILE --datum wgs84, or use --from-demand",
            ),
        )
    return parse_file_datum(datum, field="--datum") if datum else Datum.WGS84


def _say(report: DistrictReport, as_json: bool) -> None:
    if as_json:
        typer.echo(orjson.dumps(report.as_dict()))
        return
    console.print(
        f"新增 new {report.inserted} · 更新 updated {report.updated} · 未变 unchanged {report.unchanged} · "
        f"修复 repaired {report.repaired} · 换区的站点 stations moved {report.stations_moved} · "
        f"换区的需求点 demand points moved {report.demand_points_moved}"
    )

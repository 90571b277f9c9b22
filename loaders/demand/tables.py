"""A demand file as rows, whichever of the formats it is in."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from geoapi.errors import InvalidMapping, UnreadableFile, Words
from geoapi.geometry.datums import Datum, Epsg
from loaders.demand.mapping import DemandColumns
from loaders.demand.parquet import SUFFIXES, read_parquet
from loaders.demand.report import Tally
from loaders.mapping import FileShape
from loaders.read_json import LAT, LON
from loaders.rows import Row, Table
from loaders.source_file import open_table


def open_demand_table(
    path: Path, shape: FileShape, columns: DemandColumns, datum: Datum | Epsg
) -> tuple[Table, DemandColumns]:
    """The file as a table, and its columns with @lon and @lat filled in where the file has geometry.

    Raises `UnreadableFile`, and `InvalidMapping` for a column that the file has not.
    """
    if shape.format is None and path.suffix.lower() in SUFFIXES:
        table = read_parquet(path, datum=datum, wanted=[*columns.used()])
    else:
        table = open_table(path, shape)
    if columns.lon is None and {LON, LAT} <= set(table.columns):
        columns = columns.model_copy(update={"lon": LON, "lat": LAT})
    try:
        _check_columns(table, columns, path)
    except BaseException:
        table.close()
        raise
    return table, columns


def counted_rows(table: Table, tally: Tally) -> Iterator[Row]:
    """The rows that are rows of this table; the others are counted with their fault.

    Raises `UnreadableFile` for a table without any.
    """
    for row in table.rows:
        tally.rows += 1
        if row.fault is not None:
            tally.refuse(row.number, row.fault)
        else:
            yield row
    if not tally.rows:
        raise UnreadableFile(
            Words("文件里没有数据行", "the file has a header and no rows"),
            field="FILE",
            mend=Words(
                "请检查文件，以及映射中的 skip 与 header_rows", "check the file, and skip and header_rows"
            ),
        )


def without_absence(table: Table, absence: tuple[str, ...]) -> Table:
    """The table with the source's words for "nothing" as empty cells."""
    words = frozenset(absence)

    def rows() -> Iterator[Row]:
        for row in table.rows:
            cells = {name: "" if cell.strip() in words else cell for name, cell in row.cells.items()}
            yield row._replace(cells=cells)

    return replace(table, rows=rows())


def _check_columns(table: Table, columns: DemandColumns, path: Path) -> None:
    for column, where in columns.used().items():
        if column not in table.columns:
            near = difflib.get_close_matches(column, table.columns, n=3, cutoff=0.4) or list(
                table.columns[:12]
            )
            raise InvalidMapping(
                Words(f"{path.name} 没有“{column}”这一列", f"{path.name} has no column {column!r}"),
                field=where,
                mend=Words(f"是不是：{'、'.join(near)}？", f"did you mean {', '.join(near)}?"),
                near=near,
            )

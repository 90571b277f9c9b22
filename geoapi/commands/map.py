"""geoapi map."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from geoapi.sample.districts import sample_districts
from loaders.draft import draft_mapping


def map_file(
    file: Annotated[Path, typer.Argument(help="CSV、XLSX、JSON 或 GeoJSON 文件 · the file", metavar="FILE")],
) -> None:
    """起草映射文件 · Draft a mapping by looking at the columns; on stdout, to be checked by a person."""
    typer.echo(draft_mapping(file, [district.polygon for district in sample_districts()]), nl=False)

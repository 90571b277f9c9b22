"""geoapi openapi: the OpenAPI document, for whoever makes a client of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import orjson
import typer

from geoapi.settings import Settings


def openapi(
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="文件；不给则到标准输出 · file; stdout if not given")
    ] = None,
) -> None:
    """OpenAPI 文档 · The service's OpenAPI document, as `/openapi.json` answers it. Asks no database."""
    # costly to import, and no other command needs it
    from geoapi.app import create_app

    # nothing is connected to before the service starts
    document = create_app(Settings(), "postgresql://", keep_schedule=False).openapi()
    text = orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    if output is None:
        typer.echo(text, nl=False)
    else:
        output.write_bytes(text)

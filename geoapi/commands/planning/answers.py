"""Asking the application, and where its answer goes: to a file, to stdout as it is, or to a table."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import typer

from geoapi.commands.ask import Ask, asking
from geoapi.commands.nearest import print_problem
from geoapi.commands.terminal import Terminal
from geoapi.errors import InvalidInput, UnreadableFile, Words

FORMATS = {".json": "json", ".csv": "csv", ".xlsx": "xlsx", ".gpkg": "gpkg", ".geojson": "geojson"}


@contextmanager
def asking_with(scheduler: str | None) -> Iterator[Ask]:
    """The application to ask, working on a Dask cluster where one is named."""
    if scheduler is None:
        with asking() as ask:
            yield ask
        return
    from geoapi.coverage.runners import dask_runner

    with dask_runner(scheduler) as runner, asking(runner=runner) as ask:
        yield ask


def fetch(
    ask: Ask,
    path: str,
    asked: Mapping[str, Any],
    as_json: bool,
    output: Path | None,
    *,
    body: Mapping[str, Any] | None = None,
    shown: str = "json",
) -> dict[str, Any] | None:
    """The answer to show; None when it went to a file or, as it is, to stdout. Exit 1 for a problem."""
    format_ = shown if output is None else _format_of(output)
    if body is None:
        status, content = ask(path, {**asked, "format": format_})
    else:
        told = {name: value for name, value in body.items() if value is not None}
        status, content = ask(path, {}, {**told, "format": format_})
    if status != 200:
        print_problem(orjson.loads(content))
        raise typer.Exit(1)
    if output is not None:
        try:
            output.write_bytes(content)
        except OSError as error:
            raise unwritable(output, error) from error
        say_written(output)
        return None
    if as_json:
        sys.stdout.write(content.decode() + "\n")
        return None
    found: dict[str, Any] = orjson.loads(content)
    return found


def names_of(ask: Ask) -> dict[str, Words]:
    """What the codes of kinds and amenities are called."""
    words = [
        word for path in ("/v1/kinds", "/v1/amenities") for word in orjson.loads(ask(path, {})[1])["items"]
    ]
    return {word["code"]: Words(word["name_zh"], word["name_en"]) for word in words}


def read_json(path: Path) -> Any:
    """What a JSON file says. `UnreadableFile` for one that is not there, or is none."""
    try:
        return orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        raise UnreadableFile(
            Words(f"读不了 {path.name}", f"{path.name} cannot be read as JSON"),
            field=path.name,
            mend=Words("请检查文件", "check the file"),
        ) from error


def say_written(path: Path) -> None:
    """Where the answer went."""
    Terminal(stderr=True, soft_wrap=True).print(f"已写入 · written: {path}")


def unwritable(path: Path, error: OSError) -> UnreadableFile:
    """The error for a file that cannot be written."""
    return UnreadableFile(
        Words(f"写不了 {path.name}", f"cannot write {path.name}: {error.strerror}"),
        field="--output",
        mend=Words("换一个文件", "name another file"),
    )


def _format_of(output: Path) -> str:
    format_ = FORMATS.get(output.suffix.lower())
    if format_ is None:
        raise InvalidInput(
            Words(f"不认识的扩展名“{output.suffix}”", f"no format has the extension {output.suffix!r}"),
            field="--output",
            mend=Words(f"可用：{'、'.join(FORMATS)}", f"use one of {', '.join(FORMATS)}"),
        )
    return format_

"""The command line: every job of the service has a command here."""

from __future__ import annotations

import signal
import sys
from types import FrameType

import typer
from pydantic import ValidationError
from rich.console import Console

from geoapi.commands import database, hours, load, load_districts, nearest, sample, serve
from geoapi.errors import GeoapiError

app = typer.Typer(
    name="geoapi",
    help="最近的、到达时开放的职工关爱设施 · The nearest care facility that is open when you get there.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(serve.serve)
app.command()(serve.demo)
app.command()(database.migrate)
app.command()(database.refresh)
app.command()(nearest.nearest)
app.command()(hours.hours)
app.command()(load.load)
app.command("load-districts")(load_districts.load_districts)
app.command()(sample.sample)


def main() -> None:
    """Run a command. Exit status 0 only when everything asked for was done; errors are one line."""
    # so that whatever was started is stopped: a plain SIGTERM would skip every `finally`
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)
    console = Console(stderr=True)
    try:
        app()
    except GeoapiError as error:
        console.print(error.line("zh"), style="red", markup=False, highlight=False, soft_wrap=True)
        console.print(error.line("en"), style="red", markup=False, highlight=False, soft_wrap=True)
        sys.exit(1)
    except ValidationError as error:
        for fault in error.errors():
            name = "GEOAPI_" + "_".join(str(part) for part in fault["loc"]).upper()
            console.print(f"{name}: {fault['msg']}", style="red", markup=False, soft_wrap=True)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)


def _leave(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)

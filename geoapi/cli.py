"""The command line: every job of the service has a command here."""

from __future__ import annotations

import signal
import sys
from importlib import import_module
from types import FrameType

import typer
from pydantic import ValidationError

from geoapi.commands.terminal import Terminal
from geoapi.errors import GeoapiError

# command → the function in `geoapi.commands` that does it
COMMANDS = {
    "demo": "serve.demo",
    "serve": "serve.serve",
    "nearest": "nearest.nearest",
    "coverage": "planning.coverage.app",
    "hours": "hours.hours",
    "load": "load.load",
    "map": "map.map_file",
    "quarantine": "quarantine.app",
    "duplicates": "duplicates.app",
    "load-districts": "load_districts.load_districts",
    "load-targets": "load_targets.load_targets",
    "load-demand": "load_demand.load_demand",
    "demand": "load_demand.app",
    "load-network": "load_network.load_network",
    "sample": "sample.sample",
    "admin": "admin.app",
    "calendar": "calendar.app",
    "migrate": "database.migrate",
    "refresh": "database.refresh",
    "openapi": "openapi.openapi",
}


def command_line(*names: str) -> typer.Typer:
    """The program with these commands. Each brings its own imports: one alone starts much sooner than all."""
    app = typer.Typer(
        name="geoapi",
        help="最近的、到达时开放的职工关爱设施 · The nearest care facility that is open when you get there.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )

    # without a callback Typer takes a lone command for the whole program
    app.callback(help=app.info.help)(lambda: None)
    for name in names:
        module, _, attribute = COMMANDS[name].rpartition(".")
        command = getattr(import_module(f"geoapi.commands.{module}"), attribute)
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name)
        else:
            app.command(name)(command)
    return app


def main() -> None:
    """Run a command. Exit status 0 only when everything asked for was done; errors are one line."""
    # so that whatever was started is stopped: a plain SIGTERM would skip every `finally`
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)
    console = Terminal(stderr=True, style="red", soft_wrap=True)
    asked = [name for name in sys.argv[1:2] if name in COMMANDS]
    try:
        command_line(*(asked or COMMANDS))()
    except GeoapiError as error:
        console.print(error.line("zh"))
        console.print(error.line("en"))
        sys.exit(1)
    except ValidationError as error:
        for fault in error.errors():
            name = "_".join(["GEOAPI", *(str(part).upper() for part in fault["loc"])])
            console.print(f"{name}: {fault['msg']}")
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)


def _leave(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)

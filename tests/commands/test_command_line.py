"""Every command is there, says what it is for, and its name is not another's."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from geoapi.cli import COMMANDS, command_line


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself_in_both_languages(name: str) -> None:
    done = CliRunner().invoke(command_line(name), [name, "--help"])
    assert done.exit_code == 0, done.output
    assert "·" in done.output or "/" in done.output
    assert any("\u4e00" <= character <= "\u9fff" for character in done.output)


def test_all_of_them_are_listed() -> None:
    done = CliRunner().invoke(command_line(*COMMANDS), ["--help"])
    assert all(name in done.output for name in COMMANDS)

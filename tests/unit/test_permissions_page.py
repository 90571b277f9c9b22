"""docs/permissions.md shows the rule as it is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum

from geoapi.accounts.permissions import MAY, MAY_GIVE, Act, Role
from tests.conftest import PROJECT

PAGE = (PROJECT / "docs" / "permissions.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `(\w+)`[^|]*\|(.*)\|$", re.MULTILINE)


def table(first_column: str) -> Iterator[tuple[str, frozenset[Role]]]:
    """The rows of the table with this first column: each with the roles that are ticked."""
    head, _, rest = PAGE.partition(f"\n| {first_column} |")[2].partition("\n")
    roles = [Role(name.strip().removeprefix("by ")) for name in head.strip(" |").split("|")]
    for row in ROW.finditer(rest.split("\n\n")[0]):
        cells = [cell.strip() for cell in row[2].split("|")]
        assert set(cells) <= {"", "✓"}
        yield row[1], frozenset(role for role, cell in zip(roles, cells, strict=True) if cell)


def same(shown: list[tuple[str, frozenset[Role]]], rule: Mapping[StrEnum, frozenset[Role]]) -> None:
    assert len(shown) == len(rule)
    assert dict(shown) == {str(key): roles for key, roles in rule.items()}


def test_the_page_shows_who_may_do_what() -> None:
    assert set(MAY) == set(Act)
    same(list(table("act")), MAY)


def test_the_page_shows_who_may_give_which_role() -> None:
    assert set(MAY_GIVE) == set(Role)
    same(list(table("role")), MAY_GIVE)

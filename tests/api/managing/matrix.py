"""matrix.txt, read: what every operation of the OpenAPI document answers to whom, about what."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, cast, get_args

from tests.api.managing.asks import Of

FILE = Path(__file__).with_name("matrix.txt")
PUBLIC = "*"
# the file's columns, and whom they mean
COLUMNS = {
    "nobody": "nobody", "manager": "manager", "manager'": "other_manager", "admin": "district_admin",
    "admin'": "other_district_admin", "city": "city_admin", "auditor": "auditor", "disabled": "disabled",
    "expired": "expired",
}  # fmt: skip
WHO = tuple(COLUMNS.values())


class Row(NamedTuple):
    """What an operation answers everybody about one sort of thing; of public ones, `PUBLIC` is everybody."""

    of: Of
    cells: Mapping[str, int]


def read_matrix(text: str) -> dict[str, list[Row]]:
    """The rows by operation, which may go on over lines that name nothing but another sort of thing."""
    matrix: dict[str, list[Row]] = {}
    operation = ""
    for line in text.splitlines():
        words = line.partition("#")[0].split()
        if not words:
            continue
        if words[0].isupper():
            operation = f"{words.pop(0)} {words.pop(0)}"
            assert operation not in matrix, f"{operation} stands there twice"
            matrix[operation] = []
        of, *statuses = words
        if of == PUBLIC:
            matrix[operation].append(Row("-", {PUBLIC: int(*statuses)}))
            continue
        assert of in get_args(Of), line
        cells = {who: int(status) for who, status in zip(WHO, statuses, strict=True)}
        matrix[operation].append(Row(cast(Of, of), cells))
    return matrix


MATRIX = read_matrix(FILE.read_text(encoding="utf-8"))
GUARDED = {operation: rows for operation, rows in MATRIX.items() if PUBLIC not in rows[0].cells}
EVERYBODYS = {
    operation: rows[0].cells[PUBLIC] for operation, rows in MATRIX.items() if PUBLIC in rows[0].cells
}
# what only answers
READING = {
    operation
    for operation in MATRIX
    if operation.startswith("GET ")
    or operation.endswith(("/preview", "/look", "/nearest", "/what-if", "/sites", "/start", ".mvt"))
}


def accepted(operation: str) -> tuple[str | None, Of, int]:
    """Somebody whom an operation answers well, about what, and how. None: nobody in particular."""
    if operation in EVERYBODYS:
        return None, "own", EVERYBODYS[operation]
    for of, cells in GUARDED[operation]:
        for who, status in cells.items():
            if status < 400:
                return who, of, status
    raise LookupError(operation)

"""Which compressed answers an asker can read: `Accept-Encoding`, as RFC 9110 (12.5.3) has it."""

from __future__ import annotations

import re
from typing import Final

_REFUSED: Final = re.compile(r"q=0(\.0*)?")


def accepts(header: str, coding: str) -> bool:
    """Whether whoever sent this `Accept-Encoding` reads `coding`: by name, else by `*`."""
    said: dict[str, bool] = {}
    for one in header.lower().split(","):
        name, *parameters = (part.replace(" ", "") for part in one.split(";"))
        said[name.strip()] = not any(_REFUSED.fullmatch(parameter.strip()) for parameter in parameters)
    return said.get(coding, said.get("*", False))

"""What a browser has to allow to show a report: its own style sheets, by their digests, and nothing else."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Final

# what comes from data has neither < nor " left in it, so these are the templates' own
_ATTRIBUTE: Final = re.compile(r' style="([^"]*)"')
_WEIGHT: Final = "[data-s][data-s]"
_SHEET: Final = re.compile(r"<style>(.*?)</style>", re.DOTALL)


def without_style_attributes(html: str) -> str:
    """The page with one style sheet more in its head, and no `style` attribute: a digest cannot allow those.

    An element is told its style by the number in its `data-s`; equal styles have the same. The rules weigh
    more than the page's others, as attributes do.
    """
    numbers: dict[str, int] = {}

    def numbered(found: re.Match[str]) -> str:
        return f' data-s="{numbers.setdefault(found[1], len(numbers))}"'

    page = _ATTRIBUTE.sub(numbered, html)
    rules = "".join(f"[data-s='{n}']{_WEIGHT}{{{style}}}" for style, n in numbers.items())
    return page.replace("</head>", f"<style>{rules}</style>\n</head>", 1)


def content_security_policy(html: str) -> str:
    """A Content-Security-Policy for the page as it is: none of its style sheets may be another."""
    digests = (hashlib.sha256(sheet.encode()).digest() for sheet in _SHEET.findall(html))
    sheets = " ".join(dict.fromkeys(f"'sha256-{base64.b64encode(one).decode()}'" for one in digests))
    return (
        f"default-src 'none'; style-src {sheets}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )

"""A problem as a page, for somebody whose browser went to an address and got one instead of what is there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from jinja2 import Environment, StrictUndefined

from geoapi.errors import Words

_STYLE: Final = """
:root { color-scheme: light dark; --ground: #fff; --text: #101917; --soft: #46534f; --link: #0a5a8a;
  --closed: #97211f; --sunken: #fbe6e4; }
@media (prefers-color-scheme: dark) { :root { --ground: #101716; --text: #eef4f2; --soft: #b3c1bd;
  --link: #7cc4f0; --closed: #ff9d97; --sunken: #3d1a19; } }
body { margin: 0; background: var(--ground); color: var(--text); font: 1rem/1.6 -apple-system, "PingFang SC",
  "Noto Sans SC", "Noto Sans CJK SC", "Source Han Sans SC", "Microsoft YaHei", "Segoe UI", Roboto,
  sans-serif; }
main { max-width: 34rem; margin: 0 auto; padding: 1.5rem 1rem; overflow-wrap: anywhere; }
h1 { margin: 0 0 1rem; font-size: 1.375rem; }
.problem { padding: .75rem 1rem; border-inline-start: 4px solid var(--closed); background: var(--sunken); }
.problem p { margin: 0 0 .5rem; } .problem p:last-child { margin: 0; }
nav { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; margin: 1.5rem 0; }
a { color: var(--link); padding: .75rem 0; } small { color: var(--soft); font-size: .875rem; }
"""
_PAGE: Final = Environment(autoescape=True, undefined=StrictUndefined).from_string(
    """<!doctype html>
<html lang="{{ language }}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ problem.title }}</title>
<style>{{ style | safe }}</style>
</head>
<body><main>
<h1>{{ problem.title }}</h1>
<div class="problem">
<p>{{ problem.detail }}</p>
{% for one in problem.errors if one.mend is defined %}<p>
{%- if one.field %}<code>{{ one.field }}</code>: {% endif %}{{ one.mend }}</p>
{% endfor %}{% if wait %}<p>{{ wait }}</p>
{% endif %}</div>
<nav>{% for address, words in ways %}<a href="{{ address }}">{{ words }}</a> {% endfor %}</nav>
<small>{{ problem.status }} · {{ problem.type }}</small>
</main></body>
</html>
"""
)
_WAYS: Final = (
    ("/", Words("找驿站", "Find a station")),
    ("/manage", Words("登录与管理站点", "Sign in and manage stations")),
    ("/plan", Words("规划", "Planning")),
)


def wanted(method: str, accept: str) -> bool:
    """Whether a request is somebody's who looks at what comes: browsers name HTML when they go to an address,
    and not when a page's program asks."""
    return method == "GET" and any(
        part.split(";")[0].strip().lower() == "text/html" for part in accept.split(",")
    )


def page(problem: Mapping[str, Any], *, lang: str, below: str = "", retry_after_s: str | None = None) -> str:
    """The problem (the members of RFC 9457, in `lang`) as HTML, with the ways on from there.

    `below` is the path that the service is mounted at, "" for none.
    """
    wait = Words(f"请等 {retry_after_s} 秒再试。", f"Wait {retry_after_s} s, then try again.")
    return _PAGE.render(
        language="en" if lang == "en" else "zh-Hans",
        problem={"errors": [], **problem},
        style=_STYLE,
        wait=wait.in_language(lang) if retry_after_s else None,
        ways=[(f"{below}{address}", words.in_language(lang)) for address, words in _WAYS],
    )

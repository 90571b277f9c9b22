"""The three pages, `/`, `/plan` and `/manage`, and the files they are made of.

Files are sent as the build wrote them, compressed where it compressed them. Names of assets hold a digest of
their content, so whoever has one never asks again; pages and the service worker are asked about each time.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI, Request, Response
from starlette.datastructures import Headers
from starlette.responses import FileResponse
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from geoapi.api.encodings import accepts
from geoapi.errors import SetupNeeded, Words

PAGES: Final = {"/": "index.html", "/plan": "plan.html", "/manage": "manage.html"}
# beside the pages, since a service worker rules over what lies beside it and below
_BESIDE: Final = ("sw.js", "manifest.webmanifest")
_ENCODINGS: Final = (("br", ".br"), ("gzip", ".gz"))
_FOREVER: Final = "public, max-age=31536000, immutable"
_ASK: Final = "no-cache"


def policy_of_pages(*, also_connect: tuple[str, ...] = ()) -> str:
    """What a page may do: run our files, talk to us, and to the hosts of a base map that the settings name.

    Nothing is run, styled or made markup as text (`require-trusted-types-for`): a station's name cannot be a
    script, whoever wrote it. Two policies may make such values: Svelte's, for its own templates, and the
    pages' own, which lets our files be scripts' addresses (`geoapi/web/src/ui/trusted.ts`).
    """
    others = "".join(f" {host}" for host in also_connect)
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; manifest-src 'self'; "
        f"worker-src 'self'; connect-src 'self'{others}; img-src 'self' data: blob:{others}; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types default svelte-trusted-html"
    )


def install(app: FastAPI, built: Path, *, policy: str) -> None:
    """Serve the pages built in the folder `built`; where there is none, each says how to build them."""
    files = BuiltFiles(directory=built, policy=policy, check_dir=False)
    if (built / "assets").is_dir():
        for folder in ("assets", "icons"):
            kept = BuiltFiles(directory=built / folder, policy=policy, forever=folder == "assets")
            app.mount(f"/{folder}", kept)
    for address, name in (*PAGES.items(), *((f"/{name}", name) for name in _BESIDE)):
        app.add_api_route(address, _sender(files, name), methods=["GET", "HEAD"], include_in_schema=False)


def _sender(files: BuiltFiles, name: str) -> Callable[[Request], Coroutine[Any, Any, Response]]:
    async def send(request: Request) -> Response:
        if not (Path(str(files.directory)) / name).is_file():
            raise SetupNeeded(
                Words("网页尚未构建", "the pages have not been built"),
                mend=Words("运行 make web", "run `make web`"),
            )
        return await files.get_response(name, request.scope)

    send.__name__ = f"page_{name.replace('.', '_')}"
    return send


class BuiltFiles(StaticFiles):
    """Static files with the compressed ones beside them, how long they may be kept, and what they may do.

    The map's worker and the service worker go by the policy that they were themselves sent with.
    """

    def __init__(
        self, *, directory: Path, policy: str, forever: bool = False, check_dir: bool = True
    ) -> None:
        super().__init__(directory=directory, check_dir=check_dir)
        self._policy = policy
        self._cache_control = _FOREVER if forever else _ASK

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        encoding, path = _as_accepted(Path(full_path), scope)
        response = super().file_response(path, path.stat() if encoding else stat_result, scope, status_code)
        response.headers["Cache-Control"] = self._cache_control
        response.headers["Content-Security-Policy"] = self._policy
        response.headers["Vary"] = "Accept-Encoding"
        if encoding and isinstance(response, FileResponse):
            response.headers["Content-Encoding"] = encoding
            response.headers["Content-Type"] = FileResponse(full_path).headers["content-type"]
        return response


def _as_accepted(path: Path, scope: Scope) -> tuple[str | None, Path]:
    """The smallest of the files with this content that the asker can read, and its encoding."""
    asked = Headers(scope=scope).get("accept-encoding", "")
    for encoding, suffix in _ENCODINGS:
        compressed = path.with_name(path.name + suffix)
        if accepts(asked, encoding) and compressed.is_file():
            return encoding, compressed
    return None, path

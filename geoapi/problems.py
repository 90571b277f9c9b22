"""Errors as RFC 9457 `application/problem+json`. The only module that knows that format.

Somebody whose browser goes to an address, by a link or back from an identity provider, gets the same as a
page.

Every error response of the service comes from here: ours by class, FastAPI's validation,
Starlette's HTTP errors, and whatever else went wrong (of which nothing is told). Raw
input is neither echoed nor logged: it may hold what JSON cannot carry, or a person's
position. A database's or a validator's message quotes its input, so of an unforeseen
error the log gets its class and where it happened, never its message.
"""

from __future__ import annotations

import logging
import re
import traceback
from collections.abc import Mapping
from http import HTTPStatus
from math import ceil
from typing import Any, NamedTuple, get_args

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from geoapi import problem_page
from geoapi.errors import (
    BeyondHorizon,
    Conflict,
    GeoapiError,
    InvalidInput,
    LoadStopped,
    NotAllowed,
    NotFound,
    NotSignedIn,
    SetupNeeded,
    StaleVersion,
    TooManyTries,
    Unavailable,
    VersionNeeded,
    Words,
)
from geoapi.report.policy import content_security_policy
from geoapi.validation_words import explain

MEDIA_TYPE = "application/problem+json"
log = logging.getLogger(__name__)

# the most particular class first
STATUS_OF: tuple[tuple[type[GeoapiError], int], ...] = (
    (BeyondHorizon, 400),
    (InvalidInput, 422),
    (NotFound, 404),
    (NotSignedIn, 401),
    (NotAllowed, 403),
    (TooManyTries, 429),
    (StaleVersion, 412),
    (Conflict, 409),
    (VersionNeeded, 428),
    (LoadStopped, 409),
    (SetupNeeded, 503),
    (Unavailable, 503),
    (GeoapiError, 500),
)
TITLES = {
    400: Words("请求无法处理", "The request cannot be answered"),
    401: Words("请先登录", "Sign in first"),
    403: Words("无权操作", "Not allowed"),
    404: Words("没有找到", "Not found"),
    405: Words("不支持此方法", "Method not allowed"),
    409: Words("与现状冲突", "Conflict"),
    412: Words("已被他人修改", "Somebody else changed it first"),
    413: Words("请求内容太大", "The request is too large"),
    414: Words("网址太长", "The address is too long"),
    415: Words("不支持此格式", "Unsupported media type"),
    422: Words("请求有误", "The request has a mistake"),
    428: Words("须说明依据的版本", "Say which version it was made of"),
    429: Words("尝试过于频繁", "Too many tries"),
    500: Words("服务内部错误", "Something went wrong here"),
    503: Words("暂时无法应答", "Cannot answer just now"),
}


class _Http(NamedTuple):
    """What is said of an HTTP error that is nobody's exception class."""

    field: str
    detail: Words
    mend: Words


HTTP_ERRORS = {
    400: _Http(
        "body",
        Words("请求内容无法解析", "the request could not be parsed"),
        Words("检查 JSON 的写法，嵌套不要太深", "check the JSON, and that it does not nest too deeply"),
    ),
    404: _Http(
        "path",
        Words("没有这个地址", "there is nothing at this address"),
        Words("地址见 /docs", "/docs lists the addresses there are"),
    ),
    405: _Http(
        "method",
        Words("这个地址不接受此方法", "this address does not take this method"),
        Words("可用的方法见 Allow", "the header Allow names the methods it takes"),
    ),
    413: _Http(
        "body",
        Words("请求内容太大", "the body is too large"),
        Words("最多 64 KiB（规划问题 4 MiB）", "send 64 KiB at most (what planners send: 4 MiB)"),
    ),
    414: _Http(
        "query",
        Words("查询参数太长", "the query is too long"),
        Words("最多 8 KiB", "send 8 KiB at most"),
    ),
    415: _Http(
        "content-type",
        Words("请求内容不是 JSON", "the body is not said to be JSON"),
        Words("请用 Content-Type: application/json", "send Content-Type: application/json"),
    ),
}


def install(app: FastAPI) -> None:
    """Answer every error of `app` with a problem. Middleware added before this is covered, too."""
    app.add_exception_handler(GeoapiError, _ours)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(HTTPException, _http)
    app.add_middleware(_AnswerErrors)


def status_of(error: GeoapiError) -> int:
    """The HTTP status for an error of ours."""
    return next(status for class_, status in STATUS_OF if isinstance(error, class_))


def problem(
    request: Request,
    status: int,
    detail: Words,
    *,
    lang: str,
    slug: str | None = None,
    errors: list[dict[str, Any]] | None = None,
    headers: Mapping[str, str] | None = None,
    extra: Mapping[str, Any] | None = None,
) -> Response:
    """One problem response: JSON; a page to a browser that goes to the address itself."""
    phrase = HTTPStatus(status).phrase
    title = TITLES.get(status, Words(phrase, phrase))
    body: dict[str, Any] = {
        **(extra or {}),
        "type": f"urn:geoapi:problem:{slug or phrase.lower().replace(' ', '-')}",
        "title": title.in_language(lang),
        "status": status,
        "detail": detail.in_language(lang),
    }
    if errors:
        body["errors"] = errors
    told = {"Content-Language": lang, "Cache-Control": "no-store", **(headers or {})}
    if problem_page.wanted(request.method, request.headers.get("accept", "")):
        html = problem_page.page(
            body,
            lang=lang,
            below=request.scope.get("root_path", ""),
            retry_after_s=told.get("Retry-After"),
        )
        told["Content-Security-Policy"] = content_security_policy(html)
        return Response(html, status_code=status, media_type="text/html", headers=told)
    return Response(
        b"" if request.method == "HEAD" else orjson.dumps(body, default=str),
        status_code=status,
        media_type=MEDIA_TYPE,
        headers=told,
    )


def language_of(request: Request) -> str:
    """ "zh" or "en": the `lang` asked for, else what the client says it accepts, else Chinese."""
    asked = request.query_params.get("lang")
    if asked is None:
        # a posted question says it in its body, which the route has read by now; asking the request
        # for it here would wait for ever where it has not
        body = getattr(request, "_json", None)
        asked = body.get("lang") if isinstance(body, dict) else None
    if asked in ("zh", "en"):
        return str(asked)
    for part in request.headers.get("accept-language", "").split(","):
        code = part.split(";")[0].strip().lower()
        if code.startswith("en"):
            return "en"
        if code.startswith("zh"):
            return "zh"
    return "zh"


async def _ours(request: Request, error: Exception) -> Response:
    assert isinstance(error, GeoapiError)
    status = status_of(error)
    lang = language_of(request)
    if status == 500:
        return _unforeseen(request, error)
    if status > 500:
        log.error("%s %s: %s", request.method, route_of(request.scope), error)
    entry = {"field": error.field, "detail": error.message.in_language(lang)}
    if error.mend:
        entry["mend"] = error.mend.in_language(lang)
    extra = dict(error.extra)
    retry_after = extra.pop("retry_after_s", 1 if status == 503 else None)
    headers = _headers_of(status, retry_after)
    # of what is there now, for whoever tries again with it
    if etag := extra.pop("etag", None):
        headers["ETag"] = etag
    return problem(
        request,
        status,
        error.message,
        lang=lang,
        slug=_slug(type(error)),
        errors=[entry] if error.field or error.mend else None,
        headers=headers,
        extra=extra,
    )


def _headers_of(status: int, retry_after_s: float | None) -> dict[str, str]:
    headers = {}
    if retry_after_s:
        headers["Retry-After"] = str(ceil(retry_after_s))
    if status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="geoapi"'
    return headers


async def _validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    lang = language_of(request)
    entries = []
    for fault in error.errors():
        location, *path = fault["loc"] or ("request",)
        if fault["type"] == "json_invalid":
            path = []  # where in the text, which is no field
        field = ".".join(shown_name(part) for part in path) or str(location)
        # what a part of a field may hold is not known here
        what = explain(fault, _parameter_names(request, location) if len(path) <= 1 else ())
        entries.append(
            {
                "field": field,
                "in": str(location),
                "detail": what.message.in_language(lang),
                "mend": what.mend.in_language(lang),
            }
        )
    fields = list(dict.fromkeys(entry["field"] for entry in entries))
    detail = Words(
        f"以下字段有误：{'、'.join(fields)}",
        f"mistaken: {', '.join(fields)}",
    )
    return problem(request, 422, detail, lang=lang, slug="invalid-input", errors=entries)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    status, lang = error.status_code, language_of(request)
    headers = dict(error.headers or {})
    if status == 405:
        headers["Allow"] = ", ".join(_methods_at(request))
    phrase = HTTPStatus(status).phrase
    known = HTTP_ERRORS.get(status)
    detail = known.detail if known else TITLES.get(status, Words(phrase, phrase))
    errors = None
    if known:
        errors = [
            {
                "field": known.field,
                "detail": known.detail.in_language(lang),
                "mend": known.mend.in_language(lang),
            }
        ]
    return problem(request, status, detail, lang=lang, errors=errors, headers=headers)


def _unforeseen(request: Request, error: Exception) -> Response:
    log.error("%s %s: %s", request.method, route_of(request.scope), where_raised(error))
    detail = Words("服务内部错误，请稍后再试", "something went wrong here; try again later")
    return problem(request, 500, detail, lang=language_of(request))


class _AnswerErrors:
    """ASGI middleware that answers what no handler inside did.

    Starlette's own place for this raises the error again afterwards, and the server
    logs it with its message.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def noting(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self.app(scope, receive, noting)
        except Exception as error:
            if scope["type"] != "http":
                raise
            request = Request(scope)
            if begun:
                log.error("%s: broken off: %s", route_of(scope), where_raised(error))
            elif isinstance(error, GeoapiError):
                await (await _ours(request, error))(scope, receive, send)
            elif isinstance(error, HTTPException):
                await (await _http(request, error))(scope, receive, send)
            else:
                await _unforeseen(request, error)(scope, receive, send)


def where_raised(error: BaseException) -> str:
    """The class of an error and of what led to it, each with its stack, without their messages."""
    parts: list[str] = []
    one: BaseException | None = error
    while one is not None and len(parts) < 10:
        state = getattr(one, "sqlstate", None)
        stack = "".join(traceback.format_list(traceback.extract_tb(one.__traceback__)))
        parts.append(f"{type(one).__module__}.{type(one).__qualname__} {state or ''}\n{stack}".rstrip())
        one = one.__cause__ or one.__context__
    return "\nafter ".join(parts)


def route_of(scope: Scope) -> str:
    """The pattern of the address asked for: the address itself may hold anything."""
    return str(getattr(scope.get("route"), "path", "(no route)"))


def shown_name(part: object) -> str:
    """A field's name as it can be shown. It may come from the caller, and be a position: only a name is."""
    text = str(part)
    return text if re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,39}|\d{1,4}", text) else "?"


def _parameter_names(request: Request, location: object) -> list[str]:
    """The names that the route's parameter models know in a "query" or "body"."""
    dependant = getattr(request.scope.get("route"), "dependant", None)
    if dependant is None:
        return []
    return [
        field.alias or name
        for parameter in (dependant.body_params if location == "body" else dependant.query_params)
        # a body that may be left out is a model or None
        for model in (parameter.field_info.annotation, *get_args(parameter.field_info.annotation))
        for name, field in getattr(model, "model_fields", {}).items()
    ]


def _methods_at(request: Request) -> list[str]:
    """The methods that any route takes at this address: Starlette names those of one route alone."""
    return [
        method
        for method in ("DELETE", "GET", "PATCH", "POST", "PUT")
        if any(
            route.matches({**request.scope, "method": method})[0] is Match.FULL
            for route in request.app.routes
        )
    ]


def _slug(class_: type) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "-", class_.__name__).lower()

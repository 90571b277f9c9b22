"""Errors as RFC 9457 `application/problem+json`. The only module that knows that format.

Every error response of the service comes from here: ours by class, FastAPI's validation,
Starlette's HTTP errors, and whatever else went wrong (of which nothing is told). Raw
input is never echoed: it may hold what JSON cannot carry, or a person's position.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from geoapi.errors import (
    BeyondHorizon,
    GeoapiError,
    InvalidInput,
    LoadStopped,
    NotFound,
    SetupNeeded,
    Unavailable,
    Words,
)
from geoapi.validation_words import explain

MEDIA_TYPE = "application/problem+json"
log = logging.getLogger(__name__)

# the most particular class first
STATUS_OF: tuple[tuple[type[GeoapiError], int], ...] = (
    (BeyondHorizon, 400),
    (InvalidInput, 422),
    (NotFound, 404),
    (LoadStopped, 409),
    (SetupNeeded, 503),
    (Unavailable, 503),
    (GeoapiError, 500),
)
TITLES = {
    400: Words("请求无法处理", "The request cannot be answered"),
    404: Words("没有找到", "Not found"),
    405: Words("不支持此方法", "Method not allowed"),
    409: Words("与现状冲突", "Conflict"),
    415: Words("不支持此格式", "Unsupported media type"),
    422: Words("请求有误", "The request has a mistake"),
    500: Words("服务内部错误", "Something went wrong here"),
    503: Words("暂时无法应答", "Cannot answer just now"),
}


def install(app: FastAPI) -> None:
    """Answer every error of `app` with a problem."""
    app.add_exception_handler(GeoapiError, _ours)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _anything)


def status_of(error: GeoapiError) -> int:
    """The HTTP status for an error of ours."""
    return next(status for class_, status in STATUS_OF if isinstance(error, class_))


def problem(
    request: Request,
    status: int,
    detail: Words,
    *,
    slug: str | None = None,
    errors: list[dict[str, Any]] | None = None,
    headers: Mapping[str, str] | None = None,
    extra: Mapping[str, Any] | None = None,
) -> Response:
    """One problem response, in the language that the request asks for."""
    lang = language_of(request)
    phrase = HTTPStatus(status).phrase
    title = TITLES.get(status, Words(phrase, phrase))
    body: dict[str, Any] = {
        "type": f"urn:geoapi:problem:{slug or phrase.lower().replace(' ', '-')}",
        "title": title.in_language(lang),
        "status": status,
        "detail": detail.in_language(lang),
    }
    if errors:
        body["errors"] = errors
    body |= extra or {}
    return Response(
        orjson.dumps(body, default=str),
        status_code=status,
        media_type=MEDIA_TYPE,
        headers={"Content-Language": lang, **(headers or {})},
    )


def language_of(request: Request) -> str:
    """ "zh" or "en": the `lang` parameter, else what the client says it accepts, else Chinese."""
    asked = request.query_params.get("lang")
    if asked in ("zh", "en"):
        return asked
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
    if status >= 500:
        log.error("%s %s: %s", request.method, request.url.path, error)
    lang = language_of(request)
    entry = {"field": error.field, "detail": error.message.in_language(lang)}
    if error.mend:
        entry["mend"] = error.mend.in_language(lang)
    extra = dict(error.extra)
    retry_after = extra.pop("retry_after_s", 1 if status == 503 else None)
    return problem(
        request,
        status,
        error.message,
        slug=_slug(type(error)),
        errors=[entry] if error.field or error.mend else None,
        headers={"Retry-After": str(retry_after)} if retry_after else None,
        extra=extra,
    )


async def _validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    lang = language_of(request)
    entries = []
    for fault in error.errors():
        location, *path = fault["loc"] or ("request",)
        field = ".".join(_printable(str(part)) for part in path) or str(location)
        what = explain(fault)
        entry = {"field": field, "in": str(location), "detail": what.message.in_language(lang)}
        if what.mend:
            entry["mend"] = what.mend.in_language(lang)
        entries.append(entry)
    fields = "、".join(dict.fromkeys(entry["field"] for entry in entries))
    named = Words(f"以下字段有误：{fields}", f"these fields have a mistake: {fields.replace('、', ', ')}")
    return problem(request, 422, named, slug="invalid-input", errors=entries)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    title = TITLES.get(error.status_code, Words(str(error.detail), str(error.detail)))
    detail = title
    if error.status_code == 404:
        detail = Words("没有这个地址", "there is nothing at this address")
    elif error.status_code == 400:
        detail = Words("请求内容无法解析", "the request could not be parsed")
    return problem(request, error.status_code, detail, headers=error.headers)


async def _anything(request: Request, error: Exception) -> Response:
    log.error("%s %s", request.method, request.url.path, exc_info=error)
    return problem(
        request, 500, Words("服务内部错误，请稍后再试", "something went wrong here; try again later")
    )


def _slug(class_: type) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "-", class_.__name__).lower()


def _printable(text: str) -> str:
    """A field name as it can be shown: it may come from the caller."""
    return "".join(c for c in text if c.isprintable())[:60]

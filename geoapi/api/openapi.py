"""The OpenAPI document: FastAPI's, with our problems, and with parameters as they are sent."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from geoapi.api.answers import Problem, problem_responses

TAGS = [
    {"name": "nearest", "description": "最近的、到达时开放的一处 · the nearest that is open on arrival"},
    {"name": "stations", "description": "站点与开放时间 · stations and their hours"},
    {"name": "words", "description": "类别与设施的代码 · codes of kinds and amenities"},
    {"name": "districts", "description": "行政区与边界 · districts and their boundaries"},
    {"name": "map", "description": "地图：矢量瓦片与样式 · vector tiles and a style to draw them with"},
    {"name": "pack", "description": "离线数据包 · what phones answer from when they are offline"},
    {"name": "planning", "description": "覆盖、空白与选址 · coverage, gaps and where the next ones go"},
    {"name": "accounts", "description": "登录与账号 · signing in, sessions, invitations"},
    {"name": "managing", "description": "管理自己的站点 · keeping one's own stations correct"},
    {"name": "administration", "description": "区级、市级管理 · what administrators do"},
    {"name": "health", "description": "运行状况 · is it well"},
]


def openapi_document(app: FastAPI) -> dict[str, Any]:
    """The document, made once."""
    if app.openapi_schema is None:
        document = FastAPI.openapi(app)
        _put_problem_in(document["components"]["schemas"])
        for path in document["paths"].values():
            for method, operation in path.items():
                _add_what_any_may_answer(operation, reads_body=method != "get")
                for parameter in operation.get("parameters", ()):
                    _as_sent(parameter)
        app.openapi_schema = document
    return app.openapi_schema


def _put_problem_in(schemas: dict[str, Any]) -> None:
    """Our problem in place of FastAPI's own validation error."""
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= schema.pop("$defs", {})
    schemas["Problem"] = schema


def _add_what_any_may_answer(operation: dict[str, Any], *, reads_body: bool) -> None:
    """What middleware answers before a route is asked: it need not say so itself."""
    statuses = (400, 413, 414, 415, 422) if reads_body else (414, 422)
    for status, response in problem_responses(*statuses).items():
        operation["responses"].setdefault(str(status), response)


def _as_sent(parameter: dict[str, Any]) -> None:
    """Without null, which a URL cannot say; its example and description where tools look for them."""
    schema = parameter["schema"]
    choices = [choice for choice in schema.get("anyOf", ()) if choice != {"type": "null"}]
    if len(choices) == 1:
        del schema["anyOf"]
        schema |= choices[0]
    for example in schema.pop("examples", ())[:1]:
        parameter["example"] = example
    schema.pop("description", None)

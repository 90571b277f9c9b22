"""What the OpenAPI document says can be asked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Method, path and description of every operation."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def examples(document: dict[str, Any]) -> Iterator[tuple[str, str, str, dict[str, Any], Any]]:
    """Every request that is given as an example: operation ("GET /v1/kinds"), method, path, query, body."""
    for method, template, operation in operations(document):
        name = f"{method.upper()} {template}"
        parameters = [p for p in operation.get("parameters", ()) if "example" in p]
        path = template
        for one in parameters:
            if one["in"] == "path":
                path = path.replace("{" + one["name"] + "}", str(one["example"]))
        assert "{" not in path, f"{template} needs an example"
        required = {p["name"]: p["example"] for p in parameters if p["in"] == "query" and p["required"]}
        optional = [p for p in parameters if p["in"] == "query" and not p["required"]]
        if "requestBody" in operation:
            body = operation["requestBody"]["content"]["application/json"]
            assert body["examples"], name
            for example in body["examples"].values():
                yield name, method, path, required, example["value"]
            continue
        yield name, method, path, required, None
        for one in optional:
            yield name, method, path, {**required, one["name"]: one["example"]}, None

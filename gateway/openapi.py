"""The OpenAPI document: made from the table of routes and the message types that its functions read and answer with.

`python -m gateway.openapi` writes the copy from which the pages get their types.
"""

import json
from http import HTTPStatus
from pathlib import Path
from typing import Any

import msgspec

from gateway.handlers import API
from gateway.problems import CONTENT_TYPE, ProblemDocument
from gateway.routes import ROUTES, Route
from proto import api
from proto.examples import examples_of

COPY = Path(__file__).with_name("openapi.json")
EVERYWHERE = (401, 403, 431, 503)
IN_PATH = {"name": "id", "in": "path", "required": True, "schema": {"type": "integer", "minimum": 0}}
IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "the same key gives the same execution again; with another job or body it is refused",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}
IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "description": "the `ETag` of what was edited: refused with 412 where somebody else has changed it since",
    "schema": {"type": "string"},
}


def text() -> str:
    """As it is served, and kept in `openapi.json` beside this module."""
    return json.dumps(document(), indent=1, ensure_ascii=False) + "\n"


def document() -> dict[str, Any]:
    """OpenAPI 3.1 of everything under `/api/v1`."""
    routes = [route for route in ROUTES if route.summary]
    paths: dict[str, Any] = {}
    for route in routes:
        paths.setdefault(route.path.removeprefix(API), {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "MedPro Migration Management",
            "version": "1.0.0",
            "description": "Define migration sources, save jobs, execute them on MedPro environments, watch them.",
        },
        "servers": [{"url": API}],
        "security": [{}, {"bearer": []}],
        "paths": paths,
        "components": {
            "schemas": _components(routes),
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(route: Route) -> dict[str, Any]:
    query = [
        {"name": one.name, "in": "query", "description": one.description, "schema": one.schema} for one in route.query
    ]
    in_path = {**IN_PATH, "schema": {"type": "string"}} if "environments" in route.path else IN_PATH
    parameters = [*([in_path] if "{id}" in route.path else []), *query]
    if route.path.endswith("/execute"):
        parameters.append(IDEMPOTENCY_KEY)
    if route.method == "PUT":
        parameters.append(IF_MATCH)
    operation: dict[str, Any] = {
        "operationId": route.handler.__name__,
        "summary": route.summary,
        "tags": [route.path.removeprefix(f"{API}/").partition("/")[0]],
        "parameters": parameters,
        "responses": {
            str(route.status): _answer(route),
            **{str(status): _problem(status) for status in sorted({*route.errors, *EVERYWHERE})},
        },
    }
    if route.body is not None:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": _ref(route.body)}}}
    return operation


def _answer(route: Route) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": HTTPStatus(route.status).phrase}
    if route.reply is not None:
        answer["content"] = {"application/json": {"schema": _ref(route.reply)}}
    if any(parameter.name == "format" for parameter in route.query):
        answer["content"]["text/plain"] = {"schema": {"type": "string"}}
    if route.method == "POST" and route.status in (201, 202) and not route.path.endswith("/cancel"):
        answer["headers"] = {"Location": {"schema": {"type": "string"}}}
    if route.reply in (api.Source, api.Job) and route.method in ("GET", "PUT"):
        answer["headers"] = {"ETag": {"schema": {"type": "string"}}}
    return answer


def _problem(status: int) -> dict[str, Any]:
    return {
        "description": HTTPStatus(status).phrase,
        "content": {CONTENT_TYPE: {"schema": _ref(ProblemDocument)}},
    }


def _components(routes: list[Route]) -> dict[str, Any]:
    kinds = {kind for route in routes for kind in (route.body, route.reply) if kind is not None} | {ProblemDocument}
    _, schemas = msgspec.json.schema_components(
        sorted(kinds, key=lambda kind: kind.__name__), ref_template="#/components/schemas/{name}"
    )
    for kind in kinds:
        if examples := examples_of(kind):
            schemas[kind.__name__]["examples"] = msgspec.to_builtins(examples)
    return dict(sorted(schemas.items()))


def _ref(kind: type[msgspec.Struct]) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{kind.__name__}"}


if __name__ == "__main__":
    COPY.write_text(text(), encoding="utf-8")

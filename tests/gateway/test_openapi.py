"""The OpenAPI document: the same as the committed copy, complete, and true of what is answered."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from gateway import openapi
from gateway.handlers import API
from gateway.routes import ROUTES
from tests.stack import Client

DOCUMENT = openapi.document()


def schema(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}", "components": DOCUMENT["components"]}


def test_the_committed_copy_is_what_is_served(client: Client) -> None:
    assert openapi.COPY.read_text(encoding="utf-8") == openapi.text(), "run `make schemas`"
    assert client.get("/openapi.json") == json.loads(openapi.text())


def test_every_operation_of_the_api_is_described_with_its_errors() -> None:
    described = {(method.upper(), API + path) for path, item in DOCUMENT["paths"].items() for method in item}
    table = {(route.method, route.path) for route in ROUTES if route.path.startswith(f"{API}/")}
    assert described == table - {("GET", f"{API}/openapi.json")}
    for item in DOCUMENT["paths"].values():
        for operation in item.values():
            assert {"401", "403", "503"} <= operation["responses"].keys()
            assert any(status.startswith("2") for status in operation["responses"])


@pytest.mark.parametrize("name", DOCUMENT["components"]["schemas"])
def test_every_shape_is_a_valid_schema(name: str) -> None:
    Draft202012Validator.check_schema(schema(name))


def test_what_is_answered_fits_what_is_described(client: Client) -> None:
    source = client.source("/opt/x", [{"name": "count", "type": "integer", "min": 1, "default": 3}])
    client.post("/migration-jobs", {"source_id": source["id"], "name": "fits", "parameters": {"count": 4}})
    for path, name in (
        (f"/migration-sources/{source['id']}", "Source"),
        ("/migration-sources", "SourceList"),
        ("/migration-jobs", "JobList"),
        ("/migration-executions", "ExecutionList"),
        ("/environments", "EnvironmentList"),
    ):
        Draft202012Validator(schema(name)).validate(client.get(path))
    missing = client.call("GET", f"{API}/migration-jobs/999999999").json
    Draft202012Validator(schema("ProblemDocument")).validate(missing)

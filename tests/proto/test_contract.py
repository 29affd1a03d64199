"""The committed contract is the one that the message types make, and real messages satisfy it."""

import json
from pathlib import Path

import jsonschema
import msgspec
import yaml

from proto.__main__ import HERE, render
from proto.contract import asyncapi, schema_files
from proto.events import EVENT_NAMES, ExecutionEvent, ce_headers
from proto.requests import REQUESTS


def test_schemas_in_the_repository_are_those_of_the_message_types() -> None:
    committed = {path.name: path.read_text(encoding="utf-8") for path in (HERE / "schemas").glob("*.json")}
    assert committed == {name: render(schema) for name, schema in schema_files().items()}, "run `make schemas`"


def test_the_asyncapi_document_in_the_repository_is_that_of_the_message_types() -> None:
    assert (HERE / "asyncapi.yaml").read_text(encoding="utf-8") == render(asyncapi()), "run `make schemas`"


def test_every_reference_of_the_asyncapi_document_leads_somewhere() -> None:
    document = yaml.safe_load((HERE / "asyncapi.yaml").read_text(encoding="utf-8"))

    def check(node: object) -> None:
        if isinstance(node, dict):
            if isinstance(reference := node.get("$ref"), str):
                assert _resolves(document, reference), reference
            for child in node.values():
                check(child)
        elif isinstance(node, list):
            for child in node:
                check(child)

    check(document)


def test_every_schema_is_a_valid_json_schema() -> None:
    for schema in schema_files().values():
        jsonschema.Draft202012Validator.check_schema(schema)


def test_an_event_satisfies_its_schema_and_is_decoded_as_it_was() -> None:
    schema = json.loads((HERE / "schemas" / "ExecutionEvent.json").read_text(encoding="utf-8"))
    for name in EVENT_NAMES:
        event = ExecutionEvent(
            execution_id=12,
            job_id=7,
            environment_id="staging",
            event=name,
            occurred_at="2026-11-22T10:00:00.000Z",
            progress=45,
            progress_origin="detected",
        )
        body = msgspec.json.encode(event)
        jsonschema.validate(json.loads(body), schema)
        assert msgspec.json.decode(body, type=ExecutionEvent) == event
        assert ce_headers(event, "x")["ce-type"] == f"medpro.execution.{name}.v1"


def test_a_message_with_a_field_of_a_later_version_is_still_understood() -> None:
    body = b'{"execution_id": 1, "job_id": 1, "environment_id": "a", "event": "started", "progress": 0,'
    body += b'"occurred_at": "2026-11-22T10:00:00.000Z", "added_later": true}'
    assert msgspec.json.decode(body, type=ExecutionEvent).execution_id == 1


def test_every_request_has_a_subject_of_its_own() -> None:
    assert len({request.subject for request in REQUESTS}) == len(REQUESTS)


def _resolves(document: dict[str, object], reference: str) -> bool:
    path, _, pointer = reference.partition("#")
    if path:
        return (Path(HERE) / path).exists()
    node: object = document
    for part in pointer.strip("/").split("/"):
        node = node[part] if isinstance(node, dict) and part in node else None
    return node is not None

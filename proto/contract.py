"""The bus contract as files: JSON Schemas and an AsyncAPI document, made from the message types. No I/O."""

from typing import Any

import msgspec

from proto import events, requests, runs, subjects
from proto.events import EVENT_NAMES, ExecutionEvent
from proto.examples import examples_of
from proto.requests import REQUESTS

SCHEMA_DIALECT = "https://json-schema.org/draft/2020-12/schema"
PUBLIC: tuple[type, ...] = (ExecutionEvent, runs.Execute, runs.RunEnd)


def schema_files() -> dict[str, Any]:
    """File name → JSON Schema, one for each message that travels in a stream, and one for each request and reply."""
    kinds = {kind.__name__: kind for kind in PUBLIC}
    for request in REQUESTS:
        kinds[request.__name__] = request
        kinds[request.reply.__name__] = request.reply
    return {f"{name}.json": _schema(kind) for name, kind in sorted(kinds.items())}


def asyncapi() -> dict[str, Any]:
    """AsyncAPI 3.0. What that has no words for (streams, acknowledgement, de-duplication) is in `x-nats-*`."""
    channels = {**_stream_channels(), **{request.__name__: _request_channel(request) for request in REQUESTS}}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "MedPro Migration Management",
            "version": "1.0.0",
            "description": "What travels on the bus. Other services subscribe to the channel `executionEvents`.",
        },
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": {**_stream_operations(), **{r.__name__: _request_operation(r) for r in REQUESTS}},
        "components": {"schemas": {name.removesuffix(".json"): {"$ref": f"schemas/{name}"} for name in schema_files()}},
    }


def _schema(kind: type) -> dict[str, Any]:
    schema = msgspec.json.schema(kind)
    reference = schema.pop("$ref", None)
    definitions = schema.pop("$defs", {})
    if reference is not None:
        schema |= definitions.pop(reference.rpartition("/")[2])
    if examples := examples_of(kind):
        schema["examples"] = msgspec.to_builtins(examples)
    return {"$schema": SCHEMA_DIALECT, **schema, **({"$defs": definitions} if definitions else {})}


def _stream_channels() -> dict[str, Any]:
    environment = {"environment": {"description": "id of the environment"}}
    execution = {"execution": {"description": "id of the execution"}}
    bytes_headers = [
        subjects.HEADER_VERSION,
        subjects.HEADER_KIND,
        subjects.HEADER_OFFSET,
        subjects.HEADER_READ_AT,
        subjects.HEADER_ATTACH,
    ]
    return {
        "executionEvents": {
            "address": "medpro.executions.{environment}.{execution}.{event}",
            "description": events.__doc__,
            "parameters": {**environment, **execution, "event": {"enum": list(EVENT_NAMES)}},
            "messages": {"event": {"payload": {"$ref": "schemas/ExecutionEvent.json"}, "headers": _ce_headers()}},
            "x-nats-stream": {
                "name": subjects.EVENTS,
                "retention": "limits",
                "deduplication": "ce-id is the Nats-Msg-Id",
            },
        },
        "commands": {
            "address": "medpro.execute.{environment}.{execution}",
            "parameters": {**environment, **execution},
            "messages": {"execute": {"payload": {"$ref": "schemas/Execute.json"}}},
            "x-nats-stream": {
                "name": subjects.EXECUTE,
                "retention": "workqueue",
                "consumer": "one durable for each environment; max_ack_pending is its max_concurrent",
                "acknowledged": "when the final status is committed",
            },
        },
        "logs": {
            "address": "medpro.log.{execution}",
            "parameters": execution,
            "messages": {
                "bytes": {
                    "contentType": "application/octet-stream",
                    "description": f"raw bytes of the log from an offset, at most {runs.MAX_CHUNK_BYTES}",
                    "headers": _headers(bytes_headers),
                },
                "end": {
                    "payload": {"$ref": "schemas/RunEnd.json"},
                    "headers": _headers([name for name in bytes_headers if name != subjects.HEADER_OFFSET]),
                },
            },
            "x-nats-stream": {"name": subjects.LOGS, "retention": "workqueue", "acknowledged": "after the commit"},
        },
        "dead": {
            "address": "medpro.dead.{rest}",
            "parameters": {"rest": {"description": "the rest of the subject that the message had"}},
            "messages": {"dead": {"headers": _headers([subjects.HEADER_REASON, subjects.HEADER_SUBJECT])}},
            "x-nats-stream": {"name": subjects.DEAD, "retention": "limits"},
        },
        "committed": {
            "address": "medpro.committed.{execution}",
            "parameters": execution,
            "description": "A hint on core NATS: bytes of the log that are durable, as decimal digits.",
            "messages": {"offset": {"contentType": "text/plain"}},
        },
        "cancel": {
            "address": "medpro.cancel.{execution}",
            "parameters": execution,
            "description": "A hint on core NATS: cancelling was requested.",
            "messages": {"hint": {}},
        },
    }


def _stream_operations() -> dict[str, Any]:
    def operation(action: str, channel: str) -> dict[str, Any]:
        return {"action": action, "channel": {"$ref": f"#/channels/{channel}"}}

    return {
        "followExecutions": operation("receive", "executionEvents"),
        "dispatch": operation("send", "commands"),
        "ship": operation("send", "logs"),
        "bury": operation("send", "dead"),
        "tellCommitted": operation("send", "committed"),
        "tellCancelled": operation("send", "cancel"),
    }


def _request_channel(request: type[requests.Request]) -> dict[str, Any]:
    return {
        "address": request.subject,
        "messages": {
            "request": {"payload": {"$ref": f"schemas/{request.__name__}.json"}},
            "reply": {
                "payload": {"$ref": f"schemas/{request.reply.__name__}.json"},
                "description": f"With the header {subjects.HEADER_PROBLEM} it is a problem instead.",
            },
        },
    }


def _request_operation(request: type[requests.Request]) -> dict[str, Any]:
    channel = f"#/channels/{request.__name__}"
    return {
        "action": "send",
        "channel": {"$ref": channel},
        "messages": [{"$ref": f"{channel}/messages/request"}],
        "reply": {"channel": {"$ref": channel}, "messages": [{"$ref": f"{channel}/messages/reply"}]},
    }


def _ce_headers() -> dict[str, Any]:
    event = ExecutionEvent(
        execution_id=1, job_id=1, environment_id="staging", event="requested", occurred_at="", progress=0
    )
    return _headers([*events.ce_headers(event, ""), subjects.HEADER_MESSAGE_ID])


def _headers(names: list[str]) -> dict[str, Any]:
    return {"type": "object", "properties": {name: {"type": "string"} for name in names}, "required": names}

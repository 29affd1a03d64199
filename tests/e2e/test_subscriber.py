"""Another service follows a run from outside, with nothing of ours but the committed schemas."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.e2e.conftest import Script
from tests.servers import Process, wait_until
from tests.stack import ROOT, Stack

SCHEMA = json.loads((ROOT / "proto" / "schemas" / "ExecutionEvent.json").read_text())


@pytest.fixture
def subscriber(medpro: Stack, tmp_path: Path) -> Iterator[Process]:
    command = [sys.executable, str(ROOT / "examples" / "subscriber.py"), medpro.variables["MEDPRO_NATS_URL"], "tested"]
    process = Process(command, tmp_path / "subscriber.log")
    process.start()
    wait_until(lambda: "following" in process.said(), "it follows")
    yield process
    process.kill()


def events(subscriber: Process, execution_id: int) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in subscriber.said().splitlines() if line.startswith("{")]
    return [line for line in lines if line["execution_id"] == execution_id]


def names(subscriber: Process, execution_id: int) -> list[str]:
    return [event["event"] for event in events(subscriber, execution_id)]


def test_the_events_of_a_run_come_in_order_and_satisfy_the_schema(
    medpro: Stack, subscriber: Process, script: Script
) -> None:
    client = medpro.client
    execution = client.execute(
        client.job(script("echo 'Processed 5/10 patients'; sleep 1; echo 'Processed 10/10 patients'"))
    )
    client.ended(execution["id"])
    wait_until(lambda: "completed" in names(subscriber, execution["id"]), "the end is announced")
    heard = events(subscriber, execution["id"])
    assert [event["event"] for event in heard if event["event"] != "progress"] == ["requested", "started", "completed"]
    assert any(event["event"] == "progress" and event["progress"] == 50 for event in heard)
    assert heard[-1]["result_summary"]["outcome"] == "succeeded"
    for event in heard:
        jsonschema.validate({name: value for name, value in event.items() if name != "type"}, SCHEMA)


def test_cancelling_is_announced_before_the_end(medpro: Stack, subscriber: Process, script: Script) -> None:
    client = medpro.client
    execution = client.execute(client.job(script("echo up; sleep 300")))
    client.until(execution["id"], lambda now: now["log_lines"])
    client.cancel(execution["id"])
    client.ended(execution["id"])
    wait_until(lambda: "failed" in names(subscriber, execution["id"]), "the end is announced")
    assert [name for name in names(subscriber, execution["id"]) if name != "progress"] == [
        "requested",
        "started",
        "cancelling",
        "failed",
    ]


def test_a_subscriber_that_was_down_misses_nothing(medpro: Stack, subscriber: Process, script: Script) -> None:
    client = medpro.client
    subscriber.kill()
    execution = client.execute(client.job(script("echo done")))
    client.ended(execution["id"])
    subscriber.start()
    wait_until(lambda: "completed" in names(subscriber, execution["id"]), "it catches up")

"""`make run`'s stack: ready by itself, found again after Ctrl-C with its data and with the scripts that went on."""

import os
import re
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import Process, free_port, wait_until
from tests.stack import ROOT, Client

pytestmark = pytest.mark.slow

READY = "Ctrl-C stops the stack."


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[tuple[Process, Client]]:
    port = free_port()
    variables = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "MEDPRO_DEMO_FOLDER": str(tmp_path / "demo"),
        "MEDPRO_GATEWAY_PORT": str(port),
        "MEDPRO_DEMO_NATS_PORT": str(free_port()),
        "MEDPRO_DEMO_SSH_PORT": str(free_port()),
    }
    process = Process([sys.executable, "-m", "demo"], tmp_path / "demo.log", variables)
    try:
        yield process, Client(f"http://127.0.0.1:{port}")
    finally:
        process.stop(60)


def start(process: Process, times: int = 1) -> None:
    process.start()
    wait_until(lambda: process.said().count(READY) == times or not process.running, "the demo is ready")
    assert process.running, process.said()


def interrupt(process: Process) -> None:
    process.send(signal.SIGINT)
    assert process.stop(60) == 0


def test_the_sample_migrations_are_registered_once_and_one_survives_a_restart(demo: tuple[Process, Client]) -> None:
    process, client = demo
    start(process)
    jobs = client.get("/migration-jobs")["items"]
    assert [job["name"] for job in jobs] == [
        "Clínica Souza, everything",
        "Dr. Souza, dry run",
        "Riverside Family Practice",
    ]
    assert re.search(r"http://127\.0\.0\.1:\d+", process.said())
    execution = client.execute(jobs[2], parameters={"pace": 400})
    before = client.until(execution["id"], lambda now: now["log_lines"] > 10)

    interrupt(process)
    start(process, times=2)

    assert client.get("/migration-jobs")["total"] == 3
    ended = client.ended(execution["id"])
    assert ended["status"] == "completed"
    assert ended["script_started_at"] == before["script_started_at"]
    assert ended["result_summary"]["reconciled"] is True
    assert ended["result_summary"]["counts"]["migrated"] == 2563
    lines = client.lines(execution["id"])
    assert lines[0] == "::progress value=0::Reading the bundle"
    assert lines[-1].startswith("::progress value=100::Reconciled")


def test_the_results_of_the_other_samples_are_what_their_scripts_print(demo: tuple[Process, Client]) -> None:
    process, client = demo
    start(process)
    whole, dry = (
        client.ended(client.execute(job, parameters={"pace": 0})["id"])["result_summary"]
        for job in client.get("/migration-jobs")["items"][:2]
    )
    assert whole["counts"] == {"read": 3512, "migrated": 3463, "skipped": 49, "failed": None}
    migrated = {entity["name"]: (entity["migrated"], entity["skipped"]) for entity in whole["entities"]}
    assert migrated == {"practitioners": (12, 0), "patients": (978, 22), "appointments": (2473, 27)}
    assert dry["counts"] == {"read": 379, "migrated": None, "skipped": 379, "failed": None}
    read = {entity["name"]: entity["read"] for entity in dry["entities"]}
    assert (read["patients"], read["appointments"]) == (181, 197)
    # What a dry run migrated is not said, so that nothing can be added up.
    assert (whole["reconciled"], dry["reconciled"]) == (True, None)


def test_a_port_that_is_taken_is_said_with_the_way_out(demo: tuple[Process, Client]) -> None:
    process, client = demo
    port = int(client.base.rpartition(":")[2])
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        process.start()
        wait_until(lambda: not process.running, "the demo ends")
    assert f"port {port}, meant for the gateway, is taken" in process.said()
    assert f"MEDPRO_GATEWAY_PORT={port + 1} make run" in process.said()

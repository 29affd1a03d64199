"""SIGTERM to a service that is busy: it ends within ten seconds, what it held is finished or handed over."""

import asyncio
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import nats as nats_client

from proto.requests import ExecuteJob
from tests.e2e.conftest import Script
from tests.faults.conftest import Faulty
from tests.servers import Process, wait_until
from tests.stack import Answer, Client

RUNS = 5
FLOOD_LINES = 200_000
# Its dispatch says when it begins, and takes longer than the signal needs.
SLOW_DISPATCH = """
import asyncio, pathlib, runpy
import services.catalog.dispatch
dispatch = services.catalog.dispatch.dispatch
async def slow(*arguments):
    pathlib.Path({mark!r}).touch()
    await asyncio.sleep(1.5)
    await dispatch(*arguments)
services.catalog.dispatch.dispatch = slow
runpy.run_module("services.catalog", run_name="__main__")
"""


def ask_to_end(process: Process) -> None:
    process.send(signal.SIGTERM)
    check_ends(process)


def check_ends(process: Process) -> None:
    wait_until(lambda: not process.running, "it ends", 10)
    assert process.stop() == 0


@contextmanager
def asking(client: Client, path: str, body: Any) -> Iterator[list[Answer]]:
    """A request is under way during the block; its answer is in the list afterwards, if there was one."""
    answers: list[Answer] = []

    def ask() -> None:
        with suppress(OSError):
            answers.append(client.call("POST", path, body))

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    yield answers
    thread.join(30)


def test_a_gateway_answers_the_request_that_is_under_way(faulty: Faulty, script: Script, tmp_path: Path) -> None:
    stack, client = faulty.stack, faulty.stack.client
    job = client.job(script(f"echo start >> {tmp_path}/starts"))
    catalog, gateway = stack.processes["services.catalog"], stack.processes["gateway"]
    catalog.send(signal.SIGSTOP)  # so that the request waits
    path = f"/api/v1/migration-jobs/{job['id']}/execute"
    with sniffing(faulty) as passed, asking(client, path, {"environment_id": "staging"}) as answers:
        wait_until(lambda: ExecuteJob.subject in passed, "the gateway has passed it on")
        gateway.send(signal.SIGTERM)
        wait_until(lambda: "stopping" in gateway.said(), "the gateway has heard it")
        catalog.send(signal.SIGCONT)
        check_ends(gateway)
    gateway.start()
    stack.wait_ready()
    assert [answer.status for answer in answers] == [202]
    assert client.ended(answers[0].json["id"])["status"] == "completed"
    assert (tmp_path / "starts").read_text() == "start\n"


@contextmanager
def sniffing(faulty: Faulty) -> Iterator[list[str]]:
    """The subjects of all requests to catalog that pass on the bus during the block."""
    passed: list[str] = []
    listening, done = threading.Event(), threading.Event()

    async def listen() -> None:
        client = await nats_client.connect(faulty.nats.url)
        subscription = await client.subscribe("medpro.catalog.>")
        await client.flush()
        listening.set()
        while not done.is_set():
            with suppress(TimeoutError):
                passed.append((await subscription.next_msg(timeout=0.1)).subject)
        await client.close()

    thread = threading.Thread(target=asyncio.run, args=(listen(),), daemon=True)
    thread.start()
    assert listening.wait(10)
    yield passed
    done.set()
    thread.join(10)


def test_a_catalog_finishes_the_dispatch_that_is_under_way(faulty: Faulty, script: Script, tmp_path: Path) -> None:
    stack, client = faulty.stack, faulty.stack.client
    job, mark = client.job(script(f"echo start >> {tmp_path}/starts")), tmp_path / "dispatching"
    stack.kill("services.catalog")
    command = [sys.executable, "-c", SLOW_DISPATCH.format(mark=str(mark))]
    slow = Process(command, tmp_path / "slow.log", stack.variables)
    slow.start()
    stack.wait_ready()
    path = f"/api/v1/migration-jobs/{job['id']}/execute"
    with asking(client, path, {"environment_id": "staging"}) as answers:
        wait_until(mark.exists, "the dispatch has begun")
        ask_to_end(slow)
    assert [answer.status for answer in answers] == [202]
    # Nobody is there who could dispatch it later.
    assert client.ended(answers[0].json["id"])["status"] == "completed"
    stack.processes["services.catalog"].start()
    stack.wait_ready()
    assert (tmp_path / "starts").read_text() == "start\n"


def test_a_logsink_in_a_flood_loses_and_doubles_no_line(faulty: Faulty, script: Script) -> None:
    stack, client = faulty.stack, faulty.stack.client
    execution = client.execute(client.job(script(f"seq -f 'line %.0f of a flood' {FLOOD_LINES}")))
    client.until(execution["id"], lambda now: now["log_lines"] > FLOOD_LINES / 20)
    assert client.execution(execution["id"])["log_lines"] < FLOOD_LINES
    ask_to_end(stack.processes["services.logsink"])
    stack.processes["services.logsink"].start()
    stack.wait_ready()
    assert client.execution(execution["id"])["log_lines"] < FLOOD_LINES  # it was in the middle
    assert client.ended(execution["id"], 120)["status"] == "completed"
    assert client.lines(execution["id"]) == [f"line {number} of a flood" for number in range(1, FLOOD_LINES + 1)]


def test_an_executor_leaves_its_runs_to_the_next(faulty: Faulty, script: Script, tmp_path: Path) -> None:
    stack, client = faulty.stack, faulty.stack.client
    text = "echo start >> {0}/starts-{1}; for i in $(seq 40); do echo line $i; sleep 0.1; done"
    jobs = [client.job(script(text.format(tmp_path, number), f"run-{number}")) for number in range(RUNS)]
    executions = [client.execute(job) for job in jobs]
    for execution in executions:
        client.until(execution["id"], lambda now: now["log_lines"] >= 3)
    ask_to_end(stack.processes["services.executor"])
    stack.processes["services.executor"].start()
    for number, execution in enumerate(executions):
        assert client.ended(execution["id"])["status"] == "completed"
        assert client.lines(execution["id"]) == [f"line {line}" for line in range(1, 41)]
        assert (tmp_path / f"starts-{number}").read_text() == "start\n"

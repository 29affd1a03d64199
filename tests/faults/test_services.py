"""Services may fail at any point of a request: what was accepted is done, once."""

import re
import signal
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

from services.executor.commands import ATTACH_AT_ONCE
from tests.e2e.conftest import Script
from tests.faults.conftest import Faulty
from tests.servers import MariaDb, Process, wait_until

# Its dispatch, which follows the commit, is its death.
KILLED_AT_DISPATCH = """
import os, runpy, signal
import services.catalog.dispatch
services.catalog.dispatch.dispatch = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
runpy.run_module("services.catalog", run_name="__main__")
"""


def test_a_catalog_killed_between_commit_and_publish_gives_one_execution_that_starts_once(
    faulty: Faulty, script: Script, mariadb: MariaDb, tmp_path: Path
) -> None:
    stack, client = faulty.stack, faulty.stack.client
    job = client.job(script(f"echo start >> {tmp_path}/starts"))
    path, body = f"/api/v1/migration-jobs/{job['id']}/execute", {"environment_id": "staging"}
    headers = {"Idempotency-Key": f"key-{time.monotonic_ns()}"}
    stack.kill("services.catalog")
    command = [sys.executable, "-c", KILLED_AT_DISPATCH]
    dying = Process(command, tmp_path / "dying.log", stack.variables)
    dying.start()
    stack.wait_ready()
    assert client.call("POST", path, body, headers).status == 503
    assert dying.stop() == -signal.SIGKILL
    row = f"FROM {faulty.database}.migration_executions WHERE job_id = {job['id']}"
    assert mariadb.execute(f"SELECT phase, dispatched_at {row}") == "queued\tNULL\n"
    stack.processes["services.catalog"].start()
    stack.wait_ready()
    answers = [client.call("POST", path, body, headers) for _ in range(3)]
    assert {answer.status for answer in answers} == {202}
    (execution_id,) = {answer.json["id"] for answer in answers}
    assert client.ended(execution_id)["status"] == "completed"
    assert client.get(f"/migration-executions?job_id={job['id']}")["total"] == 1
    assert (tmp_path / "starts").read_text() == "start\n"


def test_a_gateway_killed_in_mid_request_gives_the_same_execution_for_the_same_key(
    faulty: Faulty, script: Script, tmp_path: Path
) -> None:
    stack, client = faulty.stack, faulty.stack.client
    job = client.job(script(f"echo start >> {tmp_path}/starts"))
    path, body = f"/api/v1/migration-jobs/{job['id']}/execute", {"environment_id": "staging"}
    headers = {"Idempotency-Key": f"key-{time.monotonic_ns()}"}
    stack.processes["services.catalog"].send(signal.SIGSTOP)  # so that the request is under way when the gateway dies
    ask_and_lose_the_gateway(faulty, path, body, headers)
    stack.processes["services.catalog"].send(signal.SIGCONT)
    stack.processes["gateway"].start()
    stack.wait_ready()
    ids = {client.call("POST", path, body, headers).json["id"] for _ in range(3)}
    assert len(ids) == 1
    client.ended(ids.pop())
    assert (tmp_path / "starts").read_text() == "start\n"


def ask_and_lose_the_gateway(faulty: Faulty, path: str, body: object, headers: dict[str, str]) -> None:
    killer = threading.Timer(0.5, faulty.stack.kill, ("gateway",))
    killer.start()
    with suppress(OSError):
        faulty.stack.client.call("POST", path, body, headers)
    killer.join()
    assert not faulty.stack.processes["gateway"].running


def test_beyond_the_limit_of_its_environment_a_log_is_cut_and_says_so(faulty: Faulty, script: Script) -> None:
    client = faulty.stack.client
    ended = client.ended(client.execute(client.job(script("yes | head -c 20000000; echo; exit 3")), "small")["id"])
    assert ended["result_summary"]["exit_status"] == 3
    last = client.get(f"/migration-executions/{ended['id']}/logs?tail=1")["items"][0]
    assert "The log is longer than 100000 bytes" in last["message"]
    assert "longer than 100000 bytes" in ended["result_summary"]["message"]
    assert ended["log_lines"] < 500_000


def test_executors_take_no_more_runs_than_a_logsink_that_does_not_answer_can_be_asked_for(
    faulty: Faulty, script: Script
) -> None:
    stack, client = faulty.stack, faulty.stack.client
    jobs = [client.job(script(f"echo {number}", f"patient-{number}")) for number in range(ATTACH_AT_ONCE * 2)]
    stack.kill("services.logsink")
    before = len(stack.processes["services.executor"].said())
    posted = [
        client.call("POST", f"/api/v1/migration-jobs/{job['id']}/execute", {"environment_id": "wide"}) for job in jobs
    ]
    assert {answer.status for answer in posted} == {202}

    def said(what: str) -> set[str]:
        lines = stack.processes["services.executor"].said()[before:].splitlines()
        return {execution for line in lines if what in line for execution in re.findall(r"execution_id=(\d+)", line)}

    wait_until(lambda: len(said("cannot attach yet")) >= ATTACH_AT_ONCE, "all that were taken have asked", 30)
    assert len(said("run taken")) == ATTACH_AT_ONCE
    stack.processes["services.logsink"].start()
    stack.wait_ready()
    for answer in posted:
        assert client.ended(answer.json["id"])["status"] == "completed"

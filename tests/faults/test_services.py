"""Services and the database may fail at any point of a request: what was accepted is done, once."""

import signal
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.e2e.conftest import Script
from tests.faults.conftest import Faulty
from tests.servers import MariaDb, wait_until
from tests.stack import SERVICES


def test_an_execution_that_was_committed_but_never_published_is_dispatched_by_the_sweep(
    faulty: Faulty, script: Script, mariadb: MariaDb
) -> None:
    client = faulty.stack.client
    first = client.ended(client.execute(client.job(script("echo once")))["id"])
    table = f"{faulty.database}.migration_executions"
    # What a catalog leaves that is killed between its commit and its publishing.
    columns = "job_id, environment_id, started_at, command_executed, request, progress, log_lines, log_bytes, announced"
    values = columns.replace("progress, log_lines, log_bytes, announced", "0, 0, 0, 0")
    mariadb.execute(
        f"INSERT INTO {table} (status, phase, run_key, {columns})"
        f" SELECT 'running', 'queued', 'left-behind', {values} FROM {table} WHERE id = {first['id']}"
    )
    left_behind = client.get(f"/migration-executions?job_id={first['job_id']}")["items"][0]
    assert left_behind["id"] != first["id"]
    assert client.ended(left_behind["id"])["status"] == "completed"
    assert client.lines(left_behind["id"]) == ["once"]


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


def test_a_database_that_refuses_writes_gives_503_and_loses_nothing(
    faulty: Faulty, script: Script, mariadb: MariaDb
) -> None:
    client = faulty.stack.client
    execution = client.execute(client.job(script("for i in $(seq 50); do echo line $i; sleep 0.1; done")))
    client.until(execution["id"], lambda now: now["log_lines"] >= 3)
    mariadb.execute("SET GLOBAL read_only = 1")
    try:
        answer = client.call(
            "POST", "/api/v1/migration-sources", {"name": "n", "display_name": "n", "script_path": "/x"}
        )
        assert (answer.status, answer.json["code"]) == (503, "database_unavailable")
        assert client.execution(execution["id"])["status"] == "running"
    finally:
        mariadb.execute("SET GLOBAL read_only = 0")
    assert client.ended(execution["id"])["status"] == "completed"
    assert client.lines(execution["id"]) == [f"line {number}" for number in range(1, 51)]


def test_beyond_the_limit_of_its_environment_a_log_is_cut_and_says_so(faulty: Faulty, script: Script) -> None:
    client = faulty.stack.client
    ended = client.ended(client.execute(client.job(script("yes | head -c 20000000; echo; exit 3")), "small")["id"])
    assert ended["result_summary"]["exit_status"] == 3
    last = client.get(f"/migration-executions/{ended['id']}/logs?tail=1")["items"][0]
    assert "The log is longer than 100000 bytes" in last["message"]
    assert ended["log_lines"] < 500_000


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_ends_within_ten_seconds_when_asked(faulty: Faulty, script: Script, name: str) -> None:
    stack, client = faulty.stack, faulty.stack.client
    execution = client.execute(client.job(script("for i in $(seq 20); do echo line $i; sleep 0.1; done", name)))
    client.until(execution["id"], lambda now: now["log_lines"] >= 3)
    process = stack.processes[name]
    asked = time.monotonic()
    process.send(signal.SIGTERM)
    wait_until(lambda: not process.running, "it ends", 10)
    assert process.stop() == 0
    assert time.monotonic() - asked < 10
    process.start()
    stack.wait_ready()
    assert client.ended(execution["id"])["status"] == "completed"
    assert client.lines(execution["id"]) == [f"line {number}" for number in range(1, 21)]

"""The database refuses writes, or somebody holds a lock for long: 503 for what needs it, nothing lost, no restart."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.e2e.conftest import Script
from tests.faults.conftest import Faulty
from tests.servers import MariaDb, program, wait_until
from tests.stack import Answer, Client

LOCKED_FOR_S = 30
READ_ONLY_FOR_S = 6
HELD_UP_AFTER_S = 10


def begin(client: Client, script: Script, tmp_path: Path) -> dict[str, Any]:
    """A run that prints ten lines a second until it is told to end, and then says how many there were."""
    text = f"""i=0; while [ ! -e {tmp_path}/end ]; do i=$((i + 1)); echo line $i; sleep 0.1; done
        echo $i > {tmp_path}/count"""
    execution: dict[str, Any] = client.execute(client.job(script(text, "printing")))
    return dict(client.until(execution["id"], lambda now: now["log_lines"] >= 3))


def check_whole(client: Client, execution_id: int, tmp_path: Path) -> None:
    ended = client.ended(execution_id, 90)
    assert ended["status"] == "completed"
    count = int((tmp_path / "count").read_text())
    assert client.lines(execution_id) == [f"line {number}" for number in range(1, count + 1)]


def cancel(client: Client, execution_id: int) -> Answer:
    return client.call("POST", f"/api/v1/migration-executions/{execution_id}/cancel")


def execute(client: Client, job: dict[str, Any], key: str) -> Answer:
    path = f"/api/v1/migration-jobs/{job['id']}/execute"
    return client.call("POST", path, {"environment_id": "staging"}, {"Idempotency-Key": key})


def process_ids(faulty: Faulty) -> dict[str, int]:
    return {name: process.pid for name, process in faulty.stack.processes.items() if process.running}


@contextmanager
def locked(mariadb: MariaDb, faulty: Faulty, execution_id: int) -> Iterator[None]:
    """Another client of the database holds the lock of an execution's row in an open transaction."""
    command = [program("mariadb"), "--no-defaults", f"--socket={mariadb.socket}", "--user=root", "-N", "--unbuffered"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        table = f"{faulty.database}.migration_executions"
        other.stdin.write(f"BEGIN; SELECT id FROM {table} WHERE id = {execution_id} FOR UPDATE;\n")
        assert int(other.stdout.readline()) == execution_id
        yield  # the end of its input ends it, and with it the transaction


def test_a_row_locked_for_half_a_minute_gives_503_and_loses_nothing(
    faulty: Faulty, script: Script, mariadb: MariaDb, tmp_path: Path
) -> None:
    client = faulty.stack.client
    execution, processes = begin(client, script, tmp_path), process_ids(faulty)
    with locked(mariadb, faulty, execution["id"]):
        until = time.monotonic() + LOCKED_FOR_S
        kept = client.execution(execution["id"])["log_lines"]
        other = client.execute(client.job(script("echo other", "other")))  # needs another row
        while time.monotonic() < until:
            answer = cancel(client, execution["id"])
            assert (answer.status, answer.headers["Content-Type"].split(";")[0]) == (503, "application/problem+json")
            held_up = client.execution(execution["id"])
            assert (held_up["status"], held_up["log_lines"]) == ("running", kept)
    client.until(execution["id"], lambda now: now["log_lines"] > LOCKED_FOR_S * 10 / 2)
    (tmp_path / "end").touch()
    check_whole(client, execution["id"], tmp_path)
    assert client.ended(other["id"])["status"] == "completed"
    assert client.execution(execution["id"])["cancel_requested_at"] is None
    assert process_ids(faulty) == processes


def test_a_locked_row_does_not_hold_up_the_lines_of_other_runs(
    faulty: Faulty, script: Script, mariadb: MariaDb, tmp_path: Path
) -> None:
    client = faulty.stack.client
    execution = begin(client, script, tmp_path)
    with locked(mariadb, faulty, execution["id"]):
        until = time.monotonic() + HELD_UP_AFTER_S
        wait_until(lambda: time.monotonic() > until, "the locked run has printed more than anybody holds")
        other = client.execute(client.job(script("echo other", "other")))
        try:
            ended = client.ended(other["id"], 8)
        finally:
            (tmp_path / "end").touch()
    check_whole(client, execution["id"], tmp_path)
    assert ended["status"] == "completed"


def test_a_database_that_refuses_writes_gives_503_and_loses_nothing(
    faulty: Faulty, script: Script, mariadb: MariaDb, tmp_path: Path
) -> None:
    client = faulty.stack.client
    job = client.job(script(f"echo start >> {tmp_path}/starts", "refused"))
    execution, processes = begin(client, script, tmp_path), process_ids(faulty)
    key = f"read-only-{time.monotonic_ns()}"
    mariadb.execute("SET GLOBAL read_only = 1")
    try:
        until = time.monotonic() + READ_ONLY_FOR_S
        wait_until(lambda: execute(client, job, key).status == 503, "what was under way is done", 2)
        kept = client.execution(execution["id"])["log_lines"]
        while time.monotonic() < until:
            for answer in (execute(client, job, key), cancel(client, execution["id"])):
                assert (answer.status, answer.json["code"]) == (503, "database_unavailable")
            held_up = client.execution(execution["id"])
            assert (held_up["status"], held_up["log_lines"]) == ("running", kept)
    finally:
        mariadb.execute("SET GLOBAL read_only = 0")
    accepted = execute(client, job, key)
    assert accepted.status == 202
    assert client.ended(accepted.json["id"])["status"] == "completed"
    assert (tmp_path / "starts").read_text() == "start\n"
    (tmp_path / "end").touch()
    check_whole(client, execution["id"], tmp_path)
    assert client.execution(execution["id"])["cancel_requested_at"] is None
    assert process_ids(faulty) == processes

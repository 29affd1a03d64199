"""A run outlives us: whoever dies, the script starts once and every line is there once."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import Script
from tests.servers import MariaDb, Nats, Sshd, nats_server, wait_until
from tests.stack import Stack, environment, stack

pytestmark = pytest.mark.slow

LINES = 60


@pytest.fixture(scope="module")
def own_nats(folder: Path) -> Iterator[Nats]:
    with nats_server(folder / "takeover" / "nats") as server:
        yield server


@pytest.fixture(scope="module")
def pair(folder: Path, own_nats: Nats, mariadb: MariaDb, sshd: Sshd) -> Iterator[Stack]:
    """Two executors and two logsinks."""
    home = folder / "takeover"
    environments = {"staging": environment(sshd, home), "narrow": environment(sshd, home, max_concurrent=3)}
    with stack(home / "stack", own_nats, mariadb.create("takeover"), environments) as running:
        running.start("second executor", "services.executor")
        running.start("second logsink", "services.logsink")
        yield running


@pytest.fixture
def counting(script: Script, tmp_path: Path) -> Path:
    """Marks each start in a file and prints numbered lines for a few seconds."""
    return script(f"echo start >> {tmp_path}/starts; for i in $(seq {LINES}); do echo line $i; sleep 0.1; done")


def check(pair: Stack, execution_id: int, starts: Path) -> None:
    ended = pair.client.ended(execution_id)
    assert ended["status"] == "completed"
    assert pair.client.lines(execution_id) == [f"line {number}" for number in range(1, LINES + 1)]
    assert starts.read_text() == "start\n"


def begin(pair: Stack, counting: Path) -> int:
    client = pair.client
    execution_id: int = client.execute(client.job(counting))["id"]
    client.until(execution_id, lambda now: now["log_lines"] >= 5)
    return execution_id


def taken_by(pair: Stack, execution_id: int) -> str:
    """The executor that took the run last."""
    mark = f"execution_id={execution_id} "
    names = ("services.executor", "second executor")
    last = {
        name: max(
            (line for line in pair.processes[name].said().splitlines() if "run taken" in line and mark in line),
            default="",
        )
        for name in names
    }
    return max(names, key=lambda name: last[name])


def test_an_executor_killed_in_mid_run_is_replaced_by_the_other(pair: Stack, counting: Path, tmp_path: Path) -> None:
    execution_id = begin(pair, counting)
    killed = taken_by(pair, execution_id)
    pair.kill(killed)
    check(pair, execution_id, tmp_path / "starts")
    assert taken_by(pair, execution_id) != killed
    pair.processes[killed].start()


def test_all_executors_killed_and_started_again_rejoin_the_run(pair: Stack, counting: Path, tmp_path: Path) -> None:
    execution_id = begin(pair, counting)
    for name in ("services.executor", "second executor"):
        pair.kill(name)
    for name in ("services.executor", "second executor"):
        pair.processes[name].start()
    check(pair, execution_id, tmp_path / "starts")


def test_logsinks_killed_in_mid_run_lose_and_double_nothing(pair: Stack, counting: Path, tmp_path: Path) -> None:
    execution_id = begin(pair, counting)
    for name in ("services.logsink", "second logsink"):
        pair.kill(name)
    time.sleep(0.5)
    for name in ("services.logsink", "second logsink"):
        pair.processes[name].start()
    pair.wait_ready()
    check(pair, execution_id, tmp_path / "starts")


def test_nats_killed_in_mid_run_loses_and_doubles_nothing(
    pair: Stack, own_nats: Nats, counting: Path, tmp_path: Path
) -> None:
    execution_id = begin(pair, counting)
    own_nats.process.kill()
    time.sleep(0.5)
    own_nats.start()
    pair.wait_ready()
    check(pair, execution_id, tmp_path / "starts")


def test_the_database_killed_in_mid_run_loses_and_doubles_nothing(
    pair: Stack, mariadb: MariaDb, counting: Path, tmp_path: Path
) -> None:
    execution_id = begin(pair, counting)
    mariadb.process.kill()
    answer = pair.client.call("GET", f"/api/v1/migration-executions/{execution_id}")
    assert (answer.status, answer.headers["Content-Type"].split(";")[0]) == (503, "application/problem+json")
    mariadb.start()
    pair.wait_ready()
    check(pair, execution_id, tmp_path / "starts")


def test_an_executor_that_is_asked_to_stop_hands_its_run_over_at_once(
    pair: Stack, counting: Path, tmp_path: Path
) -> None:
    execution_id = begin(pair, counting)
    stopped = taken_by(pair, execution_id)
    assert pair.processes[stopped].stop() == 0
    wait_until(lambda: taken_by(pair, execution_id) != stopped, "the other takes it, before the ack wait of 3 s", 2)
    check(pair, execution_id, tmp_path / "starts")
    pair.processes[stopped].start()


def test_the_cap_of_an_environment_holds_across_executors(pair: Stack, script: Script, tmp_path: Path) -> None:
    client = pair.client
    text = f"""mkdir -p {tmp_path}/live; touch {tmp_path}/live/$$
        ls {tmp_path}/live | wc -l; sleep 0.7; rm {tmp_path}/live/$$"""
    jobs = [client.job(script(text, f"capped-{number}")) for number in range(9)]
    executions = [client.execute(job, "narrow") for job in jobs]
    counts = []
    for execution in executions:
        client.ended(execution["id"])
        counts.append(int(client.lines(execution["id"])[0]))
    assert max(counts) <= 3
    assert {taken_by(pair, execution["id"]) for execution in executions} == {"services.executor", "second executor"}

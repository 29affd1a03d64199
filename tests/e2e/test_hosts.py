"""Hosts that cannot be used: said as what it is, and nothing was started."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Script
from tests.servers import MariaDb, Sshd, free_port, generate_key, nats_server
from tests.stack import Stack, environment, stack

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def hosts(folder: Path, mariadb: MariaDb, sshd: Sshd) -> Iterator[Stack]:
    home = folder / "hosts"
    home.mkdir()
    for name in ("other-host", "other-client"):
        generate_key(home / name)
    wrong_host = home / "wrong_known_hosts"
    wrong_host.write_text(f"[127.0.0.1]:{sshd.port} {(home / 'other-host.pub').read_text()}")
    environments = {
        "staging": environment(sshd, home),
        "wronghost": environment(sshd, home, known_hosts=str(wrong_host)),
        "wrongkey": environment(sshd, home, client_key=str(home / "other-client")),
        "nokey": environment(sshd, home, client_key=str(home / "missing")),
        "nobody": environment(sshd, home, port=free_port(), connect_timeout_s=1),
        "nowhere": environment(sshd, home, run_directory="/proc/nowhere", connect_timeout_s=1),
    }
    database = mariadb.create("hosts")
    with nats_server(home / "nats") as nats, stack(home / "stack", nats, database, environments) as running:
        yield running


@pytest.mark.parametrize(
    ("environment_id", "reason"),
    [
        ("wronghost", "host key"),
        ("wrongkey", "does not accept the key"),
        ("nokey", "cannot be read"),
        ("nobody", "connection refused"),
        ("nowhere", "run directory cannot be made"),
    ],
)
def test_a_host_that_cannot_be_used_ends_as_not_started(
    hosts: Stack, script: Script, tmp_path: Path, environment_id: str, reason: str
) -> None:
    client = hosts.client
    job = client.job(script(f"touch {tmp_path}/ran"))
    ended = client.ended(client.execute(job, environment_id)["id"], 20)
    assert ended["status"] == "failed"
    assert ended["result_summary"]["outcome"] == "not_started"
    assert reason in ended["result_summary"]["reason"]
    assert ended["script_started_at"] is None
    assert not (tmp_path / "ran").exists()


def test_an_unknown_environment_is_refused_with_its_field(hosts: Stack, script: Script) -> None:
    job = hosts.client.job(script("true"))
    answer = hosts.client.call("POST", f"/api/v1/migration-jobs/{job['id']}/execute", {"environment_id": "mars"})
    assert answer.status == 422
    errors: list[dict[str, Any]] = answer.json["errors"]
    assert [error["field"] for error in errors] == ["environment_id"]


def test_a_host_that_goes_away_for_a_while_does_not_end_the_run(
    folder: Path, mariadb: MariaDb, hosts: Stack, sshd: Sshd, script: Script
) -> None:
    client = hosts.client
    lines = 40
    execution = client.execute(client.job(script(f"for i in $(seq {lines}); do echo line $i; sleep 0.2; done")))
    client.until(execution["id"], lambda now: now["log_lines"] >= 3)
    sshd.kill_with_sessions()
    away = client.until(execution["id"], lambda now: now["unreachable_since"])
    assert away["status"] == "running"
    sshd.start()
    ended = client.ended(execution["id"])
    assert (ended["status"], ended["unreachable_since"]) == ("completed", None)
    assert client.lines(execution["id"]) == [f"line {number}" for number in range(1, lines + 1)]

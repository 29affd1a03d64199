"""Many runs at once, and one that floods: none fails, and the others' lines still come in time."""

import re
import shutil
import socket
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Script
from tests.faults.conftest import BOMBED_MAX_LOG_BYTES, Faulty
from tests.servers import Sshd
from tests.stack import Client, Stack

QUIET = 20
FLOOD = "yes 'a line of the flood that goes on' | head -c 300000000"  # more than is read meanwhile
MEASURED_FOR_S = 25
# Until it is told to end; and not for ever, should we be killed. To cancel twenty at once would be another test.
SAYS_THE_TIME = "for i in $(seq 300); do date +%s.%N; sleep 1; [ ! -e {end} ] || exit 0; done"
BOMBS = [
    pytest.param("head -c 1000000000 /dev/zero | tr '\\0' x; echo", id="one line of 1 GB"),
    # No faster than a disk writes: the database's is the same here, and would wait.
    pytest.param("for i in $(seq 20); do yes | head -c 100000000; sleep 1; done", id="yes for 2 GB"),
]


def test_a_hundred_starts_at_once_all_succeed_where_sshd_refuses_some(
    faulty: Faulty, script: Script, strict_sshd: Sshd
) -> None:
    client = faulty.stack.client
    jobs = [client.job(script(f"echo {number}", f"many-{number}")) for number in range(100)]
    with strangers(strict_sshd, 3):
        executions = [client.execute(job, "strict") for job in jobs]
        for number, execution in enumerate(executions):
            ended = client.ended(execution["id"], 180)
            assert ended["status"] == "completed", ended["result_summary"]
            assert client.lines(execution["id"]) == [str(number)]
    refused = re.findall(r"drop connection #\d+ .* past MaxStartups", strict_sshd.process.said())
    assert len(refused) >= 5  # so it was really put to the test


def test_a_flood_does_not_stand_in_the_way_of_twenty_others(
    faulty: Faulty, script: Script, tmp_path: Path, sshd: Sshd
) -> None:
    client = faulty.stack.client
    with (
        saying_the_time(client, script, tmp_path, QUIET, in_time_s=1) as quiet,
        flooding(faulty, sshd, script(FLOOD, "flood"), "wide", tmp_path) as flood,
    ):
        quiet.measure(MEASURED_FOR_S)
        assert client.execution(flood["id"])["log_lines"] > 50_000
    quiet.check()


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_log_bomb_leaves_memory_flat_and_others_in_time(
    faulty: Faulty, script: Script, tmp_path: Path, sshd: Sshd, bomb: str
) -> None:
    client = faulty.stack.client
    with (
        saying_the_time(client, script, tmp_path, 1, in_time_s=2) as other,
        flooding(faulty, sshd, script(bomb, "bomb"), "bombed", tmp_path) as exploding,
    ):
        other.measure(MEASURED_FOR_S)
        last = client.get(f"/migration-executions/{exploding['id']}/logs?tail=1")["items"][0]
        assert f"The log is longer than {BOMBED_MAX_LOG_BYTES} bytes" in last["message"]
    other.check()
    for name in ("services.logsink", "services.executor"):
        assert peak_memory_bytes(faulty.stack, name) < 200 * 1024**2


@contextmanager
def strangers(sshd: Sshd, count: int) -> Iterator[None]:
    """Connections that never say who they are: sshd counts them, however fast the executor's own handshakes are."""
    with ExitStack() as connections:
        for _ in range(count):
            connections.enter_context(socket.create_connection(("127.0.0.1", sshd.port)))
        yield


@contextmanager
def flooding(faulty: Faulty, sshd: Sshd, path: Path, environment_id: str, tmp_path: Path) -> Iterator[dict[str, Any]]:
    """All of its log is there within seconds, and reading it takes minutes: so the rest is taken away afterwards."""
    stack, client = faulty.stack, faulty.stack.client
    known = set(stack.run_directory.iterdir())
    execution = client.execute(client.job(path), environment_id)
    client.until(execution["id"], lambda now: now["last_output_at"])
    yield execution
    assert client.execution(execution["id"])["status"] == "running"  # it went on all the time
    (directory,) = set(stack.run_directory.iterdir()) - known
    assert (directory / "log").stat().st_size >= 300_000_000
    sshd.kill_with_sessions()
    shutil.move(directory, tmp_path / "taken away")
    sshd.start()
    assert client.ended(execution["id"], 120)["result_summary"]["outcome"] == "lost"
    shutil.rmtree(tmp_path / "taken away")


@dataclass
class Quiet:
    """Runs that print the time once a second, and whether each of their lines is there in time.

    A line is late when a look at its log over REST, begun longer than that after it was printed, does not show it.
    So how long it takes to look, at one after the other, is not put down to the product.
    """

    client: Client
    ids: list[int]
    in_time_s: float
    lines: Counter[int] = field(default_factory=Counter)
    late: list[float] = field(default_factory=list)

    def measure(self, for_s: float) -> None:
        seen = {execution_id: self._lines(execution_id, "tail=1")[0]["seq"] for execution_id in self.ids}
        looked_at = dict.fromkeys(self.ids, 0.0)
        until = time.monotonic() + for_s
        while time.monotonic() < until:
            for execution_id in self.ids:
                begun_at = time.time()
                for line in self._lines(execution_id, f"after={seen[execution_id]}"):
                    seen[execution_id] = line["seq"]
                    self.lines[execution_id] += 1
                    if (delay_s := looked_at[execution_id] - float(line["message"])) > self.in_time_s:
                        self.late.append(delay_s)
                looked_at[execution_id] = begun_at

    def check(self) -> None:
        assert min(self.lines[execution_id] for execution_id in self.ids) >= MEASURED_FOR_S / 2
        assert self.late == []

    def _lines(self, execution_id: int, which: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.client.get(f"/migration-executions/{execution_id}/logs?{which}")["items"]
        return found


@contextmanager
def saying_the_time(client: Client, script: Script, tmp_path: Path, count: int, in_time_s: float) -> Iterator[Quiet]:
    path, end = script(SAYS_THE_TIME.format(end=tmp_path / "end"), "says the time"), tmp_path / "end"
    ids = [client.execute(client.job(path), "wide")["id"] for _ in range(count)]
    try:
        for execution_id in ids:
            client.until(execution_id, lambda now: now["log_lines"])
        yield Quiet(client, ids, in_time_s)
    finally:
        end.touch()
    for execution_id in ids:
        assert client.ended(execution_id)["status"] == "completed"


def peak_memory_bytes(stack: Stack, name: str) -> int:
    status = Path(f"/proc/{stack.processes[name].pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024

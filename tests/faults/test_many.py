"""Many runs at once, and one that floods: none fails, and the others' lines still come in time."""

import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Script
from tests.faults.conftest import Faulty
from tests.servers import Sshd
from tests.stack import Client, Stack

QUIET = 20
FLOOD = 1_000_000
MEASURED_FOR_S = 25
SAYS_THE_TIME = "while :; do date +%s.%N; sleep 1; done"
BOMBS = [
    pytest.param("head -c 1000000000 /dev/zero | tr '\\0' x; echo", id="one line of 1 GB"),
    pytest.param("yes | head -c 2000000000", id="yes for 2 GB"),
]


def test_a_hundred_starts_at_once_all_succeed_where_sshd_refuses_some(
    faulty: Faulty, script: Script, strict_sshd: Sshd
) -> None:
    client = faulty.stack.client
    jobs = [client.job(script(f"echo {number}", f"many-{number}")) for number in range(100)]
    executions = [client.execute(job, "strict") for job in jobs]
    for number, execution in enumerate(executions):
        ended = client.ended(execution["id"], 180)
        assert ended["status"] == "completed", ended["result_summary"]
        assert client.lines(execution["id"]) == [str(number)]
    refused = re.findall(r"drop connection #\d+ .* past MaxStartups", strict_sshd.process.said())
    assert len(refused) >= 5  # so it was really put to the test


def test_a_flood_does_not_stand_in_the_way_of_twenty_others(faulty: Faulty, script: Script) -> None:
    client = faulty.stack.client
    path = script(SAYS_THE_TIME, "quiet")
    with saying_the_time(client, [client.job(path) for _ in range(QUIET)]) as quiet:
        flood = client.execute(client.job(script(f"yes 'a line of the flood that goes on' | head -n {FLOOD}")), "wide")
        client.until(flood["id"], lambda now: now["log_lines"] > 1000)
        quiet.measure(lambda: client.execution(flood["id"])["status"] == "running", MEASURED_FOR_S)
    client.ended(flood["id"], 120)
    assert set(quiet.delays) == set(quiet.ids)
    assert min(len(delays) for delays in quiet.delays.values()) >= 5
    assert max(max(delays) for delays in quiet.delays.values()) <= 1.0


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_log_bomb_leaves_memory_flat_and_others_in_time(
    faulty: Faulty, script: Script, tmp_path: Path, sshd: Sshd, bomb: str
) -> None:
    """All of it is there within seconds, and reading it takes minutes: so the rest is taken away at the end."""
    client, stack = faulty.stack.client, faulty.stack
    with saying_the_time(client, [client.job(script(SAYS_THE_TIME, "other"))]) as other:
        known = set(stack.run_directory.iterdir())
        exploding = client.execute(client.job(script(bomb, "bomb")), "bombed")
        client.until(exploding["id"], lambda now: now["last_output_at"])
        other.measure(lambda: client.execution(exploding["id"])["status"] == "running", MEASURED_FOR_S)
        (directory,) = set(stack.run_directory.iterdir()) - known
        assert client.execution(exploding["id"])["status"] == "running"
        assert (directory / "log").stat().st_size >= 10**9
        last = client.get(f"/migration-executions/{exploding['id']}/logs?tail=1")["items"][0]
        assert "The log is longer than 20000000 bytes" in last["message"]
        sshd.kill_with_sessions()
        shutil.move(directory, tmp_path / "taken away")
        sshd.start()
        assert client.ended(exploding["id"])["result_summary"]["outcome"] == "lost"
    for name in ("services.logsink", "services.executor"):
        assert peak_memory_bytes(stack, name) < 200 * 1024**2
    (delays,) = other.delays.values()
    assert len(delays) >= MEASURED_FOR_S / 2
    assert max(delays) <= 2.0


class Quiet:
    """Runs that print the time once a second; how much later each of their lines is seen over REST.

    Each is asked in turn, again and again, so a delay is the product's and up to one round of asking more: what passes
    here is in time.
    """

    def __init__(self, client: Client, ids: list[int]) -> None:
        self.client, self.ids = client, ids
        self.delays: dict[int, list[float]] = {}
        self._seen = {execution_id: self._lines(execution_id, "tail=1")[0]["seq"] for execution_id in ids}

    def measure(self, lasting: Callable[[], bool], at_most_s: float) -> None:
        until = time.monotonic() + at_most_s
        while lasting() and time.monotonic() < until:
            for execution_id in self.ids:
                for line in self._lines(execution_id, f"after={self._seen[execution_id]}"):
                    self.delays.setdefault(execution_id, []).append(time.time() - float(line["message"]))
                    self._seen[execution_id] = line["seq"]

    def _lines(self, execution_id: int, which: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.client.get(f"/migration-executions/{execution_id}/logs?{which}")["items"]
        return found


@contextmanager
def saying_the_time(client: Client, jobs: list[dict[str, Any]]) -> Iterator[Quiet]:
    ids = [client.execute(job, "wide")["id"] for job in jobs]
    for execution_id in ids:
        client.until(execution_id, lambda now: now["log_lines"])
    yield Quiet(client, ids)
    for execution_id in ids:
        client.cancel(execution_id)
    for execution_id in ids:
        client.ended(execution_id, 60)


def peak_memory_bytes(stack: Stack, name: str) -> int:
    status = Path(f"/proc/{stack.processes[name].pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024

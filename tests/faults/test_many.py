"""Many runs at once, and one that floods: none fails, and the others' lines still come in time."""

import time
from datetime import datetime

import pytest

from tests.e2e.conftest import Script
from tests.faults.conftest import Faulty
from tests.faults.test_bus import memory_bytes

pytestmark = pytest.mark.slow


def test_a_hundred_starts_at_once_on_one_host_all_succeed(faulty: Faulty, script: Script) -> None:
    client = faulty.stack.client
    jobs = [client.job(script(f"echo {number}", f"many-{number}")) for number in range(100)]
    executions = [client.execute(job, "wide") for job in jobs]
    for number, execution in enumerate(executions):
        ended = client.ended(execution["id"], 180)
        assert ended["status"] == "completed", ended["result_summary"]
        assert client.lines(execution["id"]) == [str(number)]


def test_a_flood_does_not_stand_in_the_way_of_twenty_others(faulty: Faulty, script: Script) -> None:
    client = faulty.stack.client
    quiet = [
        client.execute(client.job(script("while :; do date -u +%s.%N; sleep 1; done", f"quiet-{number}")), "wide")
        for number in range(20)
    ]
    for execution in quiet:
        client.until(execution["id"], lambda now: now["log_lines"])
    flood = client.execute(client.job(script("yes 'a line of the flood that goes on' | head -n 400000")), "wide")
    client.until(flood["id"], lambda now: now["log_lines"] > 1000)
    delays = []
    while client.execution(flood["id"])["status"] == "running":
        for execution in quiet[:5]:
            line = client.get(f"/migration-executions/{execution['id']}/logs?tail=1")["items"][0]
            delays.append(time.time() - float(line["message"]))
    for execution in quiet:
        client.cancel(execution["id"])
        client.ended(execution["id"], 60)
    # A line is at most a second old when the next is due; what is more is delay.
    assert sorted(delays)[int(len(delays) * 0.95)] < 2.0
    assert memory_bytes(faulty.stack, "services.logsink") < 200 * 1024**2
    assert memory_bytes(faulty.stack, "services.executor") < 200 * 1024**2


def test_a_log_bomb_leaves_memory_flat_and_others_in_time(faulty: Faulty, script: Script) -> None:
    client = faulty.stack.client
    bomb = client.execute(
        client.job(script("head -c 300000000 /dev/zero | tr '\\0' x; yes | head -c 100000000", "bomb")), "small"
    )
    client.until(bomb["id"], lambda now: now["log_lines"] > 1)
    started = datetime.now().astimezone()
    other = client.ended(client.execute(client.job(script("echo hello", "other")))["id"])
    assert datetime.fromisoformat(other["last_output_at"]) > started
    ended = client.ended(bomb["id"], 300)
    assert ended["status"] == "completed"
    for name in ("services.logsink", "services.executor"):
        assert memory_bytes(faulty.stack, name) < 200 * 1024**2

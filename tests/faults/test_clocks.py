"""Clocks that are wrong by an hour or a day change neither order nor status."""

import sys
from pathlib import Path

import pytest

from tests.e2e.conftest import Script
from tests.faults.conftest import Faulty
from tests.servers import Process

# A process cannot be given another clock than the machine's, so ours gets another `now`, before anything imports it.
SHIFTED = """
import datetime, runpy
import proto.times
real_now = proto.times.now
proto.times.now = lambda: real_now() + datetime.timedelta(hours={hours})
runpy.run_module("{module}", run_name="__main__")
"""


@pytest.mark.parametrize(
    ("service", "hours"), [("executor", 24), ("executor", -1), ("logsink", -1), ("logsink", 24), ("catalog", -1)]
)
def test_a_service_whose_clock_is_wrong_changes_neither_order_nor_status(
    faulty: Faulty, script: Script, tmp_path: Path, service: str, hours: int
) -> None:
    stack, client, module = faulty.stack, faulty.stack.client, f"services.{service}"
    stack.kill(module)
    command = [sys.executable, "-c", SHIFTED.format(hours=hours, module=module)]
    shifted = Process(command, tmp_path / "shifted.log", stack.variables)
    shifted.start()
    try:
        stack.wait_ready()
        job = client.job(script("for i in $(seq 20); do echo line $i; sleep 0.1; done; exit 3"))
        execution = client.execute(job)
        client.until(execution["id"], lambda now: now["log_lines"] >= 3)
        ended = client.ended(execution["id"])
        lines = client.lines(execution["id"])
    finally:
        shifted.stop()
    assert (ended["status"], ended["result_summary"]["exit_status"]) == ("failed", 3)
    assert ended["duration_ms"] >= 0
    assert lines == [f"line {number}" for number in range(1, 21)]

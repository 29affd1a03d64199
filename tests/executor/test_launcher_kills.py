"""kill -9 at any moment, of the shell that starts and of the wrapper, never leads to a second start."""

import os
import random
import time
from pathlib import Path

import pytest

from tests.executor.host_shell import WAIT_S, HostShell, Run, kill, lines
from tests.servers import wait_until

ROUNDS = 100
pytestmark = pytest.mark.slow


def wrapper_of(run: Run, starter: int) -> int | None:
    """The process that runs the launch file; it is younger than the shell that started it."""
    command = f"sh\0{run.directory}/launch.first\0".encode()
    for name in os.listdir("/proc"):  # noqa: PTH208 every millisecond counts
        if name.isdigit() and int(name) > starter:
            try:
                if Path(f"/proc/{name}/cmdline").read_bytes().startswith(command):
                    return int(name)
            except OSError:
                continue
    return None


def sleep_until(moment: float) -> None:
    time.sleep(max(0.0, moment - time.monotonic()))


def starts(run: Run, script: Path) -> int:
    """How often the script has run, after everything that an executor would try next."""
    run.start()
    run.prepare(script, nonce="second", create=False)
    run.start("second")
    wait_until(lambda: not list(run.host.processes()), "all is quiet", WAIT_S)
    return len(lines(run.host.home / run.key))


def prepared(host: HostShell, number: int) -> tuple[Run, Path]:
    run = Run(host, key=f"run{number}")
    script = host.script('echo started >> "$MEDPRO_RUN_KEY"')
    assert run.prepare(script).state == "staged"
    return run, script


def test_killing_the_shell_that_starts(host: HostShell) -> None:
    chance = random.Random(f"starter {host.shell}")
    counts = []
    for number in range(ROUNDS):
        run, script = prepared(host, number)
        pending = run.starting()
        sleep_until(time.monotonic() + chance.uniform(0, 0.06))
        pending.process.kill()
        pending.process.communicate()
        counts.append(starts(run, script))
    assert set(counts) == {1}, "a killed shell hinders no start, and there is never a second one"


def test_killing_the_wrapper_right_after_the_claim(host: HostShell) -> None:
    chance = random.Random(f"wrapper {host.shell}")
    counts, killed = [], 0
    for number in range(ROUNDS):
        run, script = prepared(host, number)
        pending = run.starting()
        claim = run.directory / "started"
        deadline = time.monotonic() + WAIT_S
        while not claim.exists() and time.monotonic() < deadline:
            pass
        moment = time.monotonic() + chance.uniform(0, 0.02)
        wrapper = wrapper_of(run, pending.process.pid)
        sleep_until(moment)
        if wrapper is not None:
            kill(wrapper)
            killed += 1
        pending.process.kill()
        pending.process.communicate()
        counts.append(starts(run, script))
    assert max(counts) <= 1
    assert killed > ROUNDS / 2, "most were killed while the wrapper lived"

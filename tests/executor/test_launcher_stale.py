"""Process ids are used again by the kernel: stopping never signals a process that only has the same number."""

import subprocess
from collections.abc import Iterator

import pytest

from tests.executor.host_shell import WAIT_S, Run, is_alive, kill
from tests.servers import wait_until

WORKS = "touch ready; while :; do sleep 0.05; done"
BOOT, MACHINE = 2, 4


@pytest.fixture
def bystander(run: Run) -> Iterator["subprocess.Popen[bytes]"]:
    """Somebody else's process, which leads a session as a daemon does."""
    with subprocess.Popen(["sleep", "60"], start_new_session=True) as process:
        yield process
        process.kill()


@pytest.mark.parametrize(("field", "state"), [(BOOT, "rebooted"), (MACHINE, "otherhost")])
def test_a_record_of_another_boot_or_machine_signals_nothing(run: Run, field: int, state: str) -> None:
    run.launching(WORKS)
    words = run.recorded("wrapper")
    words[field] = "another"
    run.record("wrapper", words)
    report = run.cancel(grace_s=0)
    assert (report.state, report.facts.get("stop", "none")) == (state, "none")
    assert is_alive(int(run.recorded("script")[0]))


def test_a_session_that_took_over_the_scripts_number_is_not_signalled(
    run: Run, bystander: "subprocess.Popen[bytes]"
) -> None:
    run.launching(WORKS)
    wrapper = int(run.recorded("wrapper")[0])
    kill(wrapper)
    wait_until(lambda: not is_alive(wrapper), "the wrapper is gone", WAIT_S)
    run.host.kill_all()
    run.record("script", [str(bystander.pid), "1"])
    assert run.cancel(grace_s=0).state == "vanished"
    assert bystander.poll() is None


def test_a_process_that_took_over_the_wrappers_number_does_not_keep_the_run_alive(
    run: Run, bystander: "subprocess.Popen[bytes]"
) -> None:
    run.launch("exit 0")
    wait_until((run.directory / "exit").exists, "the script has ended", WAIT_S)
    (run.directory / "exit").unlink()
    run.record("wrapper", [str(bystander.pid), *run.recorded("wrapper")[1:]])
    assert run.cancel(grace_s=0).state == "vanished"
    assert run.follow().state == "vanished"
    assert bystander.poll() is None

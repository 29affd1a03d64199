"""What the run directory says: each state that it can be in, also those that only kill -9 or a reboot bring about."""

import os
import re

from tests.executor.host_shell import WAIT_S, HostShell, Run, is_alive, kill
from tests.servers import wait_until

WAITS = "touch ready; while [ ! -e go ]; do sleep 0.05; done; echo done"
PROCESS, START, BOOT, _BEGAN, MACHINE = range(5)


def alter(run: Run, field: int, value: str) -> None:
    words = run.recorded("wrapper")
    words[field] = value
    run.record("wrapper", words)


def kill_wrapper(run: Run) -> int:
    """Returns the script's process."""
    wrapper, script = int(run.recorded("wrapper")[PROCESS]), int(run.recorded("script")[PROCESS])
    kill(wrapper)
    wait_until(lambda: not is_alive(wrapper), "the wrapper is gone", WAIT_S)
    return script


def test_a_run_without_a_directory_is_absent(run: Run) -> None:
    assert run.status().state == "absent"
    assert run.follow().output == b""


def test_every_answer_names_the_machine(run: Run) -> None:
    assert run.status().report.machine == run.prepare(run.host.script("exit")).machine != ""


def test_claimed_and_not_recorded_is_starting_for_a_known_time(run: Run) -> None:
    run.prepare(run.host.script("touch ran"))
    (run.directory / "started").mkdir()
    os.utime(run.directory / "started", (1, 1))
    status = run.status()
    assert status.state == "starting"
    assert status.report.age_s > 1_000_000_000
    assert run.start().state == "starting"
    assert not (run.host.home / "ran").exists()


def test_a_script_at_work_is_running_with_its_size_and_age(run: Run) -> None:
    run.launching(f"echo some bytes; {WAITS}")
    wait_until(lambda: run.status().report.age_s >= 1, "it is a second old")
    report = run.status().report
    assert (report.state, report.size_bytes, report.stopped_as) == ("running", 11, None)
    assert report.age_s < 60


def test_a_clock_that_is_set_ages_no_script(run: Run) -> None:
    run.launching(WAITS)
    alter(run, 3, str(int(run.recorded("wrapper")[3]) - 86_400))
    assert run.status().report.age_s < 60


def test_an_ended_script_is_exited_with_status_size_and_time(run: Run) -> None:
    run.launch("echo some bytes; exit 3")
    report = run.status().report
    assert (report.state, report.exit_status, report.size_bytes, report.stopped_as) == ("exited", 3, 11, None)
    assert re.fullmatch(r"\d{10,}", report.facts["at"])
    assert report.age_s < 60


def test_without_its_wrapper_a_living_script_is_orphaned_and_then_vanished(run: Run) -> None:
    run.launching(WAITS)
    script = kill_wrapper(run)
    assert run.status().state == "orphaned"
    (run.host.home / "go").touch()
    wait_until(lambda: not is_alive(script), "the script has ended", WAIT_S)
    assert run.status().state == "vanished"
    assert run.follow().output == b"done\n"


def test_the_log_of_an_orphan_is_followed_to_its_end(run: Run) -> None:
    run.launching(WAITS)
    kill_wrapper(run)
    following = run.host.send(run.launcher.follow(0))
    (run.host.home / "go").touch()
    answer = following.answer()
    assert answer.state in {"orphaned", "vanished"}
    assert answer.output == b"done\n"


def test_an_orphans_children_keep_it_orphaned(run: Run) -> None:
    run.launching(f"sh -c '{WAITS}' & wait")
    kill(kill_wrapper(run))
    assert run.status().state == "orphaned"
    (run.host.home / "go").touch()
    wait_until(lambda: run.status().state == "vanished", "the child has ended", WAIT_S)


def test_a_script_killed_with_its_wrapper_has_vanished(run: Run) -> None:
    run.launching(WAITS)
    script = kill_wrapper(run)
    run.host.kill_all()
    wait_until(lambda: not is_alive(script), "the script is gone", WAIT_S)
    report = run.status().report
    assert (report.state, report.exit_status) == ("vanished", None)
    assert run.start().state == "vanished"


def test_after_another_boot_it_is_rebooted(run: Run) -> None:
    run.launching(WAITS)
    alter(run, BOOT, "another-boot")
    assert run.status().state == "rebooted"


def test_an_exit_status_from_before_the_reboot_counts(run: Run) -> None:
    run.launch("exit 3")
    alter(run, BOOT, "another-boot")
    assert (run.status().state, run.status().report.exit_status) == ("exited", 3)


def test_on_another_machine_it_is_otherhost(run: Run) -> None:
    run.launching(WAITS)
    alter(run, MACHINE, "another-machine")
    assert run.status().state == "otherhost"


def test_a_wrapper_is_not_taken_for_alive_by_its_process_id_alone(run: Run) -> None:
    run.launching(WAITS)
    alter(run, START, "1")
    assert run.status().state == "orphaned"


def test_two_runs_on_one_host_know_nothing_of_each_other(host: HostShell) -> None:
    one, other = Run(host, key="one"), Run(host, key="other")
    assert one.launch("echo one; exit 1").output == b"one\n"
    assert other.status().state == "absent"
    assert other.launch("echo other").output == b"other\n"
    assert (one.status().report.exit_status, other.status().report.exit_status) == (1, 0)

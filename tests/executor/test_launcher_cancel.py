"""Stopping a script: TERM to all that belongs to it, KILL after the grace, and the truth about what came of it."""

from pathlib import Path

import pytest

from tests.executor.host_shell import WAIT_S, Run, is_alive, kill
from tests.servers import wait_until

WORKS = "while :; do sleep 0.05; done"


def tagged(run: Run) -> list[int]:
    """What is alive of the run: no launcher, no wrapper."""
    tag = f"MEDPRO_RUN_KEY={run.key}\0".encode()
    return [pid for pid in run.host.processes(tag) if is_alive(pid)]


def test_a_plain_script_ends_by_term_and_is_marked(run: Run) -> None:
    pending = run.launching(f"touch ready; {WORKS}")
    report = run.cancel()
    assert (report.state, report.exit_status, report.stopped_as) == ("exited", 143, "cancelled")
    assert report.facts["left"] == "0"
    assert pending.answer().state == "running"


def test_a_script_that_cleans_up_keeps_its_exit_status(run: Run) -> None:
    run.launching(f"trap 'echo cleaning; sleep 0.3; echo clean; exit 9' TERM; touch ready; {WORKS}")
    report = run.cancel()
    assert (report.exit_status, report.stopped_as) == (9, "cancelled")
    assert run.follow().output.endswith(b"cleaning\nclean\n")


def test_a_script_hears_term_once_so_that_its_cleaning_up_is_not_disturbed(run: Run) -> None:
    run.launching("trap 'echo TERM' TERM; touch ready; n=0; while [ $n -lt 30 ]; do sleep 0.05; n=$((n + 1)); done")
    assert run.cancel().exit_status == 0
    assert run.follow().output.count(b"TERM\n") == 1


def test_a_script_that_ignores_term_is_killed_after_the_grace(run: Run) -> None:
    run.launching(f"trap '' TERM; touch ready; {WORKS}")
    report = run.cancel(grace_s=1)
    assert (report.state, report.exit_status, report.facts["left"]) == ("exited", 137, "0")


@pytest.mark.parametrize(
    "children",
    [
        "sleep 61 & sleep 62 | sleep 63 & wait",
        "setsid sleep 61 & wait",
        "setsid sh -c 'trap \"\" TERM; sleep 61' & wait",
    ],
    ids=["in its session", "in a session of its own", "that ignores TERM"],
)
def test_its_children_end_with_it(run: Run, children: str) -> None:
    run.launching(f"touch ready; {children}")
    report = run.cancel(grace_s=1)
    assert (report.state, report.facts["left"]) == ("exited", "0")
    wait_until(lambda: not tagged(run), "nothing is left", WAIT_S)


def test_a_child_is_found_under_any_name_also_one_of_two_lines(run: Run) -> None:
    # Without our key in its environment the session alone tells that it belongs to the run.
    child = run.host.script(
        f"printf 'a) Z 1\\nb) Z 1' > /proc/$$/comm; trap '' TERM; echo $$ > child; touch ready; {WORKS}", "child-script"
    )
    run.launching(f"env -i PATH=$PATH {child}; :")
    pid = int((run.host.home / "child").read_text())
    assert Path(f"/proc/{pid}/comm").read_text() == "a) Z 1\nb) Z 1\n"
    assert run.cancel(grace_s=1).facts["left"] == "0"
    assert not is_alive(pid)


def test_a_child_that_outlives_a_script_that_ended_is_left_alone(run: Run) -> None:
    run.launch("sleep 60 & echo $!")
    child = int(run.follow().output)
    wait_until(lambda: run.status().state == "exited", "the script has ended", WAIT_S)
    report = run.cancel()
    assert (report.state, report.stopped_as) == ("exited", None)
    assert is_alive(child)


def test_an_orphan_is_stopped_too(run: Run) -> None:
    run.launching(f"touch ready; {WORKS}")
    kill(int(run.recorded("wrapper")[0]))
    wait_until(lambda: run.status().state == "orphaned", "the wrapper is gone", WAIT_S)
    report = run.cancel()
    assert (report.state, report.stopped_as, report.facts["left"]) == ("vanished", "cancelled", "0")


def test_before_the_start_it_takes_the_claim_and_the_start_is_refused(run: Run) -> None:
    run.prepare(run.host.script("touch ran"))
    report = run.cancel()
    assert (report.state, report.exit_status, report.stopped_as) == ("exited", None, "cancelled")
    assert run.start().state == "exited"
    assert run.prepare(run.host.script("touch ran"), nonce="second", create=False).state == "exited"
    assert run.start("second").report.stopped_as == "cancelled"
    assert not (run.host.home / "ran").exists()


def test_where_nothing_was_prepared_it_makes_nothing(run: Run) -> None:
    assert run.cancel().state == "absent"
    assert not run.directory.exists()


def test_a_script_that_had_ended_stays_as_it_ended(run: Run) -> None:
    run.launch("exit 0")
    wait_until(lambda: run.status().state == "exited", "the script has ended", WAIT_S)
    report = run.cancel()
    assert (report.state, report.exit_status, report.stopped_as) == ("exited", 0, None)


def test_the_first_reason_for_stopping_stays(run: Run) -> None:
    run.launching(f"touch ready; {WORKS}")
    assert run.cancel("timed_out").stopped_as == "timed_out"
    assert run.cancel("cancelled").stopped_as == "timed_out"


def test_another_run_of_the_same_user_is_not_touched(run: Run) -> None:
    other = Run(run.host, key="other")
    other.launching(f"touch ready; {WORKS}")
    (run.host.home / "ready").unlink()
    run.launching(f"touch ready; {WORKS}")
    run.cancel()
    assert other.status().state == "running"

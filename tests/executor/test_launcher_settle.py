"""Clearing up: logs go some days after their outcome was committed; what keeps a run from starting again stays."""

import os
import time
from pathlib import Path

from tests.executor.host_shell import WAIT_S, HostShell, Run
from tests.servers import wait_until

DAY_S = 86_400


def ended(host: HostShell, key: str, base: str = ".medpro/runs") -> Run:
    run = Run(host, key, base)
    run.launch('echo {} > "$MEDPRO_RESULT_FILE"; echo started >> marks')
    wait_until(lambda: run.status().state == "exited", "the script has ended", WAIT_S)
    return run


def make_old(path: Path) -> None:
    then = time.time() - 30 * DAY_S
    os.utime(path, (then, then))


def committed_long_ago(run: Run) -> Run:
    run.settle()
    make_old(run.directory / "committed")
    return run


def names(run: Run) -> set[str]:
    return {path.name for path in run.directory.iterdir()}


def test_a_run_is_marked_and_keeps_its_log_for_now(host: HostShell) -> None:
    run = ended(host, "fresh")
    assert run.settle(keep_days=1).state == "settled"
    assert {"committed", "log", "result.json", "started", "exit"} <= names(run)


def test_what_was_staged_and_not_used_goes_at_once(run: Run) -> None:
    run.prepare(run.host.script("exit"))
    run.settle()
    assert names(run) == {"committed", "born"}


def test_an_old_committed_runs_log_goes_and_its_tombstone_stays(host: HostShell) -> None:
    old = committed_long_ago(ended(host, "old"))
    ended(host, "fresh").settle()
    assert names(old) >= {"started", "exit", "wrapper", "script"}
    assert names(old).isdisjoint({"log", "result.json", "committed"})


def test_an_old_run_does_not_start_again_after_its_log_is_gone(host: HostShell) -> None:
    old = committed_long_ago(ended(host, "old"))
    ended(host, "fresh").settle()
    assert old.prepare(host.script("echo started >> marks"), nonce="again").state == "exited"
    assert old.start("again").state == "exited"
    assert (host.home / "marks").read_text() == "started\n" * 2


def test_a_fresh_or_uncommitted_log_stays(host: HostShell) -> None:
    uncommitted, fresh = ended(host, "uncommitted"), ended(host, "fresh")
    for path in (uncommitted.directory, *uncommitted.directory.iterdir()):
        make_old(path)
    fresh.settle()
    assert "log" in names(uncommitted) & names(fresh)


def test_the_logs_behind_a_link_are_found_too(host: HostShell) -> None:
    """The run directory may be a link to a larger disk."""
    (host.folder / "large").mkdir()
    (host.home / "runs").symlink_to(host.folder / "large")
    old = committed_long_ago(ended(host, "old", "runs"))
    ended(host, "fresh", "runs").settle()
    assert "log" not in names(old)


def test_a_base_with_blanks_is_cleared_too(host: HostShell) -> None:
    old = committed_long_ago(ended(host, "old", "the runs"))
    ended(host, "fresh", "the runs").settle()
    assert "log" not in names(old)


def test_where_nothing_is_it_makes_nothing(run: Run) -> None:
    assert run.settle().state == "settled"
    assert not run.directory.exists()

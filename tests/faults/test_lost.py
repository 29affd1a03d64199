"""What cannot be known is said to be lost, with the log that exists, and nothing is started a second time."""

import os
import shutil
import signal
from pathlib import Path
from typing import Any

from tests.e2e.conftest import Script
from tests.faults.conftest import Faulty
from tests.servers import MariaDb, Sshd, wait_until

LINES = 30


def begin(faulty: Faulty, script: Script, tmp_path: Path) -> tuple[dict[str, Any], Path]:
    """A run in the middle, and its directory on the host."""
    client = faulty.stack.client
    path = script(f"echo start >> {tmp_path}/starts; for i in $(seq {LINES}); do echo line $i; sleep 0.1; done")
    execution = client.execute(client.job(path))
    client.until(execution["id"], lambda now: now["log_lines"] >= 3)
    runs = faulty.stack.run_directory
    return execution, max(runs.iterdir(), key=lambda directory: (directory / "started").stat().st_mtime_ns)


def wrapper(directory: Path) -> list[str]:
    return (directory / "wrapper").read_text().split()


def check_lost(faulty: Faulty, execution: dict[str, Any], tmp_path: Path, reason: str) -> dict[str, Any]:
    ended: dict[str, Any] = faulty.stack.client.ended(execution["id"])
    summary = ended["result_summary"]
    assert (ended["status"], summary["outcome"], summary["exit_status"]) == ("failed", "lost", None)
    assert reason in summary["reason"]
    lines = faulty.stack.client.lines(execution["id"])
    assert lines == [f"line {number}" for number in range(1, len(lines) + 1)]
    assert (tmp_path / "starts").read_text() == "start\n"
    return ended


def test_a_wrapper_killed_in_mid_run_leaves_the_whole_log_and_an_unknown_result(
    faulty: Faulty, script: Script, tmp_path: Path
) -> None:
    execution, directory = begin(faulty, script, tmp_path)
    os.kill(int(wrapper(directory)[0]), signal.SIGKILL)
    ended = check_lost(faulty, execution, tmp_path, "its wrapper was killed")
    assert ended["log_lines"] == LINES


def test_a_host_that_was_started_anew_has_lost_the_result(
    faulty: Faulty, script: Script, tmp_path: Path, sshd: Sshd
) -> None:
    execution, directory = begin(faulty, script, tmp_path)
    fields = wrapper(directory)
    sshd.kill_with_sessions()
    shown, log = faulty.stack.client.lines(execution["id"]), directory / "log"
    wait_until(lambda: len(log.read_text().splitlines()) > len(shown) + 3, "the script prints what nobody reads")
    os.killpg(int((directory / "script").read_text().split()[0]), signal.SIGKILL)
    os.kill(int(fields[0]), signal.SIGKILL)
    (directory / "exit").unlink(missing_ok=True)
    fields[2] = "another-boot-id"
    (directory / "wrapper").write_text(" ".join(fields) + "\n")
    sshd.start()
    check_lost(faulty, execution, tmp_path, "the host was started anew")
    assert faulty.stack.client.lines(execution["id"]) == log.read_text().splitlines()
    assert len(log.read_text().splitlines()) < LINES


def test_a_run_directory_that_is_gone_is_never_made_again(
    faulty: Faulty, script: Script, tmp_path: Path, sshd: Sshd
) -> None:
    execution, directory = begin(faulty, script, tmp_path)
    sshd.kill_with_sessions()
    shutil.move(directory, tmp_path / "moved away")
    sshd.start()
    check_lost(faulty, execution, tmp_path, "the run directory is gone")
    assert not directory.exists()


def test_another_machine_behind_the_address_is_not_taken_for_the_host(
    faulty: Faulty, script: Script, tmp_path: Path, sshd: Sshd, mariadb: MariaDb
) -> None:
    execution, _ = begin(faulty, script, tmp_path)
    sshd.kill_with_sessions()
    where = f"WHERE id = {execution['id']}"
    mariadb.execute(f"UPDATE {faulty.database}.migration_executions SET launched_on = 'another SHA256:x d' {where}")
    faulty.stack.kill("services.executor")  # a new one asks where the run was launched
    sshd.start()
    faulty.stack.processes["services.executor"].start()
    check_lost(faulty, execution, tmp_path, "another machine answers")

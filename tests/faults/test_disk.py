"""The host's disk is full: nothing is started that could not be recorded, and what runs keeps its exit status."""

from pathlib import Path

from tests.e2e.conftest import Script
from tests.executor.test_launcher_full_disk import fill
from tests.faults.conftest import Faulty
from tests.servers import wait_until


def test_before_the_start_it_is_said_and_nothing_was_started(faulty: Faulty, script: Script, tmp_path: Path) -> None:
    client = faulty.stack.client
    job = client.job(script(f"echo start >> {tmp_path}/starts"))
    filler = fill(faulty.disk)
    try:
        ended = client.ended(client.execute(job, "cramped")["id"])
    finally:
        filler.unlink()
    summary = ended["result_summary"]
    assert (ended["status"], summary["outcome"], summary["exit_status"]) == ("failed", "not_started", None)
    assert "run directory cannot be" in summary["reason"]
    assert ended["script_started_at"] is None
    assert not (tmp_path / "starts").exists()
    assert client.ended(client.execute(job, "cramped")["id"])["status"] == "completed"
    assert (tmp_path / "starts").read_text() == "start\n"


def test_in_mid_run_the_exit_status_is_kept_and_what_was_written_is_there(faulty: Faulty, script: Script) -> None:
    client = faulty.stack.client
    # `seq` fails when it cannot write; the script goes on, as scripts do, and ends with a status of its own.
    text = "for i in 1 2 3; do echo line $i; done; seq -f 'line %.0f of many' 100000; exit 7"
    known = set(runs(faulty.disk))
    execution = client.execute(client.job(script(text)), "cramped")
    wait_until(lambda: set(runs(faulty.disk)) > known, "its run directory is there")
    (directory,) = set(runs(faulty.disk)) - known
    ended = client.ended(execution["id"])
    log = (directory / "log").read_bytes()
    (directory / "log").unlink()  # there is room again for other tests
    summary = ended["result_summary"]
    assert (ended["status"], summary["outcome"], summary["exit_status"]) == ("failed", "exit_status", 7)
    assert 100_000 < len(log) < 512 * 1024
    assert client.lines(ended["id"]) == log.decode().splitlines()


def runs(disk: Path) -> list[Path]:
    return list((disk / "runs").iterdir()) if (disk / "runs").exists() else []

"""A full disk: nothing is started that could not be recorded, and what runs is recorded to its end.

Needs root, for a small file system of its own; without it these tests fail.
"""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.executor.host_shell import WAIT_S, HostShell, Run, lines
from tests.servers import wait_until


@pytest.fixture
def disk(host: HostShell) -> Iterator[Path]:
    disk = host.home / "small"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", disk], check=True)
    yield disk
    host.kill_all()
    subprocess.run(["umount", disk], check=True)


@pytest.fixture
def run(host: HostShell, disk: Path) -> Run:
    return Run(host, base="small/runs")


@pytest.fixture
def marks(host: HostShell) -> Path:
    return host.home / "marks"


@pytest.fixture
def script(host: HostShell) -> Path:
    return host.script("echo started >> marks")


def fill(disk: Path) -> Path:
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            return filler


def test_before_prepare_it_is_an_error_and_later_one_start(run: Run, disk: Path, script: Path, marks: Path) -> None:
    filler = fill(disk)
    assert run.prepare(script).facts["why"] == "no-space"
    assert run.start().state == "staged"
    assert lines(marks) == []
    filler.unlink()
    assert run.prepare(script, nonce="second").state == "staged"
    run.start("second")
    assert lines(marks) == ["started"]


def test_between_prepare_and_start_nothing_runs_that_cannot_be_recorded(
    run: Run, disk: Path, script: Path, marks: Path
) -> None:
    run.prepare(script)
    filler = fill(disk)
    run.starting()
    wait_until(lambda: not (run.directory / "launch.first").exists(), "the wrapper has given up", WAIT_S)
    assert lines(marks) == []
    filler.unlink()
    run.prepare(script, nonce="second")
    run.start("second")
    assert len(lines(marks)) <= 1


def test_a_script_that_fills_the_disk_keeps_its_exit_status(run: Run, disk: Path) -> None:
    run.launch("head -c 2000000 /dev/zero; exit 7")
    wait_until(lambda: run.status().state == "exited", "the end is recorded", WAIT_S)
    report = run.status().report
    assert report.exit_status == 7
    assert report.size_bytes == (run.directory / "log").stat().st_size > 300_000


def test_a_script_that_filled_the_disk_can_be_stopped_and_is_marked(run: Run, disk: Path) -> None:
    run.launching("head -c 2000000 /dev/zero; touch ready; while :; do sleep 0.05; done")
    report = run.cancel()
    assert (report.state, report.exit_status, report.stopped_as) == ("exited", 143, "cancelled")

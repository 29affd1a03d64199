"""Starting: prepared means that nothing runs yet, and however often and by whomever it is started, it runs once."""

import shutil
import stat
from pathlib import Path

import pytest

from tests.executor.host_shell import HostShell, Run, lines
from tests.servers import wait_until

LEAVES_A_MARK = "echo started >> marks; echo done"


@pytest.fixture
def marks(host: HostShell) -> Path:
    """Each run of the script appends a line."""
    return host.home / "marks"


@pytest.fixture
def script(host: HostShell) -> Path:
    return host.script(LEAVES_A_MARK)


def test_prepare_stages_and_runs_nothing(run: Run, script: Path, marks: Path) -> None:
    assert run.prepare(script).state == "staged"
    assert run.status().state == "staged"
    assert not (run.directory / "started").exists()
    assert not marks.exists()


def test_start_runs_the_script_and_gives_its_bytes(run: Run, script: Path, marks: Path) -> None:
    run.prepare(script)
    assert run.start().output == b"done\n"
    assert lines(marks) == ["started"]


def test_the_run_directory_is_for_its_owner_only(run: Run, script: Path) -> None:
    run.prepare(script)
    run.start()
    made = [run.directory, *run.directory.rglob("*")]
    assert [path for path in made if stat.S_IMODE(path.stat().st_mode) & 0o077] == []


def test_the_script_has_the_umask_of_the_login(run: Run) -> None:
    own_umask = run.host.feed(b"umask").communicate()[0].strip()
    assert run.launch("umask").output.strip()[-3:] == own_umask[-3:]


def test_an_absolute_base_with_blanks_and_quotes_is_used_as_it_is(host: HostShell, script: Path) -> None:
    run = Run(host, base=str(host.folder / "it's a $(touch bad) base"))
    run.prepare(script)
    assert run.start().output == b"done\n"
    assert not (host.home / "bad").exists()


def test_eight_starts_at_once_are_one_start(run: Run, script: Path, marks: Path) -> None:
    run.prepare(script)
    answers = [pending.answer() for pending in [run.starting() for _ in range(8)]]
    assert {answer.state for answer in answers} <= {"running", "exited", "starting"}
    wait_until(lambda: run.status().state == "exited", "the script has ended")
    assert lines(marks) == ["started"]
    assert run.status().report.exit_status == 0


def test_a_start_that_is_repeated_later_starts_nothing(run: Run, script: Path, marks: Path) -> None:
    run.prepare(script)
    run.start()
    again = run.start()
    assert (again.state, again.output) == ("exited", b"done\n")
    assert lines(marks) == ["started"]


def test_preparing_again_after_the_start_stages_nothing(run: Run, script: Path, marks: Path) -> None:
    run.prepare(script)
    run.start()
    assert run.prepare(script, nonce="second").state == "exited"
    assert run.start("second").state == "exited"
    assert lines(marks) == ["started"]


def test_two_executors_make_one_start(run: Run, script: Path, marks: Path) -> None:
    run.prepare(script, nonce="first")
    run.prepare(script, nonce="second")
    for pending in [run.starting("first"), run.starting("second")]:
        pending.answer()
    wait_until(lambda: run.status().state == "exited", "the script has ended")
    assert lines(marks) == ["started"]
    assert run.status().report.exit_status == 0


def test_restage_never_makes_a_directory(run: Run, script: Path, marks: Path) -> None:
    assert run.prepare(script, create=False).state == "absent"
    assert run.start().state == "absent"
    assert not run.directory.exists()
    assert not marks.exists()


def test_restage_stages_where_the_directory_is(run: Run, script: Path, marks: Path) -> None:
    run.prepare(script)
    assert run.prepare(script, nonce="second", create=False).state == "staged"
    assert run.start("second").output == b"done\n"
    assert lines(marks) == ["started"]


def test_following_what_is_only_staged_does_not_start_it(run: Run, script: Path, marks: Path) -> None:
    run.prepare(script)
    assert run.follow().state == "staged"
    assert not marks.exists()


@pytest.mark.parametrize("kind", ["missing", "not executable", "directory"])
def test_a_script_that_cannot_run_is_an_error_before_any_claim(run: Run, script: Path, kind: str) -> None:
    if kind == "directory":
        script.unlink()
        script.mkdir()
    elif kind == "missing":
        script.unlink()
    else:
        script.chmod(0o644)
    report = run.prepare(script)
    expected = "script-missing" if kind == "missing" else "script-not-executable"
    assert (report.state, report.facts["why"]) == ("error", expected)
    assert list(run.directory.iterdir()) == [run.directory / "born"]


def test_a_run_directory_made_again_is_another(host: HostShell) -> None:
    run = Run(host)
    script = host.script("exit")
    before = run.prepare(script).directory
    assert before
    assert run.prepare(script).directory == before
    shutil.rmtree(run.directory)
    assert run.prepare(script, nonce="another").directory not in ("", before)

"""The launcher's text cut short, as by a connection that is lost while it is sent, does nothing at all."""

from collections.abc import Iterator

from services.executor.launcher import Operation
from tests.executor.host_shell import HostShell, Run

STEP_BYTES = 50
AT_ONCE = 8


def cut(operation: Operation) -> Iterator[bytes]:
    whole = len(operation.text) - len(b"}\n")
    for end in (*range(1, whole, STEP_BYTES), whole):
        yield operation.text[:end]


def feed_all(host: HostShell, texts: Iterator[bytes]) -> None:
    pending = []
    for text in texts:
        pending.append(host.feed(text))
        if len(pending) == AT_ONCE:
            pending.pop(0).communicate(timeout=10)
    for process in pending:
        process.communicate(timeout=10)


def test_a_prepare_that_is_cut_anywhere_makes_nothing(run: Run) -> None:
    script = run.host.script("touch ran")
    feed_all(run.host, cut(run.preparing(script, "it's", "$(touch ran)", "\ntouch ran\n")))
    assert list(run.host.home.iterdir()) == [script]
    assert list(run.host.spare.iterdir()) == []


def test_a_start_that_is_cut_anywhere_starts_nothing(run: Run) -> None:
    run.prepare(run.host.script("touch ran"))
    before = sorted(run.directory.iterdir())
    feed_all(run.host, cut(run.launcher.start("first", 0)))
    assert sorted(run.directory.iterdir()) == before
    assert not (run.host.home / "ran").exists()


def test_a_cancel_that_is_cut_anywhere_claims_nothing(run: Run) -> None:
    run.prepare(run.host.script("touch ran"))
    feed_all(run.host, cut(run.launcher.cancel("cancelled", 5)))
    assert run.start().state in {"running", "exited"}
    assert (run.host.home / "ran").exists()

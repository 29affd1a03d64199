"""The transitions of docs/protocol.md, one after another, against the functions that make them."""

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import pytest
from sqlalchemy import Engine

from proto.problems import Rejected
from proto.requests import Attach, CancelExecution, End, ForsakeRun, Heartbeat, Launch
from proto.runs import Ending, RunEnd
from schema.tables import MigrationExecution
from services.logsink import executions, ingest, runs
from services.logsink.events import _due
from services.logsink.ingest import Chunk, Verdict
from tests.protocol.database import EXECUTION, insert_execution, load_execution, open_memory, transaction
from tests.protocol.loop import BEGAN

T = TypeVar("T")
LOG = b"one\ntwo\nthree"
PHASES = ("queued", "connecting", "launched", "running", "ending")
NOT_LAUNCHED, LAUNCHED = PHASES[:2], PHASES[2:]


class Table:
    """The events of the table, each as one transaction; `row` is the execution after the last one."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        insert_execution(engine)

    @property
    def row(self) -> MigrationExecution:
        return load_execution(self._engine)

    @property
    def outcome(self) -> str | None:
        return self.row.result_summary["outcome"] if self.row.result_summary else None

    @property
    def events(self) -> list[str]:
        return [name for _, name in _due(self.row)]

    def attach(self) -> Any:
        return self._do(lambda session: runs.attach(session, Attach(execution_id=EXECUTION)))[0]

    def launch(self, host: str = "m key") -> Any:
        return self._do(lambda session: runs.launch(session, Launch(execution_id=EXECUTION, host=host)))[0]

    def beat(self, **known: Any) -> Any:
        heartbeat = Heartbeat(execution_id=EXECUTION, **known)
        return runs.standing(self._do(lambda session: runs.heartbeat(session, heartbeat)))

    def say_end(self, ending: Ending) -> Any:
        request = End(execution_id=EXECUTION, end=RunEnd(ending=ending))
        return self._do(lambda session: runs.end(session, request))[0]

    def forsake(self) -> None:
        self._do(lambda session: runs.forsake(session, ForsakeRun(execution_id=EXECUTION)))

    def cancel(self) -> None:
        self._do(lambda session: executions.cancel_execution(session, CancelExecution(id=EXECUTION)))

    def chunk(self, offset: int, data: bytes) -> Verdict:
        chunk = Chunk(offset, data, BEGAN)
        return self._do(lambda session: ingest.keep_chunks(session, EXECUTION, [chunk])).verdict

    def end(self, ending: Ending = "exited", status: int | None = 0, total_bytes: int | None = len(LOG)) -> Verdict:
        end = RunEnd(ending=ending, exit_status=status, total_bytes=total_bytes)
        return self._do(lambda session: ingest.keep_end(session, EXECUTION, end, BEGAN)).verdict

    def to(self, phase: str) -> None:
        steps: list[Callable[[], object]] = [
            self.attach, self.launch, lambda: self.beat(script_age_ms=5), self.end,
        ]  # fmt: skip
        for step in steps[: PHASES.index(phase)]:
            step()
        assert self.row.phase == phase

    def _do(self, work: Callable[[Any], Awaitable[T]]) -> T:
        with transaction(self._engine) as session:
            return at_once(work(session))


def at_once(work: Awaitable[T]) -> T:
    """Runs what never waits."""
    assert isinstance(work, Coroutine)
    try:
        work.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    raise AssertionError("it waits")


@pytest.fixture(scope="module")
def engine() -> Engine:
    return open_memory()


@pytest.fixture
def table(engine: Engine) -> Table:
    return Table(engine)


def test_the_first_to_attach_makes_it_connecting(table: Table) -> None:
    assert not table.attach().ended
    assert (table.row.phase, table.events) == ("connecting", ["requested"])


@pytest.mark.parametrize("phase", PHASES[1:])
def test_attaching_later_changes_no_phase(table: Table, phase: str) -> None:
    table.to(phase)
    attachment = table.attach()
    assert (table.row.phase, attachment.committed_bytes) == (phase, 0)
    assert attachment.launched_on == (None if phase in NOT_LAUNCHED else "m key")


@pytest.mark.parametrize("phase", NOT_LAUNCHED)
def test_the_first_launch_is_granted_and_names_the_host(table: Table, phase: str) -> None:
    table.to(phase)
    assert table.launch().granted
    assert (table.row.phase, table.row.launched_on) == ("launched", "m key")


@pytest.mark.parametrize("phase", LAUNCHED)
def test_a_later_launch_is_granted_for_the_same_host_only_and_changes_nothing(table: Table, phase: str) -> None:
    table.to(phase)
    assert table.launch().granted
    other = table.launch("n key")
    assert (other.granted, other.launched_on, table.row.phase) == (False, "m key", phase)


@pytest.mark.parametrize("phase", PHASES[1:3])
def test_a_heartbeat_that_saw_the_script_makes_it_running(table: Table, phase: str) -> None:
    table.to(phase)
    assert not table.beat(script_age_ms=5).ended
    assert (table.row.phase, table.events) == ("running", ["requested", "started"])


def test_an_unreachable_host_is_shown_and_changes_no_phase(table: Table) -> None:
    table.to("running")
    table.beat(unreachable_for_ms=100, unreachable_reason="away")
    assert (table.row.phase, table.row.unreachable_reason) == ("running", "away")
    table.beat()
    assert (table.row.unreachable_since, table.row.unreachable_reason) == (None, None)


@pytest.mark.parametrize("phase", NOT_LAUNCHED)
def test_cancelling_before_the_launch_ends_it_and_launch_refuses(table: Table, phase: str) -> None:
    table.to(phase)
    table.cancel()
    assert (table.row.status, table.outcome) == ("failed", "cancelled")
    assert table.events == ["requested", "cancelling", "failed"]
    refused = table.launch()
    assert (refused.granted, refused.ended, refused.launched_on) == (False, True, None)


@pytest.mark.parametrize("phase", LAUNCHED)
def test_cancelling_after_the_launch_is_asked_for_and_heard_by_heartbeat_and_attach(table: Table, phase: str) -> None:
    table.to(phase)
    table.cancel()
    assert (table.row.status, table.row.phase) == ("running", phase)
    assert "cancelling" in table.events
    assert table.beat().cancel_requested
    assert table.attach().cancel_requested
    assert not table.launch().granted


@pytest.mark.parametrize("phase", NOT_LAUNCHED)
def test_not_started_is_taken_before_the_launch(table: Table, phase: str) -> None:
    table.to(phase)
    assert table.say_end("not_started").ended
    assert (table.row.status, table.outcome) == ("failed", "not_started")
    assert not table.launch().granted


@pytest.mark.parametrize("phase", LAUNCHED)
def test_not_started_is_refused_after_the_launch(table: Table, phase: str) -> None:
    table.to(phase)
    with pytest.raises(Rejected, match="launched"):
        table.say_end("not_started")
    assert table.row.status == "running"


def test_bytes_are_kept_from_the_committed_offset_on(table: Table) -> None:
    table.to("running")
    assert table.chunk(4, LOG[4:]) is Verdict.AHEAD
    assert table.chunk(0, LOG[:6]) is Verdict.KEPT
    assert table.chunk(0, LOG[:5]) is Verdict.KNOWN
    assert table.chunk(3, LOG[3:]) is Verdict.KEPT
    assert (table.row.log_bytes, table.row.log_lines, table.row.phase) == (len(LOG), 2, "running")


def test_the_end_before_the_last_byte_makes_it_ending_and_the_last_byte_ends_it(table: Table) -> None:
    table.to("running")
    assert table.end() is Verdict.KEPT
    assert (table.row.status, table.row.phase) == ("running", "ending")
    assert table.chunk(0, LOG + b"\nof a stray child") is Verdict.KEPT
    assert (table.row.status, table.outcome, table.row.log_lines) == ("completed", "succeeded", 3)
    assert table.events == ["requested", "started", "completed"]


def test_the_end_after_the_last_byte_ends_it_at_once(table: Table) -> None:
    table.to("running")
    table.chunk(0, LOG)
    assert table.end(status=3) is Verdict.KEPT
    assert (table.row.status, table.row.phase, table.outcome) == ("failed", None, "exit_status")


def test_the_first_end_stays(table: Table) -> None:
    table.to("ending")
    assert table.end(status=3, total_bytes=0) is Verdict.KNOWN
    table.chunk(0, LOG)
    assert table.outcome == "succeeded"


@pytest.mark.parametrize(
    ("ending", "status", "outcome"),
    [("exited", 0, "succeeded"), ("exited", 3, "exit_status"), ("exited", 137, "signal"), ("exited", None, "lost"),
     ("cancelled", 143, "cancelled"), ("timed_out", 143, "timed_out"), ("lost", None, "lost")],
)  # fmt: skip
def test_every_ending_has_its_outcome(table: Table, ending: Ending, status: int | None, outcome: str) -> None:
    table.to("running")
    table.end(ending, status, total_bytes=None)
    assert (table.outcome, table.row.status) == (outcome, "completed" if outcome == "succeeded" else "failed")


@pytest.mark.parametrize("phase", NOT_LAUNCHED)
def test_without_its_environment_what_is_not_launched_ends_as_not_started(table: Table, phase: str) -> None:
    table.to(phase)
    table.forsake()
    assert (table.row.status, table.outcome) == ("failed", "not_started")


@pytest.mark.parametrize("phase", LAUNCHED)
def test_without_its_environment_what_is_launched_stays_until_an_operator_ends_it(table: Table, phase: str) -> None:
    table.to(phase)
    table.forsake()
    assert (table.row.status, table.row.unreachable_reason) == ("running", runs.ENVIRONMENT_GONE)
    table.cancel()
    table.forsake()
    assert (table.row.status, table.outcome) == ("failed", "lost")


def test_nothing_changes_what_has_ended(table: Table) -> None:
    table.to("running")
    table.chunk(0, LOG)
    table.end()
    before = (table.row.status, table.row.result_summary, table.row.log_lines, table.row.log_bytes)
    assert table.attach().ended
    assert table.beat(script_age_ms=1).ended
    assert table.say_end("lost").ended
    assert table.chunk(len(LOG), b"more") is Verdict.KNOWN
    assert table.end(status=3) is Verdict.KNOWN
    assert not table.launch().granted
    table.cancel()
    table.forsake()
    assert (table.row.status, table.row.result_summary, table.row.log_lines, table.row.log_bytes) == before
    assert table.row.phase is None

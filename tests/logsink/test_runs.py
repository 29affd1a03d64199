"""What executors may do with a run: the permission to launch is given once, and an ending is only what is known."""

from datetime import timedelta

import pytest

from proto.problems import Rejected
from proto.requests import Attach, CancelExecution, End, ForsakeRun, Heartbeat, Launch
from proto.runs import Launched, RunEnd
from proto.times import now
from schema.engine import Database
from schema.execution_view import execution_view
from schema.tables import MigrationExecution
from services.logsink import executions, runs
from services.logsink.ingest import Chunk, keep_chunks
from tests.logsink.conftest import Insert


async def launch(database: Database, execution_id: int, host: str) -> Launched:
    request = Launch(execution_id=execution_id, host=host)
    launched, _ = await database.write(lambda session: runs.launch(session, request))
    return launched


async def forsake(database: Database, execution_id: int) -> MigrationExecution:
    request = ForsakeRun(execution_id=execution_id)
    _, row = await database.write(lambda session: runs.forsake(session, request))
    return row


async def cancel(database: Database, execution_id: int) -> MigrationExecution:
    request = CancelExecution(id=execution_id)
    return await database.write(lambda session: executions.cancel_execution(session, request))


async def heartbeat(database: Database, execution_id: int, age_ms: int) -> MigrationExecution:
    beat = Heartbeat(execution_id=execution_id, script_age_ms=age_ms)
    return await database.write(lambda session: runs.heartbeat(session, beat))


def outcome(row: MigrationExecution) -> str:
    assert row.result_summary is not None
    return str(row.result_summary["outcome"])


async def test_launching_is_granted_for_one_host_and_again_for_the_same(
    database: Database, insert_execution: Insert
) -> None:
    execution_id = await insert_execution()
    assert (await launch(database, execution_id, "a")).granted
    assert (await launch(database, execution_id, "a")).granted
    other = await launch(database, execution_id, "b")
    assert (other.granted, other.launched_on) == (False, "a")


async def test_a_cancelled_execution_ends_at_once_and_is_never_launched(
    database: Database, insert_execution: Insert
) -> None:
    execution_id = await insert_execution()
    row = await cancel(database, execution_id)
    assert (row.status, outcome(row)) == ("failed", "cancelled")
    refused = await launch(database, execution_id, "a")
    assert (refused.granted, refused.ended) == (False, True)


async def test_a_launched_execution_is_only_asked_to_stop(database: Database, insert_execution: Insert) -> None:
    execution_id = await insert_execution()
    await launch(database, execution_id, "a")
    row = await cancel(database, execution_id)
    assert row.status == "running"
    attachment, _ = await database.write(lambda session: runs.attach(session, Attach(execution_id=execution_id)))
    assert attachment.cancel_requested


async def test_a_launched_run_is_never_called_not_started(database: Database, insert_execution: Insert) -> None:
    execution_id = await insert_execution()
    await launch(database, execution_id, "a")
    end = End(execution_id=execution_id, end=RunEnd(ending="not_started", reason="so it seems"))
    with pytest.raises(Rejected):
        await database.write(lambda session: runs.end(session, end))


async def test_an_execution_whose_environment_is_gone_is_not_started(
    database: Database, insert_execution: Insert
) -> None:
    row = await forsake(database, await insert_execution())
    assert (row.status, outcome(row)) == ("failed", "not_started")


async def test_a_launched_one_stays_running_until_an_operator_ends_it_as_lost(
    database: Database, insert_execution: Insert
) -> None:
    execution_id = await insert_execution()
    await launch(database, execution_id, "a")
    row = await forsake(database, execution_id)
    assert row.status == "running"
    assert row.unreachable_since is not None
    assert row.unreachable_reason == runs.ENVIRONMENT_GONE
    await cancel(database, execution_id)
    row = await forsake(database, execution_id)
    assert (row.status, outcome(row)) == ("failed", "lost")


async def test_the_script_s_start_is_counted_back_from_its_age_once(
    database: Database, insert_execution: Insert
) -> None:
    execution_id = await insert_execution()
    await launch(database, execution_id, "a")
    starts = set()
    for age_ms in (0, 5000):
        row = await heartbeat(database, execution_id, age_ms)
        starts.add(row.script_started_at)
        assert row.phase == "running"
    assert len(starts) == 1


async def test_an_estimate_is_kept_when_the_run_fails_and_gives_way_without_falling(
    database: Database, insert_execution: Insert
) -> None:
    ended = now() - timedelta(hours=1)
    await insert_execution(status="completed", script_started_at=ended - timedelta(seconds=100), completed_at=ended)
    execution_id = await insert_execution(started_at=ended)
    await launch(database, execution_id, "a")
    row = await heartbeat(database, execution_id, 40_000)
    assert (row.progress, row.progress_origin) == (40, "estimated")
    chunk = Chunk(0, b"Processed 10/100 patients\nProcessed 11/100 patients\n", now())
    kept = await database.write(lambda session: keep_chunks(session, execution_id, [chunk]))
    assert kept.row is not None
    assert (kept.row.progress, kept.row.progress_origin) == (40, "detected")
    row = await heartbeat(database, execution_id, 90_000)
    assert (row.progress, row.progress_origin) == (40, "detected")


async def test_nothing_is_estimated_where_earlier_runs_told_their_progress(
    database: Database, insert_execution: Insert
) -> None:
    ended = now() - timedelta(hours=1)
    started = ended - timedelta(seconds=100)
    await insert_execution(
        status="completed", script_started_at=started, completed_at=ended, progress_origin="detected"
    )
    execution_id = await insert_execution()
    await launch(database, execution_id, "a")
    assert (await heartbeat(database, execution_id, 40_000)).progress_origin is None


async def test_a_cancel_that_nobody_has_confirmed_says_why(database: Database, insert_execution: Insert) -> None:
    execution_id = await insert_execution()
    await launch(database, execution_id, "a")
    assert execution_view(await cancel(database, execution_id)).cancel_note is None
    away = Heartbeat(execution_id=execution_id, unreachable_for_ms=5000, unreachable_reason="connection refused")
    row = await database.write(lambda session: runs.heartbeat(session, away))
    assert "cannot be reached" in (execution_view(row).cancel_note or "")
    silent = await insert_execution(
        launched_on="a", cancel_requested_at=now(), last_seen_at=now() - timedelta(seconds=40)
    )
    row = await database.read(lambda session: session.get_one(MigrationExecution, silent))
    assert "no executor has spoken of this run for 40 s" in (execution_view(row).cancel_note or "")

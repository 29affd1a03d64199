"""Ingest: whatever order, repetition or overlap log messages come in, rows are a gapless prefix of the log."""

from datetime import UTC, datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from proto.runs import RunEnd
from schema.engine import Database
from services.logsink.ingest import Chunk, Kept, Verdict, keep_chunks, keep_end
from tests.logsink.conftest import Insert, stored_lines

READ_AT = datetime(2026, 11, 22, 10, tzinfo=UTC)
LOG = b"".join(b"line %d\n" % number for number in range(40)) + b"unfinished"
LINES = [*(f"line {number}" for number in range(40)), "unfinished"]
EXITED = RunEnd(ending="exited", exit_status=0, total_bytes=len(LOG))


async def chunk(database: Database, execution_id: int, offset: int, data: bytes) -> Kept:
    return await database.write(lambda session: keep_chunks(session, execution_id, [Chunk(offset, data, READ_AT)]))


async def end(database: Database, execution_id: int, how: RunEnd = EXITED) -> Kept:
    return await database.write(lambda session: keep_end(session, execution_id, how, READ_AT))


async def test_a_repeated_chunk_is_known(database: Database, insert_execution: Insert) -> None:
    execution_id = await insert_execution()
    assert (await chunk(database, execution_id, 0, LOG[:100])).verdict is Verdict.KEPT
    assert (await chunk(database, execution_id, 0, LOG[:100])).verdict is Verdict.KNOWN


async def test_a_chunk_beyond_a_gap_is_not_kept(database: Database, insert_execution: Insert) -> None:
    execution_id = await insert_execution()
    kept = await chunk(database, execution_id, 5, LOG[5:])
    assert kept.verdict is Verdict.AHEAD
    assert await stored_lines(database, execution_id) == []


async def test_the_status_waits_for_the_last_byte(database: Database, insert_execution: Insert) -> None:
    execution_id = await insert_execution()
    await chunk(database, execution_id, 0, LOG[:50])
    early = await end(database, execution_id)
    assert early.row is not None
    assert (early.row.status, early.row.phase) == ("running", "ending")
    late = await chunk(database, execution_id, 50, LOG[50:])
    assert late.row is not None
    assert (late.row.status, late.row.progress, late.row.running_key) == ("completed", 100, None)
    assert await stored_lines(database, execution_id) == LINES


async def test_bytes_after_the_end_are_cut(database: Database, insert_execution: Insert) -> None:
    execution_id = await insert_execution()
    await end(database, execution_id)
    await chunk(database, execution_id, 0, LOG + b"\nwritten by a child after the end\n")
    assert await stored_lines(database, execution_id) == LINES


async def test_the_first_ending_that_is_reported_stays(database: Database, insert_execution: Insert) -> None:
    execution_id = await insert_execution()
    await end(database, execution_id, RunEnd(ending="exited", exit_status=3, total_bytes=0))
    kept = await end(database, execution_id, RunEnd(ending="lost", total_bytes=0))
    assert kept.verdict is Verdict.KNOWN
    assert kept.row is not None
    assert kept.row.result_summary is not None
    assert kept.row.result_summary["exit_status"] == 3


async def test_a_message_for_no_execution_is_unknown(database: Database, insert_execution: Insert) -> None:
    await insert_execution()
    assert (await chunk(database, 99, 0, b"x")).verdict is Verdict.UNKNOWN
    assert (await end(database, 99)).verdict is Verdict.UNKNOWN


async def test_beyond_the_limit_lines_are_read_but_not_stored(database: Database, insert_execution: Insert) -> None:
    execution_id = await insert_execution(max_log_bytes=100)
    await chunk(database, execution_id, 0, LOG[:90])
    await chunk(database, execution_id, 90, LOG[90:200])
    await chunk(database, execution_id, 200, LOG[200:])
    kept = await end(database, execution_id)
    assert kept.row is not None
    assert (kept.row.status, kept.row.log_bytes) == ("completed", len(LOG))
    lines = await stored_lines(database, execution_id)
    assert lines[:5] == LINES[:5]
    assert "longer than 100 bytes" in lines[-1]
    assert "longer than 100 bytes" in (kept.row.result_summary or {})["message"]
    assert len(lines) == kept.row.log_lines < len(LINES)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
async def test_any_order_and_overlap_gives_the_same_rows(
    database: Database, insert_execution: Insert, data: st.DataObject
) -> None:
    execution_id = await insert_execution()
    spans = st.tuples(st.integers(0, len(LOG)), st.integers(0, len(LOG)))
    for first, last in data.draw(st.lists(spans, max_size=12)):
        await chunk(database, execution_id, min(first, last), LOG[min(first, last) : max(first, last)])
        if data.draw(st.booleans()):
            await end(database, execution_id)
        lines = await stored_lines(database, execution_id)
        assert lines == LINES[: len(lines)]
    await end(database, execution_id)
    kept = await chunk(database, execution_id, 0, LOG)
    assert kept.row is not None
    assert kept.row.status == "completed"
    assert await stored_lines(database, execution_id) == LINES

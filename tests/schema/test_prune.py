"""Retention removes the lines of old executions, in small steps, and nothing else."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from proto.requests import ReadLog
from proto.times import now
from schema import prune as module
from schema.engine import Database
from schema.prune import age, prune
from schema.tables import MigrationExecution, MigrationLog
from services.logsink.ingest import Chunk, keep_chunks
from services.logsink.log_pages import read_log
from tests.logsink.conftest import Insert, either_database, insert_execution

__all__ = ["either_database", "insert_execution"]
LINES = 25


@pytest.fixture
def database(either_database: Database) -> Database:
    return either_database


async def with_lines(database: Database, insert: Insert, **columns: object) -> int:
    execution_id = await insert()
    log = b"".join(b"line %d\n" % number for number in range(LINES))
    await database.write(lambda session: keep_chunks(session, execution_id, [Chunk(0, log, now())]))

    async def end(session: object) -> None:
        row = await session.get_one(MigrationExecution, execution_id)  # type: ignore[attr-defined]  # a session
        for name, value in columns.items():
            setattr(row, name, value)

    await database.write(end)
    return execution_id


async def lines(database: Database) -> dict[int, int]:
    query = select(MigrationLog.execution_id, func.count()).group_by(MigrationLog.execution_id)
    found = await database.read(lambda session: session.execute(query))
    return {execution_id: count for execution_id, count in found}  # noqa: C416 - rows, of two columns


async def test_lines_of_old_ended_executions_go_and_everything_else_stays(
    database: Database, insert_execution: Insert, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LINES_AT_ONCE", 10)
    long_ago, lately = now() - timedelta(days=200), now() - timedelta(days=100)
    old = await with_lines(database, insert_execution, status="completed", completed_at=long_ago)
    new = await with_lines(database, insert_execution, status="failed", completed_at=lately)
    running = await with_lines(database, insert_execution)
    said: list[str] = []
    assert await prune(database, age("180d"), said.append, dry_run=True) == LINES
    assert await lines(database) == {old: LINES, new: LINES, running: LINES}
    assert await prune(database, age("180d"), said.append, dry_run=False) == LINES
    assert await lines(database) == {new: LINES, running: LINES}
    page = await database.read(lambda session: read_log(session, ReadLog(id=old)))
    assert (page.items, page.log_complete) == ([], True)
    row = await database.read(lambda session: session.get_one(MigrationExecution, old))
    assert (row.status, row.log_lines, row.log_bytes > 0) == ("completed", 0, True)
    assert "removed" in (row.progress_message or "")
    assert await prune(database, age("180d"), said.append, dry_run=False) == 0


@pytest.mark.parametrize("text", ["", "180", "d", "-1d", "1w", "1.5d"])
def test_what_is_no_age_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="180d or 12h"):
        age(text)

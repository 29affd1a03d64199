"""Retention: lines of old executions go, the executions stay. Small transactions, so that nobody waits for it.

Beside running services, at any time, and again: what was interrupted is finished by the next call.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from proto.times import now
from schema.engine import Database
from schema.tables import MigrationExecution, MigrationLog, log_id

LINES_AT_ONCE = 5000
EXECUTIONS_AT_ONCE = 100


@dataclass(frozen=True)
class Old:
    """An execution that ended before the limit and has lines."""

    execution_id: int
    lines: int


def age(text: str) -> timedelta:
    """`180d`, `12h`. Raises ValueError."""
    found = re.fullmatch(r"(\d{1,6})([dh])", text)
    if found is None:
        raise ValueError(f"{text!r} is no age: write 180d or 12h")
    return timedelta(days=int(found[1])) if found[2] == "d" else timedelta(hours=int(found[1]))


async def prune(database: Database, older_than: timedelta, say: Callable[[str], None], *, dry_run: bool) -> int:
    """The number of lines that were, or would be, removed. Raises Unavailable."""
    limit, after_id, removed = now() - older_than, 0, 0
    while found := await database.read(partial(_old, limit, after_id)):
        for old in found:
            if not dry_run:
                await _remove(database, old)
            removed += old.lines
            say(f"execution {old.execution_id}: {old.lines} lines{' would go' if dry_run else ' removed'}")
        after_id = found[-1].execution_id
    return removed


async def _old(limit: datetime, after_id: int, session: AsyncSession) -> list[Old]:
    row = MigrationExecution
    query = (
        select(row.id, row.log_lines)
        .where(row.id > after_id, row.status != "running", row.completed_at < limit, row.log_lines > 0)
        .order_by(row.id)
        .limit(EXECUTIONS_AT_ONCE)
    )
    return [Old(found.id, found.log_lines) for found in await session.execute(query)]


async def _remove(database: Database, old: Old) -> None:
    """From the end on: what is left of an interrupted one is still a log without gaps. The row says it last."""
    for last in range(old.lines, 0, -LINES_AT_ONCE):
        first = max(1, last - LINES_AT_ONCE + 1)
        await database.write(partial(_remove_lines, old.execution_id, first, last))


async def _remove_lines(execution_id: int, first: int, last: int, session: AsyncSession) -> None:
    ids = MigrationLog.id.between(log_id(execution_id, first), log_id(execution_id, last))
    await session.execute(delete(MigrationLog).where(ids))
    left = {"log_lines": first - 1, "progress_message": f"lines of the log were removed on {now():%Y-%m-%d}"}
    await session.execute(update(MigrationExecution).where(MigrationExecution.id == execution_id).values(left))

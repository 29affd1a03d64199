"""Public events: published after the commit that made them true, then marked in the row; the sweep publishes the rest.

`announced` holds a bit for each event of a run's life. The last bit is that of its end, so that rows with something
left to announce are those below it.
"""

import time
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

import msgspec
import structlog
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bus.connection import Bus
from bus.publish import publish
from proto import subjects
from proto.events import EventName, ExecutionEvent, ce_headers
from proto.times import now, rfc3339
from schema.engine import Database
from schema.execution_view import result_of
from schema.tables import LIGHT, MigrationExecution

REQUESTED, STARTED, CANCELLING, ENDED = 1, 2, 4, 8
PROGRESS_AT_MOST_EVERY_S = 1.0
AT_ONCE = 100
log = structlog.get_logger()
REMEMBER_AT_MOST = 10_000


@dataclass
class Announcer:
    """Publishes what is due for an execution. Every event has a deterministic id, so publishing twice is harmless."""

    bus: Bus
    database: Database
    progress_told_at: dict[int, float] = field(default_factory=dict)

    async def announce(self, row: MigrationExecution) -> None:
        """Raises Unavailable; what was not marked is published again by the sweep."""
        due = [(bit, name) for bit, name in _due(row) if not row.announced & bit]
        if not due:
            return
        for _, name in due:
            await self._publish(row, name, f"execution-{row.id}-{name}")
        log.info("announced", execution_id=row.id, events=[name for _, name in due])
        bits = sum(bit for bit, _ in due)

        async def mark(session: AsyncSession) -> None:
            announced = MigrationExecution.announced.bitwise_or(bits)
            await session.execute(
                update(MigrationExecution).where(MigrationExecution.id == row.id).values(announced=announced)
            )

        await self.database.write(mark)
        if bits & ENDED:
            self.progress_told_at.pop(row.id, None)

    async def announce_progress(self, row: MigrationExecution) -> None:
        """At most once a second for each run; what is left out, the next event or the end says."""
        if time.monotonic() - self.progress_told_at.get(row.id, float("-inf")) < PROGRESS_AT_MOST_EVERY_S:
            return
        if len(self.progress_told_at) > REMEMBER_AT_MOST:
            self.progress_told_at.clear()
        self.progress_told_at[row.id] = time.monotonic()
        await self._publish(row, "progress", f"execution-{row.id}-progress-{row.log_bytes}")

    async def sweep(self) -> None:
        """Announces what a stopped logsink or an absent bus left unannounced. Raises Unavailable."""

        last_id = 0
        while rows := await self.database.read(partial(_unannounced, last_id)):
            for row in rows:
                await self.announce(row)
            last_id = rows[-1].id

    async def _publish(self, row: MigrationExecution, name: EventName, event_id: str) -> None:
        event = ExecutionEvent(
            execution_id=row.id,
            job_id=row.job_id,
            environment_id=row.environment_id,
            event=name,
            occurred_at=rfc3339(_occurred_at(row, name)),
            progress=row.progress,
            progress_origin=row.progress_origin,  # type: ignore[arg-type]  # written by us from the same literals
            progress_message=row.progress_message,
            result_summary=result_of(row) if name in ("completed", "failed") else None,
        )
        subject = subjects.event(row.environment_id, row.id, name)
        await publish(self.bus, subject, msgspec.json.encode(event), ce_headers(event, event_id), event_id)


async def _unannounced(after_id: int, session: AsyncSession) -> list[MigrationExecution]:
    query = (
        select(MigrationExecution)
        .options(*LIGHT)
        .where(MigrationExecution.announced < ENDED, MigrationExecution.id > after_id)
        .order_by(MigrationExecution.id)
        .limit(AT_ONCE)
    )
    return list(await session.scalars(query))


def _due(row: MigrationExecution) -> list[tuple[int, EventName]]:
    due: list[tuple[int, EventName]] = [(REQUESTED, "requested")]
    if row.script_started_at is not None:
        due.append((STARTED, "started"))
    if row.cancel_requested_at is not None:
        due.append((CANCELLING, "cancelling"))
    if row.status != "running":
        due.append((ENDED, "completed" if row.status == "completed" else "failed"))
    return due


def _occurred_at(row: MigrationExecution, name: EventName) -> datetime:
    moments = {
        "requested": row.started_at,
        "started": row.script_started_at,
        "progress": row.last_output_at,
        "cancelling": row.cancel_requested_at,
        "completed": row.completed_at,
        "failed": row.completed_at,
    }
    return moments[name] or now()

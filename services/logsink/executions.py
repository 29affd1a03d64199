"""Executions as people see them: list, look, cancel. Functions that take a session."""

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncSession

from proto.api import Execution, ExecutionList
from proto.problems import not_found
from proto.requests import CancelExecution, GetExecution, ListExecutions
from proto.runs import RunEnd
from proto.times import now
from schema.execution_view import execution_view
from schema.pages import page
from schema.tables import LIGHT, MigrationExecution, MigrationJob
from services.logsink.estimates import MOST_PERCENT, Mean, mean_duration_s, share_of
from services.logsink.ingest import lock_execution
from services.logsink.runs import CANCELLED_BEFORE_START, end_now
from services.logsink.understand.eta import eta_seconds


async def list_executions(session: AsyncSession, request: ListExecutions) -> ExecutionList:
    query = select(MigrationExecution).options(*LIGHT)
    if request.job_id is not None:
        query = query.where(MigrationExecution.job_id == request.job_id)
    if request.source_id is not None:
        query = query.join(MigrationJob).where(MigrationJob.source_id == request.source_id)
    if request.environment_id is not None:
        query = query.where(MigrationExecution.environment_id == request.environment_id)
    if request.status is not None:
        query = query.where(MigrationExecution.status == request.status)
    running: dict[int, MigrationExecution] = {}

    def view(row: Row[MigrationExecution]) -> Execution:
        if row[0].status == "running":
            running[row[0].id] = row[0]
        return execution_view(row[0])

    items, next_cursor, total = await page(
        session, query, MigrationExecution.id, view, limit=request.limit, cursor=request.cursor, newest_first=True
    )
    shown = [await show(session, running[item.id]) if item.id in running else item for item in items]
    return ExecutionList(shown, next_cursor, total)


async def get_execution(session: AsyncSession, request: GetExecution) -> Execution:
    row = await session.get(MigrationExecution, request.id)
    if row is None:
        raise not_found("execution", request.id)
    return await show(session, row)


async def cancel_execution(session: AsyncSession, request: CancelExecution) -> MigrationExecution:
    """Not launched: ended at once, and launch will refuse. Else it is asked for, and the heartbeat hears it."""
    row = await lock_execution(session, request.id)
    if row is None:
        raise not_found("execution", request.id)
    if row.status == "running" and row.cancel_requested_at is None:
        row.cancel_requested_at = now()
        if row.launched_on is None:
            await end_now(session, row, RunEnd(ending="cancelled", reason=CANCELLED_BEFORE_START))
    return row


async def show(session: AsyncSession, row: MigrationExecution, mean_of: Mean = mean_duration_s) -> Execution:
    """With the time it will still take: from its own progress, or, where it tells none, from earlier runs."""
    if row.status != "running" or row.script_started_at is None:
        return execution_view(row)
    elapsed_s = (now() - row.script_started_at).total_seconds()
    if row.progress_origin not in (None, "estimated"):
        # At 99 % nobody knows: a later phase does not raise it any more.
        recent = [*(row.progress_history or []), [elapsed_s, row.progress]]  # what stands still is slow
        return execution_view(
            row, eta_seconds(row.progress, elapsed_s, recent) if row.progress < MOST_PERCENT else None
        )
    if (mean_s := await mean_of(session, row)) is None:
        return execution_view(row)
    return execution_view(row, max(0, round(mean_s - elapsed_s)) or None, share_of(mean_s, elapsed_s))

"""What executors ask while a run lasts: attach, launch, heartbeat, end; and what catalog asks: forsake.

Functions that take a session; each locks the execution's row, so that they and the log messages follow one another.
"""

from collections.abc import Sequence
from datetime import timedelta

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from proto.problems import conflict, not_found
from proto.requests import Attach, End, ForsakeRun, Heartbeat, Launch
from proto.runs import Attachment, Launched, RunEnd, RunRequest, Standing
from proto.times import now
from schema.tables import LIGHT, MigrationExecution
from services.logsink.endings import record_end
from services.logsink.estimates import EarlierRuns, Mean, estimate_progress, mean_duration_s
from services.logsink.ingest import finish, load_reader, lock_execution

CANCELLED_BEFORE_START = "cancelled before the script was started"
ENVIRONMENT_GONE = "the environment is no longer configured"


async def attach(session: AsyncSession, request: Attach) -> tuple[Attachment, MigrationExecution]:
    row = await _locked(session, request.execution_id)
    if row.status == "running":
        row.last_seen_at = now()
        if row.phase == "queued":
            row.phase = "connecting"
    attachment = Attachment(
        ended=row.status != "running",
        cancel_requested=row.cancel_requested_at is not None,
        launched_on=row.launched_on,
        committed_bytes=row.log_bytes,
        run_key=row.run_key,
        request=msgspec.convert(row.request, RunRequest),
    )
    return attachment, row


async def launch(session: AsyncSession, request: Launch) -> tuple[Launched, MigrationExecution]:
    row = await _locked(session, request.execution_id)
    may = row.status == "running" and row.cancel_requested_at is None
    if may and row.launched_on is None:
        row.launched_on = request.host
        row.phase = "launched"
        row.last_seen_at = now()
    launched = Launched(
        granted=may and row.launched_on == request.host,
        launched_on=row.launched_on,
        ended=row.status != "running",
        cancel_requested=row.cancel_requested_at is not None,
    )
    return launched, row


async def heartbeat(session: AsyncSession, request: Heartbeat) -> MigrationExecution:
    row = await _locked(session, request.execution_id)
    await _note(session, row, request, mean_duration_s)
    return row


async def heartbeats(
    session: AsyncSession, requests: Sequence[Heartbeat], earlier: EarlierRuns
) -> dict[int, MigrationExecution]:
    """As `heartbeat`, of many runs at once. Nothing is said of a run whose row another holds at this moment."""
    ids = {request.execution_id for request in requests}
    query = select(MigrationExecution).options(*LIGHT).where(MigrationExecution.id.in_(ids))
    query = query.order_by(MigrationExecution.id).with_for_update(skip_locked=True)
    rows = {row.id: row for row in await session.scalars(query)}
    for request in requests:
        if (row := rows.get(request.execution_id)) is not None:
            await _note(session, row, request, earlier.mean_duration_s)
    return rows


async def end(session: AsyncSession, request: End) -> tuple[Standing, MigrationExecution]:
    """Refuses to call a launched run not started: only the host knows whether it was."""
    row = await _locked(session, request.execution_id)
    if row.status == "running":
        if request.end.ending == "not_started" and row.launched_on is not None:
            raise conflict("launched", "the run was launched, so it is not known that it did not start")
        await end_now(session, row, request.end)
    return standing(row), row


async def forsake(session: AsyncSession, request: ForsakeRun) -> tuple[Standing, MigrationExecution]:
    row = await _locked(session, request.execution_id)
    if row.status == "running":
        if row.launched_on is None:
            await end_now(session, row, RunEnd(ending="not_started", reason=ENVIRONMENT_GONE))
        elif row.cancel_requested_at is not None:
            reason = f"{ENVIRONMENT_GONE}: the result is unknown; an operator ended it"
            await end_now(session, row, RunEnd(ending="lost", reason=reason))
        else:
            row.unreachable_since = row.unreachable_since or now()
            row.unreachable_reason = ENVIRONMENT_GONE
    return standing(row), row


async def end_now(session: AsyncSession, row: MigrationExecution, how: RunEnd) -> None:
    """Ends a locked, running row with the log that is there, whatever was reported before."""
    row.end_status = row.end_bytes = None
    record_end(row, msgspec.structs.replace(how, total_bytes=None))
    await finish(session, row, load_reader(row), row.last_output_at or now())


def standing(row: MigrationExecution) -> Standing:
    return Standing(
        committed_bytes=row.log_bytes,
        cancel_requested=row.cancel_requested_at is not None,
        ended=row.status != "running",
    )


async def _note(session: AsyncSession, row: MigrationExecution, request: Heartbeat, mean_of: Mean) -> None:
    if row.status != "running":
        return
    moment = now()
    row.last_seen_at = moment
    if request.script_age_ms is not None and row.script_started_at is None:
        row.script_started_at = max(row.started_at, moment - timedelta(milliseconds=request.script_age_ms))
        if row.phase in ("connecting", "launched"):
            row.phase = "running"
    if request.unreachable_for_ms is None:
        row.unreachable_since = row.unreachable_reason = None
    else:
        row.unreachable_since = row.unreachable_since or moment - timedelta(milliseconds=request.unreachable_for_ms)
        row.unreachable_reason = request.unreachable_reason and request.unreachable_reason[:500]
    if request.cancel_note is not None:
        row.cancel_note = request.cancel_note[:500]
    await estimate_progress(session, row, mean_of)


async def _locked(session: AsyncSession, execution_id: int) -> MigrationExecution:
    row = await lock_execution(session, execution_id)
    if row is None:
        raise not_found("execution", execution_id)
    return row

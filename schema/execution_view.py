"""An execution's row as the API shows it: catalog answers with it once, logsink ever after."""

from datetime import datetime

import msgspec

from proto.api import Execution, RequestRecord, ResultSummary
from proto.times import now, rfc3339
from schema.tables import MigrationExecution

POLL_RUNNING_MS = 1000
SILENT_S = 25  # two heartbeats were missed
POLL_ENDED_MS = 30_000


def execution_view(
    row: MigrationExecution,
    eta_seconds: int | None = None,
    estimated_progress: int | None = None,
) -> Execution:
    """`estimated_progress` is shown, as such, only where the script has said nothing itself."""
    running = row.status == "running"
    estimated = running and estimated_progress is not None
    began = row.script_started_at
    return Execution(
        id=row.id,
        job_id=row.job_id,
        environment_id=row.environment_id,
        status=row.status,  # type: ignore[arg-type]  # the table's check constraint names the same three
        phase=row.phase,  # type: ignore[arg-type]  # written by logsink from the same literals
        progress=max(row.progress, estimated_progress or 0),
        progress_origin="estimated" if estimated else row.progress_origin,  # type: ignore[arg-type]  # as phase
        progress_message=row.progress_message,
        eta_seconds=eta_seconds if running else None,
        started_at=rfc3339(row.started_at),
        script_started_at=_time(began),
        completed_at=_time(row.completed_at),
        duration_ms=_duration_ms(began, row.completed_at or now()) if began else None,
        executed_by=row.executed_by,
        command_executed=row.command_executed,
        request=RequestRecord(
            source=row.request["source"],
            job=row.request["job"],
            parameters=row.request["parameters"],
        ),
        result_summary=result_of(row),
        log_lines=row.log_lines,
        last_output_at=_time(row.last_output_at),
        live_line=row.live_line,
        unreachable_since=_time(row.unreachable_since),
        unreachable_reason=row.unreachable_reason,
        cancel_requested_at=_time(row.cancel_requested_at),
        cancel_note=_cancel_note(row),
        poll_after_ms=POLL_RUNNING_MS if running else POLL_ENDED_MS,
    )


def result_of(row: MigrationExecution) -> ResultSummary | None:
    return None if row.result_summary is None else msgspec.convert(row.result_summary, ResultSummary)


def _cancel_note(row: MigrationExecution) -> str | None:
    """Why it is not confirmed yet that the script has ended, as far as that is known."""
    if row.status != "running" or row.cancel_requested_at is None or row.cancel_note is not None:
        return row.cancel_note
    if row.unreachable_since is not None:
        return "not confirmed: the host cannot be reached"
    silent_s = (now() - (row.last_seen_at or row.started_at)).total_seconds()
    return f"not confirmed: no executor has spoken of this run for {silent_s:.0f} s" if silent_s > SILENT_S else None


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else rfc3339(moment)


def _duration_ms(start: datetime, end: datetime) -> int:
    return max(0, round((end - start).total_seconds() * 1000))

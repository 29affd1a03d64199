"""How an execution ends: from what the executor saw to status, outcome and summary. Pure but for the row it fills."""

import signal
from functools import partial
from typing import Any

import msgspec
import structlog

from proto.api import Outcome
from proto.runs import RunEnd
from proto.times import now
from schema.tables import MigrationExecution
from services.logsink.understand import Reader

MAX_EXECUTION_BYTES = 480 * 1024
log = structlog.get_logger()


def record_end(row: MigrationExecution, end: RunEnd) -> None:
    """The first ending that is reported stays. The status follows when the log has reached `total_bytes`."""
    if row.end_status is None:
        row.end_status = msgspec.to_builtins(end)
        row.end_bytes = row.log_bytes if end.total_bytes is None else max(end.total_bytes, row.log_bytes)
        row.phase = "ending"


def is_complete(row: MigrationExecution) -> bool:
    return row.end_bytes is not None and row.log_bytes >= row.end_bytes


def settle(row: MigrationExecution, reader: Reader) -> None:
    """Status, outcome and summary. The last unfinished line has been stored before."""
    end = msgspec.convert(row.end_status, RunEnd)
    outcome, reason = outcome_of(end)
    shown_bytes = len(msgspec.json.encode([row.command_executed, row.request["parameters"]]))
    summary = _with_what_was_stored(_summary(reader, outcome, reason, end), row)
    row.result_summary = _bounded(summary, MAX_EXECUTION_BYTES - shown_bytes)
    row.status = "completed" if outcome == "succeeded" else "failed"
    if row.status == "completed":
        row.progress = 100
    row.completed_at = now()
    row.end_status = {**(row.end_status or {}), "result_json": None}  # what it says is in the summary
    row.phase = row.running_key = row.live_line = row.reader_state = row.progress_history = None
    row.unreachable_since = row.unreachable_reason = row.cancel_note = None


def _summary(reader: Reader, outcome: Outcome, reason: str | None, end: RunEnd) -> dict[str, Any]:
    """A fault in understanding what a script printed must not keep its execution from ending."""
    summary = partial(Reader.summary, outcome=outcome, exit_status=end.exit_status, reason=reason)
    try:
        return summary(reader, result_json=end.result_json)
    except Exception:
        log.exception("the result was not understood")
        return summary(Reader.new(), result_json=None)


def _with_what_was_stored(summary: dict[str, Any], row: MigrationExecution) -> dict[str, Any]:
    """Beyond the environment's limit lines were read, but not kept: they cannot be pointed at."""
    limit_bytes = row.request["max_log_bytes"]
    if row.log_bytes <= limit_bytes:
        return summary
    notice = f"the log is longer than {limit_bytes} bytes: what followed was read but not stored"
    first_error_seq = summary["first_error_seq"]
    return {
        **summary,
        "message": f"{summary['message']}; {notice}" if summary["message"] else notice,
        "first_error_seq": first_error_seq if first_error_seq and first_error_seq <= row.log_lines else None,
    }


def outcome_of(end: RunEnd) -> tuple[Outcome, str | None]:
    """The outcome and why, as far as it is known."""
    match end.ending:
        case "not_started" | "lost" | "timed_out" | "cancelled":
            return end.ending, end.reason
        case "exited":
            return _exit_outcome(end.exit_status, end.reason)


def _bounded(summary: dict[str, Any], limit_bytes: int) -> dict[str, Any]:
    """What an execution shows must fit into one reply, whatever its script wrote."""
    if len(msgspec.json.encode(summary)) <= limit_bytes:
        return summary
    message = f"the result has more than {limit_bytes} bytes: its entities and outputs are left out"
    return {**summary, "message": message, "entities": [], "outputs": {}}


def _exit_outcome(status: int | None, reason: str | None) -> tuple[Outcome, str | None]:
    match status:
        case None:
            return "lost", reason or "it ended without an exit status: the result is unknown"
        case 0:
            return "succeeded", reason
        case 126 | 127:
            cause = "could not be executed" if status == 126 else "or a command in it was not found"
            return "exit_status", reason or f"exit status {status}: the script {cause}"
        case _ if 128 < status <= 128 + 64:
            # sh reports a script killed by signal n exactly like one that exits with 128+n.
            return "signal", reason or f"exit status {status}: ended by signal {_signal_name(status - 128)}"
        case _:
            return "exit_status", reason or f"exit status {status}"


def _signal_name(number: int) -> str:
    try:
        return f"{number} ({signal.Signals(number).name.removeprefix('SIG')})"
    except ValueError:
        return str(number)

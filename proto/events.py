"""Public events of executions (stream EVENTS): JSON bodies with CloudEvents attributes in the headers.

An event's id is deterministic: whoever sees an id twice may drop the second. Events of one execution are published
in order, but may be published again later, so a subscriber trusts `completed` and `failed` above all else.
"""

from typing import Literal

from msgspec import Struct

from proto.api import Origin, ResultSummary
from proto.times import Timestamp

EventName = Literal["requested", "started", "progress", "cancelling", "completed", "failed"]
EVENT_NAMES: tuple[EventName, ...] = ("requested", "started", "progress", "cancelling", "completed", "failed")
CE_SOURCE = "/medpro/migrations"


class ExecutionEvent(Struct, frozen=True, kw_only=True):
    """`progress` and what belongs to it are those of the moment of publishing; `result_summary` comes at the end."""

    execution_id: int
    job_id: int
    environment_id: str
    event: EventName
    occurred_at: Timestamp
    progress: int
    progress_origin: Origin | None = None
    progress_message: str | None = None
    result_summary: ResultSummary | None = None


def ce_headers(event: ExecutionEvent, event_id: str) -> dict[str, str]:
    return {
        "ce-specversion": "1.0",
        "ce-id": event_id,
        "ce-type": f"medpro.execution.{event.event}.v1",
        "ce-source": CE_SOURCE,
        "ce-subject": str(event.execution_id),
        "ce-time": event.occurred_at,
        "content-type": "application/json",
    }

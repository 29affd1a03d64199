"""One message of each kind that others read or that lies in a stream, as it may really be. They stand in the schemas,
and tests validate and decode them.
"""

from msgspec import Struct

from proto import api, runs
from proto.events import ExecutionEvent

RESULT = api.ResultSummary(
    outcome="succeeded",
    exit_status=0,
    reason=None,
    message=None,
    detected=False,
    counts=api.Counts(read=1000, migrated=990, skipped=10, failed=0),
    entities=[api.Entity(name="patients", read=1000, migrated=990, skipped=10, failed=0)],
    reconciled=True,
    outputs={"target": "medpro.db"},
    warnings=3,
    errors=0,
    first_error_seq=None,
)
PARAMETER = api.Parameter(
    name="practitioner_id",
    label="Practitioner",
    type="integer",
    required=True,
    min=1,
    help="only their appointments",
    flag="--practitioner_id",
)
SOURCE = api.Source(
    id=1,
    name="iclinic",
    display_name="iClinic",
    description="A CSV export",
    script_path="/opt/medpro/migrate_iclinic",
    parameters=[PARAMETER],
    is_active=True,
    created_at="2026-11-22T10:00:00.000Z",
    updated_at="2026-11-22T10:00:00.000Z",
    job_count=2,
)
JOB = api.Job(
    id=7,
    source_id=1,
    name="Dr. Souza",
    description=None,
    parameters={"practitioner_id": 42},
    is_active=True,
    created_at="2026-11-22T10:00:00.000Z",
    updated_at="2026-11-22T10:00:00.000Z",
    last_execution=api.LastExecution(
        id=12, status="completed", environment_id="staging", started_at="2026-11-22T10:05:00.000Z"
    ),
)
EXECUTION = api.Execution(
    id=12,
    job_id=7,
    environment_id="staging",
    status="running",
    phase="running",
    progress=45,
    progress_origin="detected",
    progress_message="450 of 1000 patients",
    eta_seconds=33,
    started_at="2026-11-22T10:05:00.000Z",
    script_started_at="2026-11-22T10:05:01.250Z",
    completed_at=None,
    duration_ms=27120,
    executed_by="ana@clinic",
    command_executed="/opt/medpro/migrate_iclinic --practitioner_id=42",
    request=api.RequestRecord(source="iclinic", job="Dr. Souza", parameters={"practitioner_id": 42}),
    result_summary=None,
    log_lines=451,
    last_output_at="2026-11-22T10:05:28.370Z",
    live_line=None,
    unreachable_since=None,
    unreachable_reason=None,
    cancel_requested_at=None,
    cancel_note=None,
    poll_after_ms=1000,
)
EXAMPLES: tuple[Struct, ...] = (
    ExecutionEvent(
        execution_id=12, job_id=7, environment_id="staging", event="progress",
        occurred_at="2026-11-22T10:05:28.370Z", progress=45, progress_origin="detected",
        progress_message="450 of 1000 patients",
    ),
    ExecutionEvent(
        execution_id=12, job_id=7, environment_id="staging", event="completed",
        occurred_at="2026-11-22T10:06:02.000Z", progress=100, progress_origin="detected",
        progress_message="1000 of 1000 patients", result_summary=RESULT,
    ),
    runs.Execute(execution_id=12),
    runs.RunEnd(ending="exited", exit_status=0, total_bytes=45_120, result_json='{"migrated": 990}'),
    runs.RunEnd(ending="lost", total_bytes=20_480, reason="the run directory is gone from the host"),
    SOURCE,
    JOB,
    EXECUTION,
    api.SourceInput(name="iclinic", display_name="iClinic", script_path="/opt/medpro/migrate_iclinic",
                    parameters=[PARAMETER]),
    api.JobInput(source_id=1, name="Dr. Souza", parameters={"practitioner_id": 42}),
    api.ExecuteInput(environment_id="staging", parameters={"practitioner_id": 43}, executed_by="ana@clinic"),
    api.PreviewInput(environment_id="staging"),
    api.SourcePreviewInput(script_path="/opt/medpro/migrate_iclinic", parameters=[PARAMETER],
                           values={"practitioner_id": 42}),
)  # fmt: skip


def examples_of(kind: type) -> list[Struct]:
    return [example for example in EXAMPLES if type(example) is kind]

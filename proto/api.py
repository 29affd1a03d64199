"""The shapes of the REST API, which catalog and logsink answer with and the gateway passes on.

Fields may be added, none renamed. Inputs keep apart what was not sent (UNSET) and what was sent as null.
"""

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from proto.problems import FieldError
from proto.times import Timestamp

ParameterType = Literal["string", "integer", "number", "boolean", "choice", "date", "secret"]
PassAs = Literal["argument", "environment"]
Status = Literal["running", "completed", "failed"]
Phase = Literal["queued", "connecting", "launched", "running", "ending"]
Outcome = Literal["succeeded", "exit_status", "signal", "cancelled", "not_started", "timed_out", "lost"]
Origin = Literal["reported", "detected", "estimated"]
Level = Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]
Value = str | int | float | bool | None
Values = dict[str, Value]
Percent = Annotated[int, Meta(ge=0, le=100)]


class Parameter(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The definition of one parameter of a source's script."""

    name: str
    label: str | None = None
    type: ParameterType = "string"
    required: bool = False
    default: Value = None
    choices: list[str] | None = None
    min: int | float | None = None
    max: int | float | None = None
    help: str | None = None
    flag: str | None = None
    pass_as: PassAs = "argument"  # noqa: S105 - passing, not a password


class Source(Struct, frozen=True, kw_only=True):
    id: int
    name: str
    display_name: str
    description: str | None
    script_path: str
    parameters: list[Parameter]
    is_active: bool
    created_at: Timestamp
    updated_at: Timestamp
    job_count: int


class SourceInput(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str | UnsetType = UNSET
    display_name: str | UnsetType = UNSET
    description: str | None | UnsetType = UNSET
    script_path: str | UnsetType = UNSET
    parameters: list[Parameter] | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET


class LastExecution(Struct, frozen=True, kw_only=True):
    id: int
    status: Status
    environment_id: str
    started_at: Timestamp


class Job(Struct, frozen=True, kw_only=True):
    id: int
    source_id: int
    name: str
    description: str | None
    parameters: Values
    is_active: bool
    created_at: Timestamp
    updated_at: Timestamp
    last_execution: LastExecution | None


class JobInput(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    source_id: Annotated[int, Meta(ge=-(2**53), le=2**53)] | UnsetType = UNSET
    name: str | UnsetType = UNSET
    description: str | None | UnsetType = UNSET
    parameters: Values | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET


class ExecuteInput(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    environment_id: str | UnsetType = UNSET
    parameters: Values = {}
    executed_by: str | None = None


class PreviewInput(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    environment_id: str | UnsetType = UNSET
    parameters: Values = {}


class SourcePreviewInput(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A source that need not be saved, and values for it."""

    script_path: str | UnsetType = UNSET
    parameters: list[Parameter] = []
    values: Values = {}


class Preview(Struct, frozen=True, kw_only=True):
    """What executing would do. `command` is null while there are errors."""

    command: str | None
    parameters: Values
    errors: list[FieldError]


class RequestRecord(Struct, frozen=True, kw_only=True):
    """What was asked for, as it was then; later changes of the source or the job do not alter it."""

    source: str
    job: str
    parameters: Values


class Counts(Struct, frozen=True, kw_only=True):
    """Null where it is not known."""

    read: int | None = None
    migrated: int | None = None
    skipped: int | None = None
    failed: int | None = None


class Entity(Counts, frozen=True, kw_only=True):
    """The counts of one kind of record: patients, appointments, …"""

    name: str


class ResultSummary(Struct, frozen=True, kw_only=True):
    """How an execution ended and what it did. `detected`: read from ordinary output, not stated by the script."""

    outcome: Outcome
    exit_status: int | None
    reason: str | None
    message: str | None
    detected: bool
    counts: Counts
    entities: list[Entity]
    reconciled: bool | None
    outputs: dict[str, Any]
    warnings: int
    errors: int
    first_error_seq: int | None


class Execution(Struct, frozen=True, kw_only=True):
    id: int
    job_id: int
    environment_id: str
    status: Status
    phase: Phase | None
    progress: Percent
    progress_origin: Origin | None
    progress_message: str | None
    eta_seconds: int | None
    started_at: Timestamp
    script_started_at: Timestamp | None
    completed_at: Timestamp | None
    duration_ms: int | None
    executed_by: str | None
    command_executed: str
    request: RequestRecord
    result_summary: ResultSummary | None
    log_lines: int
    last_output_at: Timestamp | None
    live_line: str | None
    unreachable_since: Timestamp | None
    unreachable_reason: str | None
    cancel_requested_at: Timestamp | None
    cancel_note: str | None
    poll_after_ms: int


class LogLine(Struct, frozen=True, gc=False):
    seq: int
    log_level: Level
    message: str
    logged_at: Timestamp


class LogPage(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A page of lines in ascending order; `hits` and `hits_capped` only where `q` was given.

    A search looks for two seconds at most: `next_after`, and backwards `next_before`, say how far, and where to go on.
    """

    items: list[LogLine]
    next_after: int
    next_before: int | UnsetType = UNSET
    live_line: str | None
    log_complete: bool
    execution_finished: bool
    hits: int | UnsetType = UNSET
    hits_capped: bool | UnsetType = UNSET


class Environment(Struct, frozen=True, kw_only=True):
    id: str
    display_name: str
    colour: str | None
    protected: bool
    max_concurrent: int
    running: int
    queued: int
    secrets: list[str]


class CheckInput(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The scripts to look for on the host; at most a hundred."""

    scripts: list[str] = []


class Finding(Struct, frozen=True, kw_only=True):
    """`good` false: no run could start there, or not this script's."""

    check: str
    good: bool
    detail: str


class HostCheck(Struct, frozen=True, kw_only=True):
    environment_id: str
    good: bool
    findings: list[Finding]


class SourceList(Struct, frozen=True):
    items: list[Source]
    next_cursor: str | None
    total: int


class JobList(Struct, frozen=True):
    items: list[Job]
    next_cursor: str | None
    total: int


class ExecutionList(Struct, frozen=True):
    items: list[Execution]
    next_cursor: str | None
    total: int


class EnvironmentList(Struct, frozen=True):
    items: list[Environment]
    next_cursor: str | None
    total: int

"""Requests between services: each names its subject and the type of its reply.

`REQUESTS` is the whole contract: who asks it of whom is in the subject's second word.
"""

from typing import ClassVar

from msgspec import Raw, Struct

from proto import api, runs
from proto.problems import Problem


class Request(Struct, frozen=True, kw_only=True):
    subject: ClassVar[str]
    reply: ClassVar[type]

    @property
    def address(self) -> str:
        """The subject that it is sent to."""
        return self.subject


class Pong(Struct, frozen=True):
    """The service and what it stands on answer."""

    service: str


class Deleted(Struct, frozen=True):
    """`deactivated`: something refers to it, so it stays as history."""

    deactivated: bool


class OneReply(Struct, frozen=True, omit_defaults=True):
    """What the question alone would have been answered: its reply, or null and the problem."""

    body: Raw
    problem: Problem | None = None


class Looked(Struct, frozen=True):
    """In the order of the questions, executions first; those that a reply has no room for are not answered."""

    replies: list[OneReply]


class PingCatalog(Request, frozen=True):
    subject = "medpro.catalog.ping"
    reply = Pong


class PingLogsink(Request, frozen=True):
    subject = "medpro.logsink.ping"
    reply = Pong


class ListSources(Request, frozen=True, kw_only=True):
    subject = "medpro.catalog.sources.list"
    reply = api.SourceList
    limit: int = 50
    cursor: int | None = None
    q: str | None = None
    include_inactive: bool = False


class GetSource(Request, frozen=True, kw_only=True):
    subject = "medpro.catalog.sources.get"
    reply = api.Source
    id: int


class CreateSource(Request, frozen=True, kw_only=True):
    subject = "medpro.catalog.sources.create"
    reply = api.Source
    fields: api.SourceInput


class UpdateSource(Request, frozen=True, kw_only=True):
    """`seen` is the `updated_at` of what was edited; another one by now is a conflict (412)."""

    subject = "medpro.catalog.sources.update"
    reply = api.Source
    id: int
    fields: api.SourceInput
    seen: list[str] | None = None


class DeleteSource(Request, frozen=True, kw_only=True):
    subject = "medpro.catalog.sources.delete"
    reply = Deleted
    id: int


class PreviewSource(Request, frozen=True, kw_only=True):
    subject = "medpro.catalog.sources.preview"
    reply = api.Preview
    fields: api.SourcePreviewInput


class ListJobs(Request, frozen=True, kw_only=True):
    subject = "medpro.catalog.jobs.list"
    reply = api.JobList
    limit: int = 50
    cursor: int | None = None
    q: str | None = None
    source_id: int | None = None
    include_inactive: bool = False


class GetJob(Request, frozen=True, kw_only=True):
    subject = "medpro.catalog.jobs.get"
    reply = api.Job
    id: int


class CreateJob(Request, frozen=True, kw_only=True):
    subject = "medpro.catalog.jobs.create"
    reply = api.Job
    fields: api.JobInput


class UpdateJob(Request, frozen=True, kw_only=True):
    """`seen` as with sources."""

    subject = "medpro.catalog.jobs.update"
    reply = api.Job
    id: int
    fields: api.JobInput
    seen: list[str] | None = None


class DeleteJob(Request, frozen=True, kw_only=True):
    subject = "medpro.catalog.jobs.delete"
    reply = Deleted
    id: int


class ExecuteJob(Request, frozen=True, kw_only=True):
    """Creates an execution and dispatches it. Idempotent by `idempotency_key` where one is given."""

    subject = "medpro.catalog.jobs.execute"
    reply = api.Execution
    job_id: int
    fields: api.ExecuteInput
    idempotency_key: str | None = None


class PreviewJob(Request, frozen=True, kw_only=True):
    subject = "medpro.catalog.jobs.preview"
    reply = api.Preview
    job_id: int
    fields: api.PreviewInput


class ListEnvironments(Request, frozen=True):
    subject = "medpro.catalog.environments.list"
    reply = api.EnvironmentList


class ListExecutions(Request, frozen=True, kw_only=True):
    subject = "medpro.logsink.executions.list"
    reply = api.ExecutionList
    limit: int = 50
    cursor: int | None = None
    job_id: int | None = None
    source_id: int | None = None
    environment_id: str | None = None
    status: str | None = None


class GetExecution(Request, frozen=True, kw_only=True):
    subject = "medpro.logsink.executions.get"
    reply = api.Execution
    id: int


class CancelExecution(Request, frozen=True, kw_only=True):
    """Idempotent: cancelling again, or what has ended, changes nothing."""

    subject = "medpro.logsink.executions.cancel"
    reply = api.Execution
    id: int


class ReadLog(Request, frozen=True, kw_only=True):
    """At most one of `after`, `before` and `tail` is given; none of them reads from the start."""

    subject = "medpro.logsink.logs.read"
    reply = api.LogPage
    id: int
    limit: int = 500
    after: int | None = None
    before: int | None = None
    tail: int | None = None
    level: api.Level | None = None
    q: str | None = None


class Look(Request, frozen=True, kw_only=True):
    """Many questions in one; the logs' are those without `level` and `q`, which take their time."""

    subject = "medpro.logsink.look"
    reply = Looked
    executions: list[GetExecution] = []
    logs: list[ReadLog] = []


class Attach(Request, frozen=True, kw_only=True):
    """An executor takes a run up, for the first time or again. Repeating it changes nothing."""

    subject = "medpro.logsink.runs.attach"
    reply = runs.Attachment
    execution_id: int


class Launch(Request, frozen=True, kw_only=True):
    """The permission to start the script, given for one host only and never once cancelled or ended.

    Repeating it for the same host gives the same answer.
    """

    subject = "medpro.logsink.runs.launch"
    reply = runs.Launched
    execution_id: int
    host: str


class Heartbeat(Request, frozen=True, kw_only=True):
    """What the executor knows, every 10 s and whenever it learns something. Times are ages, for clocks differ."""

    subject = "medpro.logsink.runs.heartbeat"
    reply = runs.Standing
    execution_id: int
    script_age_ms: int | None = None
    unreachable_for_ms: int | None = None
    unreachable_reason: str | None = None
    cancel_note: str | None = None


class End(Request, frozen=True, kw_only=True):
    """An ending that has no log to wait for: not started, cancelled before the start, or nothing left to read."""

    subject = "medpro.logsink.runs.end"
    reply = runs.Standing
    execution_id: int
    end: runs.RunEnd


class ForsakeRun(Request, frozen=True, kw_only=True):
    """Catalog says: the run's environment is no longer configured. Not launched: it ends as not started;
    launched: it stays running with the reason shown, until an operator cancels it: then it is lost."""

    subject = "medpro.logsink.runs.forsake"
    reply = runs.Standing
    execution_id: int


class CheckHost(Request, frozen=True, kw_only=True):
    """Answered by an executor that serves the environment: only it can reach the host. Nothing is started there."""

    subject = "medpro.executor.hosts.check"
    reply = api.HostCheck
    environment_id: str
    scripts: list[str] = []

    @property
    def address(self) -> str:
        return f"{self.subject}.{self.environment_id}"


REQUESTS: tuple[type[Request], ...] = (
    PingCatalog, ListSources, GetSource, CreateSource, UpdateSource, DeleteSource, PreviewSource,
    ListJobs, GetJob, CreateJob, UpdateJob, DeleteJob, ExecuteJob, PreviewJob, ListEnvironments,
    PingLogsink, ListExecutions, GetExecution, CancelExecution, ReadLog, Look,
    Attach, Launch, Heartbeat, End, ForsakeRun, CheckHost,
)  # fmt: skip

"""Launching: from a job, values and an environment to an execution's row, in one transaction; and the preview of it.

The row is the outbox: what is inserted here and not dispatched, `dispatch` publishes.
"""

import hashlib
import secrets
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from process.environments import Environments
from proto.api import Parameter, Preview, Value, Values
from proto.problems import MAX_ERRORS, FieldError, conflict, wrong_fields
from proto.requests import ExecuteJob, PreviewJob
from proto.runs import RunRequest
from proto.times import now
from schema.tables import MigrationExecution, MigrationJob, MigrationSource
from services.catalog.command import Command, build_command, display
from services.catalog.jobs import load_job
from services.catalog.parameters import check_together, check_values, effective_values
from services.catalog.sources import definitions_of
from services.catalog.texts import check_title, is_within

# What an execution shows (values, command) leaves room for its result in one reply; what its executor gets fits, too.
MAX_SHOWN_BYTES = 320 * 1024
MAX_ATTACHED_BYTES = 400 * 1024


@dataclass(frozen=True)
class Plan:
    """What executing would do, and everything that is wrong with it."""

    source: MigrationSource
    job: MigrationJob
    values: Values
    command: Command
    errors: list[FieldError]


async def create_execution(
    session: AsyncSession, environments: Environments, request: ExecuteJob
) -> MigrationExecution:
    """Idempotent by the request's key: the same key gives the first execution again. Raises Rejected."""
    if (earlier := await _earlier(session, request)) is not None:
        return earlier
    fields = request.fields
    plan = await _plan(session, environments, request.job_id, fields.environment_id, fields.parameters)
    errors = [*plan.errors, *(check_title("executed_by", fields.executed_by) if fields.executed_by is not None else [])]
    if errors:
        raise wrong_fields(errors)
    environment_id = str(fields.environment_id)
    # The job is locked now: whoever was faster with the same key has committed.
    if (earlier := await _earlier(session, request)) is not None:
        return earlier
    await _refuse_second(session, plan.job, environment_id)
    execution = _row(plan, environments, environment_id, request)
    session.add(execution)
    await session.flush()
    return execution


async def explain_conflict(session: AsyncSession, request: ExecuteJob) -> MigrationExecution:
    """After an insert met a unique key: another request with the same key, or for the same job, was faster."""
    if (earlier := await _earlier(session, request)) is not None:
        return earlier
    job = await load_job(session, request.job_id)
    await _refuse_second(session, job, str(request.fields.environment_id))
    raise conflict("conflict", "another execution was created at the same moment and has ended; try again")


async def preview(session: AsyncSession, environments: Environments, request: PreviewJob) -> Preview:
    """The exact command, secrets masked, or every reason why there is none. Changes nothing."""
    plan = await _plan(
        session, environments, request.job_id, request.fields.environment_id, request.fields.parameters, preview=True
    )
    if too_long := check_together(plan.values):
        raise wrong_fields([*plan.errors, *too_long])
    return Preview(
        command=None if plan.errors else display(plan.source.script_path, plan.command),
        parameters=plan.values,
        errors=plan.errors[:MAX_ERRORS],
    )


async def _plan(
    session: AsyncSession,
    environments: Environments,
    job_id: int,
    environment_id: Any,
    overrides: Values,
    *,
    preview: bool = False,
) -> Plan:
    job = await load_job(session, job_id, lock=not preview)
    source = await session.get_one(MigrationSource, job.source_id)
    definitions = definitions_of(source)
    values = effective_values(definitions, job.parameters, overrides)
    errors = check_values(definitions, values)
    if not job.is_active:
        errors.append(FieldError("job_id", "inactive", "is the id of an inactive job"))
    if not source.is_active:
        errors.append(FieldError("source_id", "inactive", "is the id of an inactive source"))
    if environment_id is not msgspec.UNSET or not preview:
        errors += _environment_errors(environments, environment_id, source.script_path, definitions, values)
    command = Command() if errors else build_command(definitions, values)
    if not errors and _is_too_long(source.script_path, values, command):
        errors.append(FieldError("parameters", "too_long", "are too long together"))
    return Plan(source, job, values, command, errors)


def _is_too_long(script_path: str, values: Values, command: Command) -> bool:
    shown = msgspec.json.encode([values, display(script_path, command)])
    attached = msgspec.json.encode([values, command.arguments, command.environment])
    return len(shown) > MAX_SHOWN_BYTES or len(attached) > MAX_ATTACHED_BYTES


def _environment_errors(
    environments: Environments,
    environment_id: Any,
    script_path: str,
    definitions: list[Parameter],
    values: dict[str, Value],
) -> list[FieldError]:
    if environment_id is msgspec.UNSET or not environment_id:
        return [FieldError("environment_id", "required", "is required")]
    environment = environments.get(environment_id)
    if environment is None:
        return [FieldError("environment_id", "unknown", "is not the id of an environment")]
    errors = [
        FieldError(f"parameters.{definition.name}", "unknown_secret", f"is not a secret of {environment_id}")
        for definition in definitions
        if definition.type == "secret"
        and (value := values.get(definition.name)) is not None
        and value not in environment.secrets
    ]
    if not is_within(script_path, environment.script_directories):
        errors.append(FieldError("environment_id", "script_not_allowed", f"does not allow the script {script_path}"))
    return errors


def _row(plan: Plan, environments: Environments, environment_id: str, request: ExecuteJob) -> MigrationExecution:
    record = RunRequest(
        source=plan.source.name,
        job=plan.job.name,
        job_id=plan.job.id,
        source_id=plan.source.id,
        environment_id=environment_id,
        script_path=plan.source.script_path,
        parameters=plan.values,
        arguments=plan.command.arguments,
        environment=plan.command.environment,
        secrets=plan.command.secrets,
        max_log_bytes=environments[environment_id].max_log_bytes,
    )
    moment = now()
    return MigrationExecution(
        job_id=plan.job.id,
        environment_id=environment_id,
        status="running",
        progress=0,
        started_at=moment,
        executed_by=request.fields.executed_by,
        command_executed=display(plan.source.script_path, plan.command),
        run_key=secrets.token_hex(16),
        request=msgspec.to_builtins(record),
        idempotency_key=request.idempotency_key,
        request_hash=_request_hash(request) if request.idempotency_key else None,
        running_key=_running_key(plan.job.id, environment_id),
        phase="queued",
        log_lines=0,
        log_bytes=0,
        announced=0,
    )


async def _earlier(session: AsyncSession, request: ExecuteJob) -> MigrationExecution | None:
    if request.idempotency_key is None:
        return None
    found = await session.scalar(
        select(MigrationExecution).where(MigrationExecution.idempotency_key == request.idempotency_key)
    )
    if found is not None and found.request_hash != _request_hash(request):
        wrong = FieldError("Idempotency-Key", "reused", "was used before with another job or body")
        raise wrong_fields([wrong])
    return found


async def _refuse_second(session: AsyncSession, job: MigrationJob, environment_id: str) -> None:
    running = await session.scalar(
        select(MigrationExecution.id).where(MigrationExecution.running_key == _running_key(job.id, environment_id))
    )
    if running is not None:
        detail = f"execution {running} of this job is running on {environment_id}"
        raise conflict("already_running", detail, running_execution_id=running)


def _running_key(job_id: int, environment_id: str) -> str:
    return f"{job_id}:{environment_id}"


def _request_hash(request: ExecuteJob) -> str:
    return hashlib.sha256(msgspec.json.encode([request.job_id, request.fields], order="deterministic")).hexdigest()

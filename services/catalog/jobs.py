"""Migration jobs: a source with parameter values, saved for reuse. Functions that take a session."""

from msgspec import UNSET, UnsetType
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased, load_only

from proto.api import Job, JobInput, JobList, LastExecution
from proto.problems import FieldError, not_found, wrong_fields
from proto.requests import CreateJob, Deleted, DeleteJob, GetJob, ListJobs, UpdateJob
from proto.times import rfc3339
from schema.pages import name_contains, page
from schema.tables import MigrationExecution, MigrationJob, MigrationSource
from services.catalog.changes import later_than, refuse_unseen
from services.catalog.parameters import check_values
from services.catalog.sources import definitions_of
from services.catalog.texts import check_description, check_title

LAST = aliased(MigrationExecution)
LAST_ID = (
    select(func.max(MigrationExecution.id))
    .where(MigrationExecution.job_id == MigrationJob.id)
    .correlate(MigrationJob)
    .scalar_subquery()
)
WITH_LAST = (
    select(MigrationJob, LAST)
    .outerjoin(LAST, LAST.id == LAST_ID)
    .options(load_only(LAST.status, LAST.environment_id, LAST.started_at))
)


async def list_jobs(session: AsyncSession, request: ListJobs) -> JobList:
    query = WITH_LAST
    if not request.include_inactive:
        query = query.where(MigrationJob.is_active)
    if request.source_id is not None:
        query = query.where(MigrationJob.source_id == request.source_id)
    if request.q:
        query = query.where(name_contains(MigrationJob.name, request.q))
    found = await page(
        session, query, MigrationJob.id, lambda row: _view(*row), limit=request.limit, cursor=request.cursor
    )
    return JobList(*found)


async def get_job(session: AsyncSession, request: GetJob) -> Job:
    return await _read(session, request.id)


async def create_job(session: AsyncSession, request: CreateJob) -> Job:
    job = MigrationJob(description=None, parameters={}, is_active=True)
    await _change(session, job, request.fields, creating=True)
    session.add(job)
    await session.flush()
    return await _read(session, job.id)


async def update_job(session: AsyncSession, request: UpdateJob) -> Job:
    """Changes the fields that were sent; `parameters` is replaced as a whole."""
    job = await load_job(session, request.id)
    refuse_unseen(job, request.seen)
    await _change(session, job, request.fields, creating=False)
    job.updated_at = later_than(job.updated_at)
    await session.flush()
    return await _read(session, job.id)


async def delete_job(session: AsyncSession, request: DeleteJob) -> Deleted:
    """A job that executions refer to is deactivated instead."""
    job = await load_job(session, request.id)
    used = await _has_executions(session, job)
    if used:
        job.is_active = False
        job.updated_at = later_than(job.updated_at)
    else:
        await session.delete(job)
    return Deleted(deactivated=used)


async def load_job(session: AsyncSession, job_id: int, *, lock: bool = True) -> MigrationJob:
    """The row, locked until the transaction ends. Raises Rejected."""
    job = await session.get(MigrationJob, job_id, with_for_update=lock)
    if job is None:
        raise not_found("migration job", job_id)
    return job


async def _change(session: AsyncSession, job: MigrationJob, fields: JobInput, *, creating: bool) -> None:
    """Checks everything that was sent, then applies it; the values are checked against the source's definitions."""
    errors: list[FieldError] = []
    if creating or fields.name is not UNSET:
        errors += check_title("name", fields.name)
    errors += check_description(fields.description)
    source, source_errors = await _source_for(session, job, fields.source_id)
    errors += source_errors
    values = job.parameters if fields.parameters is UNSET else fields.parameters
    if source is not None and (creating or fields.parameters is not UNSET or fields.source_id is not UNSET):
        errors += check_values(definitions_of(source), values)
    if errors:
        raise wrong_fields(errors)
    for name in JobInput.__struct_fields__:
        if (value := getattr(fields, name)) is not UNSET:
            setattr(job, name, value)


async def _source_for(
    session: AsyncSession, job: MigrationJob, wanted: int | UnsetType
) -> tuple[MigrationSource | None, list[FieldError]]:
    source_id = job.source_id if wanted is UNSET else wanted
    if job.id is not None and source_id != job.source_id and await _has_executions(session, job):
        return None, [FieldError("source_id", "in_use", "cannot be changed: the job has executions of its source")]
    if source_id is None:
        return None, [FieldError("source_id", "required", "is required")]
    source = await session.get(MigrationSource, source_id, with_for_update={"read": True})
    if source is None:
        return None, [FieldError("source_id", "unknown", "is not the id of a source")]
    if not source.is_active and wanted is not UNSET:
        return source, [FieldError("source_id", "inactive", "is the id of an inactive source")]
    return source, []


async def _has_executions(session: AsyncSession, job: MigrationJob) -> bool:
    query = select(MigrationExecution.id).where(MigrationExecution.job_id == job.id).limit(1)
    return await session.scalar(query) is not None


async def _read(session: AsyncSession, job_id: int) -> Job:
    row = (await session.execute(WITH_LAST.where(MigrationJob.id == job_id))).one_or_none()
    if row is None:
        raise not_found("migration job", job_id)
    return _view(*row)


def _view(job: MigrationJob, last: MigrationExecution | None) -> Job:
    return Job(
        id=job.id,
        source_id=job.source_id,
        name=job.name,
        description=job.description,
        parameters=job.parameters,
        is_active=job.is_active,
        created_at=rfc3339(job.created_at),
        updated_at=rfc3339(job.updated_at),
        last_execution=last
        and LastExecution(
            id=last.id,
            status=last.status,  # type: ignore[arg-type]  # the table's check constraint names the same three
            environment_id=last.environment_id,
            started_at=rfc3339(last.started_at),
        ),
    )

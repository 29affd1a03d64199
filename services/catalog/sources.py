"""Migration sources: functions that take a session. What a past execution did is frozen with it, never read here."""

import msgspec
from msgspec import UNSET
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from proto.api import Parameter, Preview, Source, SourceInput, SourceList
from proto.problems import MAX_ERRORS, FieldError, conflict, not_found, wrong_fields
from proto.requests import CreateSource, Deleted, DeleteSource, GetSource, ListSources, PreviewSource, UpdateSource
from proto.times import rfc3339
from schema.pages import name_contains, page
from schema.tables import MigrationJob, MigrationSource
from services.catalog.changes import later_than, refuse_unseen
from services.catalog.command import build_command, display
from services.catalog.parameters import check_definitions, check_together, check_values, effective_values
from services.catalog.texts import MAX_NAME, check_description, check_script_path, check_title

JOB_COUNT = (
    select(func.count())
    .where(MigrationJob.source_id == MigrationSource.id, MigrationJob.is_active)
    .correlate(MigrationSource)
    .scalar_subquery()
)


async def list_sources(session: AsyncSession, request: ListSources) -> SourceList:
    query = select(MigrationSource, JOB_COUNT)
    if not request.include_inactive:
        query = query.where(MigrationSource.is_active)
    if request.q:
        query = query.where(
            name_contains(MigrationSource.name, request.q) | name_contains(MigrationSource.display_name, request.q)
        )
    found = await page(
        session, query, MigrationSource.id, lambda row: _view(*row), limit=request.limit, cursor=request.cursor
    )
    return SourceList(*found)


async def get_source(session: AsyncSession, request: GetSource) -> Source:
    return await _read(session, request.id)


async def create_source(session: AsyncSession, request: CreateSource) -> Source:
    fields = request.fields
    _check(fields, creating=True)
    source = MigrationSource(description=None, parameters=[], is_active=True)
    _apply(source, fields)
    session.add(source)
    await _flush(session, source.name)
    return await _read(session, source.id)


async def update_source(session: AsyncSession, request: UpdateSource) -> Source:
    """Changes the fields that were sent."""
    source = await load_source(session, request.id)
    refuse_unseen(source, request.seen)
    _check(request.fields, creating=False)
    _apply(source, request.fields)
    source.updated_at = later_than(source.updated_at)
    await _flush(session, source.name)
    return await _read(session, source.id)


async def delete_source(session: AsyncSession, request: DeleteSource) -> Deleted:
    """A source that jobs refer to is deactivated instead."""
    source = await load_source(session, request.id)
    in_use = await session.scalar(select(MigrationJob.id).where(MigrationJob.source_id == source.id).limit(1))
    if in_use is None:
        await session.delete(source)
    else:
        source.is_active = False
        source.updated_at = later_than(source.updated_at)
    return Deleted(deactivated=in_use is not None)


async def preview_source(_session: AsyncSession, request: PreviewSource) -> Preview:
    """The command that a source, saved or not, makes of the values; or every reason why there is none."""
    fields = request.fields
    errors = [*check_script_path(fields.script_path), *check_definitions(fields.parameters)]
    values = effective_values(fields.parameters, fields.values)
    if not errors:
        wrong = check_values(fields.parameters, values)
        errors = [msgspec.structs.replace(e, field=e.field.replace("parameters", "values", 1)) for e in wrong]
    if too_long := check_together(values):
        raise wrong_fields([*errors, *too_long])
    command = None if errors else display(str(fields.script_path), build_command(fields.parameters, values))
    return Preview(command=command, parameters=values, errors=errors[:MAX_ERRORS])


async def load_source(session: AsyncSession, source_id: int) -> MigrationSource:
    """The row, locked until the transaction ends: no job can appear under a source that goes. Raises Rejected."""
    source = await session.get(MigrationSource, source_id, with_for_update=True)
    if source is None:
        raise not_found("migration source", source_id)
    return source


def definitions_of(source: MigrationSource) -> list[Parameter]:
    return msgspec.convert(source.parameters, list[Parameter])


def _check(fields: SourceInput, *, creating: bool) -> None:
    errors: list[FieldError] = []
    if creating or fields.name is not UNSET:
        errors += check_title("name", fields.name, MAX_NAME)
    if creating or fields.display_name is not UNSET:
        errors += check_title("display_name", fields.display_name)
    if creating or fields.script_path is not UNSET:
        errors += check_script_path(fields.script_path)
    errors += check_description(fields.description)
    if fields.parameters is not UNSET:
        errors += check_definitions(fields.parameters)
    if errors:
        raise wrong_fields(errors)


def _apply(source: MigrationSource, fields: SourceInput) -> None:
    for name, value in msgspec.structs.asdict(fields).items():
        if value is not UNSET:
            setattr(source, name, msgspec.to_builtins(value))


async def _flush(session: AsyncSession, name: str) -> None:
    try:
        await session.flush()
    except IntegrityError as error:
        taken = FieldError("name", "taken", "is the name of another source")
        raise conflict("name_taken", f"there is already a source named {name}", taken) from error


async def _read(session: AsyncSession, source_id: int) -> Source:
    row = (
        await session.execute(select(MigrationSource, JOB_COUNT).where(MigrationSource.id == source_id))
    ).one_or_none()
    if row is None:
        raise not_found("migration source", source_id)
    return _view(*row)


def _view(source: MigrationSource, job_count: int) -> Source:
    return Source(
        id=source.id,
        name=source.name,
        display_name=source.display_name,
        description=source.description,
        script_path=source.script_path,
        parameters=definitions_of(source),
        is_active=source.is_active,
        created_at=rfc3339(source.created_at),
        updated_at=rfc3339(source.updated_at),
        job_count=job_count,
    )

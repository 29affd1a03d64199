"""Requests to catalog: one visible table of what is answered by which function."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from bus.connection import Bus
from bus.requests import Handler
from process.environments import Environments
from proto import requests
from proto.api import Environment, EnvironmentList, Execution, Preview
from proto.problems import Unavailable
from schema.engine import Database
from schema.execution_view import execution_view
from schema.tables import MigrationExecution
from services.catalog import jobs, sources
from services.catalog.dispatch import dispatch
from services.catalog.launching import create_execution, explain_conflict, preview

log = structlog.get_logger()


@dataclass(frozen=True)
class Catalog:
    bus: Bus
    database: Database
    environments: Environments


def handlers(catalog: Catalog) -> dict[type[requests.Request], Handler]:
    """Every request type of catalog with its handler, ready to be answered."""
    database = catalog.database
    return {
        **{kind: _in_transaction(database.read, work) for kind, work in READS.items()},
        **{kind: _in_transaction(database.write, work) for kind, work in WRITES.items()},
        **{kind: partial(work, catalog) for kind, work in OTHERS.items()},
    }


async def execute_job(catalog: Catalog, request: requests.ExecuteJob) -> Execution:
    """The row first; then the command, which the sweep publishes where that fails here."""
    database = catalog.database
    try:
        row = await database.write(lambda session: create_execution(session, catalog.environments, request))
    except IntegrityError:
        row = await database.write(lambda session: explain_conflict(session, request))
    log.info("execution asked for", execution_id=row.id, job_id=row.job_id, environment_id=row.environment_id)
    if row.dispatched_at is None and row.status == "running":
        try:
            await dispatch(catalog.bus, database, row.environment_id, row.id)
        except Unavailable as error:
            log.warning("dispatch is left to the sweep", execution_id=row.id, reason=str(error))
    return execution_view(row)


async def preview_job(catalog: Catalog, request: requests.PreviewJob) -> Preview:
    return await catalog.database.read(lambda session: preview(session, catalog.environments, request))


async def list_environments(catalog: Catalog, _request: requests.ListEnvironments) -> EnvironmentList:
    async def count(session: AsyncSession) -> dict[tuple[str, bool], int]:
        queued = MigrationExecution.phase == "queued"
        query = (
            select(MigrationExecution.environment_id, queued, func.count())
            .where(MigrationExecution.status == "running")
            .group_by(MigrationExecution.environment_id, queued)
        )
        return {(name, bool(is_queued)): number for name, is_queued, number in await session.execute(query)}

    counts = await catalog.database.read(count)
    items = [
        Environment(
            id=name,
            display_name=environment.display_name,
            colour=environment.colour,
            protected=environment.protected,
            max_concurrent=environment.max_concurrent,
            running=counts.get((name, False), 0),
            queued=counts.get((name, True), 0),
            secrets=sorted(environment.secrets),
        )
        for name, environment in catalog.environments.items()
    ]
    return EnvironmentList(items, None, len(items))


async def ping(catalog: Catalog, _request: requests.PingCatalog) -> requests.Pong:
    await catalog.database.read(lambda session: session.execute(select(1)))
    return requests.Pong("catalog")


def _in_transaction(transaction: Callable[[Any], Awaitable[Any]], work: Callable[..., Awaitable[Any]]) -> Handler:
    async def handle(request: requests.Request) -> Any:
        return await transaction(lambda session: work(session, request))

    return handle


READS: dict[type[requests.Request], Callable[..., Awaitable[Any]]] = {
    requests.ListSources: sources.list_sources,
    requests.GetSource: sources.get_source,
    requests.PreviewSource: sources.preview_source,
    requests.ListJobs: jobs.list_jobs,
    requests.GetJob: jobs.get_job,
}
WRITES: dict[type[requests.Request], Callable[..., Awaitable[Any]]] = {
    requests.CreateSource: sources.create_source,
    requests.UpdateSource: sources.update_source,
    requests.DeleteSource: sources.delete_source,
    requests.CreateJob: jobs.create_job,
    requests.UpdateJob: jobs.update_job,
    requests.DeleteJob: jobs.delete_job,
}
OTHERS: dict[type[requests.Request], Callable[..., Awaitable[Any]]] = {
    requests.ExecuteJob: execute_job,
    requests.PreviewJob: preview_job,
    requests.ListEnvironments: list_environments,
    requests.PingCatalog: ping,
}

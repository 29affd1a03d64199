"""Requests to logsink: one visible table of what is answered by which function."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bus.connection import Bus
from bus.publish import hint
from bus.requests import Handler
from proto import requests, subjects
from proto.api import Execution
from proto.problems import Unavailable
from schema.engine import Database
from schema.tables import MigrationExecution
from services.logsink import executions, log_pages, looks, runs
from services.logsink.estimates import EarlierRuns
from services.logsink.events import Announcer
from services.logsink.heartbeats import Heartbeats
from services.logsink.newest import NewestLines

# Lines do not queue behind what hundreds of runs ask that start at once.
CHANGES_AT_ONCE = 2
log = structlog.get_logger()


@dataclass(frozen=True)
class Logsink:
    bus: Bus
    database: Database
    announcer: Announcer


def handlers(logsink: Logsink) -> dict[type[requests.Request], Handler]:
    """Every request type of logsink with its handler, ready to be answered."""
    changing = asyncio.Semaphore(CHANGES_AT_ONCE)
    earlier = EarlierRuns()
    looking = partial(looks.look, earlier=earlier, newest=NewestLines())
    heartbeats = Heartbeats(logsink.database, changing, earlier, partial(_announce, logsink))

    async def cancel(request: requests.CancelExecution) -> Execution:
        return await cancel_execution(logsink, request)

    async def ping(_request: requests.PingLogsink) -> requests.Pong:
        await logsink.database.read(lambda session: session.execute(select(1)))
        return requests.Pong("logsink")

    return {
        **{kind: _reading(logsink, work) for kind, work in READS.items()},
        requests.Look: _reading(logsink, looking),
        **{kind: _changing(logsink, changing, work) for kind, work in CHANGES.items()},
        requests.Heartbeat: heartbeats.answer,
        requests.CancelExecution: cancel,
        requests.PingLogsink: ping,
    }


async def cancel_execution(logsink: Logsink, request: requests.CancelExecution) -> Execution:
    async def work(session: AsyncSession) -> tuple[Execution, MigrationExecution]:
        row = await executions.cancel_execution(session, request)
        return await executions.show(session, row), row

    execution, row = await logsink.database.write(work)
    await hint(logsink.bus, subjects.cancel(row.id))
    await _announce(logsink, row)
    return execution


def _reading(logsink: Logsink, work: Callable[..., Awaitable[Any]]) -> Handler:
    async def handle(request: requests.Request) -> Any:
        return await logsink.database.read(lambda session: work(session, request))

    return handle


def _changing(
    logsink: Logsink, changing: asyncio.Semaphore, work: Callable[..., Awaitable[tuple[Any, MigrationExecution]]]
) -> Handler:
    """Functions that answer with the row they changed, too: its events are published after the commit."""

    async def handle(request: requests.Request) -> Any:
        async with changing:
            reply, row = await logsink.database.write(lambda session: work(session, request))
        await _announce(logsink, row)
        return reply

    return handle


async def _announce(logsink: Logsink, row: MigrationExecution) -> None:
    try:
        await logsink.announcer.announce(row)
    except Unavailable as error:
        log.warning("event is left to the sweep", execution_id=row.id, reason=str(error))


READS: dict[type[requests.Request], Callable[..., Awaitable[Any]]] = {
    requests.ListExecutions: executions.list_executions,
    requests.GetExecution: executions.get_execution,
    requests.ReadLog: log_pages.read_log,
}
CHANGES: dict[type[requests.Request], Callable[..., Awaitable[tuple[Any, MigrationExecution]]]] = {
    requests.Attach: runs.attach,
    requests.Launch: runs.launch,
    requests.End: runs.end,
    requests.ForsakeRun: runs.forsake,
}

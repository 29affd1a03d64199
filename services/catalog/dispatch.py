"""The outbox and the healer: every execution that should be worked on has its command in EXECUTE.

The stream keeps one command per execution, so publishing again is harmless: where the command is still queued or
being worked on, it is refused, and that counts as dispatched.
"""

from datetime import datetime, timedelta
from functools import partial
from typing import Any, get_args

import msgspec
import structlog
from prometheus_client import Gauge
from sqlalchemy import ColumnElement, case, func, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from bus.connection import Bus
from bus.publish import AlreadyThere, publish
from bus.requests import ask
from process.environments import Environments
from proto import subjects
from proto.api import Phase
from proto.problems import Rejected, Unavailable
from proto.requests import ForsakeRun
from proto.runs import Execute, Standing
from proto.times import now
from schema.engine import Database
from schema.tables import MigrationExecution

AT_ONCE = 500
PHASES = get_args(Phase)
EXECUTIONS = Gauge("medpro_executions", "Executions that have not ended", ["environment", "phase"])
OUTBOX_AGE = Gauge("medpro_outbox_age_seconds", "Age of the oldest execution whose command is not published yet")
log = structlog.get_logger()


async def dispatch(bus: Bus, database: Database, environment_id: str, execution_id: int) -> None:
    """Publishes the command, then marks the row. Raises Unavailable; the sweep will do it again."""
    try:
        payload = msgspec.json.encode(Execute(execution_id))
        await publish(bus, subjects.execute(environment_id, execution_id), payload)
    except AlreadyThere:
        pass

    async def mark(session: AsyncSession) -> None:
        await session.execute(
            update(MigrationExecution).where(MigrationExecution.id == execution_id).values(dispatched_at=now())
        )

    await database.write(mark)


async def sweep(bus: Bus, database: Database, environments: Environments, silent_for_s: float) -> None:
    """Dispatches what is not, and what no executor has spoken of for `silent_for_s`; launched runs first.

    Raises Unavailable when the database does not answer; the bus may fail for one and work for the next.
    """
    for launched in (True, False):
        last_id = 0
        while due := await database.read(partial(_due, environments, silent_for_s, launched, last_id)):
            for execution_id, environment_id in due:
                await _heal(bus, database, environments, execution_id, environment_id)
            last_id = due[-1][0]


async def observe(database: Database, environments: Environments) -> None:
    """Shows what runs and waits in each environment, and how long the oldest row of the outbox has waited."""

    async def count(session: AsyncSession) -> list[Any]:
        row = MigrationExecution
        waiting = case((row.dispatched_at.is_(None), row.started_at))
        query = (
            select(row.environment_id, row.phase, func.count(), func.min(waiting))
            .where(row.status == "running")
            .group_by(row.environment_id, row.phase)
        )
        return list(await session.execute(query))

    found = await database.read(count)
    for environment_id in {*environments, *(row[0] for row in found)}:
        for phase in PHASES:
            counted = next((row[2] for row in found if row[:2] == (environment_id, phase)), 0)
            EXECUTIONS.labels(environment_id, phase).set(counted)
    oldest = min((row[3] for row in found if row[3] is not None), default=None)
    OUTBOX_AGE.set(0 if oldest is None else max(0.0, (now() - oldest).total_seconds()))


async def _due(
    environments: Environments, silent_for_s: float, launched: bool, after_id: int, session: AsyncSession
) -> list[tuple[int, str]]:
    """A run whose environment is gone is given up only when nobody follows it any more, or it was never launched."""
    row = MigrationExecution
    silent = _not_within(func.coalesce(row.last_seen_at, row.dispatched_at), silent_for_s)
    unspoken = silent & _not_within(row.dispatched_at, silent_for_s)
    known = row.environment_id.in_(list(environments))
    query = (
        select(row.id, row.environment_id)
        .where(row.status == "running", row.id > after_id)
        .where(row.launched_on.is_not(None) if launched else row.launched_on.is_(None))
        .where(known & or_(row.dispatched_at.is_(None), unspoken) | ~known & (silent if launched else true()))
        .order_by(row.id)
        .limit(AT_ONCE)
    )
    return [(found.id, found.environment_id) for found in await session.execute(query)]


def _not_within(
    moment: ColumnElement[datetime] | InstrumentedAttribute[datetime | None], seconds: float
) -> ColumnElement[bool]:
    """Neither a short while ago nor ahead: clocks of other services, and one's own, may have been set."""
    return ~moment.between(now() - timedelta(seconds=seconds), now() + timedelta(seconds=seconds))


async def _heal(
    bus: Bus, database: Database, environments: Environments, execution_id: int, environment_id: str
) -> None:
    try:
        if environment_id in environments:
            await dispatch(bus, database, environment_id, execution_id)
        else:
            await ask(bus, ForsakeRun(execution_id=execution_id), Standing)
    except (Unavailable, Rejected) as error:
        log.warning("sweep", execution_id=execution_id, reason=str(error))

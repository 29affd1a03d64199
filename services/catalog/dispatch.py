"""The outbox and the healer: every execution that should be worked on has its command in EXECUTE.

The stream keeps one command per execution, so publishing again is harmless: where the command is still queued or
being worked on, it is refused, and that counts as dispatched.
"""

from datetime import timedelta

import msgspec
import structlog
from sqlalchemy import func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bus.connection import Bus
from bus.publish import AlreadyThere, publish
from bus.requests import ask
from process.environments import Environments
from proto import subjects
from proto.problems import Rejected, Unavailable
from proto.requests import ForsakeRun
from proto.runs import Execute, Standing
from proto.times import now
from schema.engine import Database
from schema.tables import MigrationExecution

SWEEP_AT_MOST = 500
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

    async def find(session: AsyncSession) -> list[tuple[int, str]]:
        silent_since = now() - timedelta(seconds=silent_for_s)
        seen = func.coalesce(MigrationExecution.last_seen_at, MigrationExecution.dispatched_at)
        query = (
            select(MigrationExecution.id, MigrationExecution.environment_id)
            .where(MigrationExecution.status == "running")
            .where(
                or_(
                    MigrationExecution.dispatched_at.is_(None),
                    (seen < silent_since) & (MigrationExecution.dispatched_at < silent_since),
                    MigrationExecution.environment_id.not_in(list(environments)),
                ),
            )
            .order_by(MigrationExecution.launched_on.is_(None), MigrationExecution.id)
            .limit(SWEEP_AT_MOST)
        )
        return [(row.id, row.environment_id) for row in await session.execute(query)]

    for execution_id, environment_id in await database.read(find):
        try:
            if environment_id in environments:
                await dispatch(bus, database, environment_id, execution_id)
            else:
                await ask(bus, ForsakeRun(execution_id=execution_id), Standing)
        except (Unavailable, Rejected) as error:
            log.warning("sweep", execution_id=execution_id, reason=str(error))

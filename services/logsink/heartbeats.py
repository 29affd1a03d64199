"""What hundreds of runs tell at once, written together: with a transaction for each, logsink would have no time left
for their lines. While it is quiet each is written at once and alone.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import structlog

from bus.requests import HANDLE_WITHIN_S
from proto.requests import Heartbeat
from proto.runs import Standing
from schema.engine import Database
from schema.tables import MigrationExecution
from services.logsink import runs
from services.logsink.estimates import EarlierRuns

log = structlog.get_logger()


@dataclass(frozen=True, eq=False)
class Told:
    """`row` is None where it has to be written alone; it is done where nobody waits any more."""

    heartbeat: Heartbeat
    row: asyncio.Future[MigrationExecution | None] = field(default_factory=asyncio.Future)


@dataclass
class Heartbeats:
    """Its task ends when nothing waits. `turns` are those of everything that changes executions; what waits when one
    comes is written in it, which is no more than requests are answered at a time."""

    database: Database
    turns: asyncio.Semaphore
    earlier: EarlierRuns
    announce: Callable[[MigrationExecution], Awaitable[None]]
    _waiting: list[Told] = field(default_factory=list)
    _writing: asyncio.Task[None] | None = None

    async def answer(self, heartbeat: Heartbeat) -> Standing:
        told = Told(heartbeat)
        self._waiting.append(told)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_what_waits(), name="heartbeats")
        row = await told.row
        if row is None:
            async with self.turns:
                row = await self.database.write(lambda session: runs.heartbeat(session, heartbeat))
        await self.announce(row)
        return runs.standing(row)

    async def _write_what_waits(self) -> None:
        while self._waiting:
            async with self.turns:
                together, self._waiting = self._waiting, []
                await self._write([told for told in together if not told.row.done()])

    async def _write(self, together: list[Told]) -> None:
        """Whatever happens, each hears of it or goes alone, and is told then what is wrong with it."""
        heartbeats = [told.heartbeat for told in together]
        rows: dict[int, MigrationExecution] = {}
        try:
            async with asyncio.timeout(HANDLE_WITHIN_S):
                rows = await self.database.write(lambda session: runs.heartbeats(session, heartbeats, self.earlier))
        except Exception as error:  # noqa: BLE001 - whatever it is, it may be the fault of one of them
            log.warning("heartbeats go alone", count=len(together), error=type(error).__name__)
        finally:
            for told in together:
                if not told.row.done():
                    told.row.set_result(rows.get(told.heartbeat.execution_id))

"""What hundreds of runs tell at once, written together: with a transaction for each, logsink would have no time left
for their lines. While it is quiet each is written at once and alone.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from proto.requests import Heartbeat
from proto.runs import Standing
from schema.engine import Database
from schema.tables import MigrationExecution
from services.logsink import runs
from services.logsink.estimates import EarlierRuns


@dataclass(frozen=True, eq=False)
class Told:
    """`row` is None where it has to be written alone."""

    heartbeat: Heartbeat
    row: asyncio.Future[MigrationExecution | None] = field(default_factory=asyncio.Future)


@dataclass
class Heartbeats:
    """`turns` are those of everything that changes executions: who gets one writes what waits by then, for all. That
    is no more than requests are answered at a time."""

    database: Database
    turns: asyncio.Semaphore
    earlier: EarlierRuns
    announce: Callable[[MigrationExecution], Awaitable[None]]
    _waiting: list[Told] = field(default_factory=list)

    async def answer(self, heartbeat: Heartbeat) -> Standing:
        row = await self._write_together(heartbeat)
        if row is None:
            async with self.turns:
                row = await self.database.write(lambda session: runs.heartbeat(session, heartbeat))
        await self.announce(row)
        return runs.standing(row)

    async def _write_together(self, heartbeat: Heartbeat) -> MigrationExecution | None:
        told = Told(heartbeat)
        self._waiting.append(told)
        try:
            async with self.turns:
                if told in self._waiting:
                    await self._write_what_waits()
            return await told.row
        finally:
            if told in self._waiting:
                self._waiting.remove(told)
            told.row.cancel()

    async def _write_what_waits(self) -> None:
        together, self._waiting = self._waiting, []
        heartbeats = [told.heartbeat for told in together]
        rows: dict[int, MigrationExecution] = {}
        try:
            rows = await self.database.write(lambda session: runs.heartbeats(session, heartbeats, self.earlier))
        finally:
            for told in together:
                if not told.row.done():
                    told.row.set_result(rows.get(told.heartbeat.execution_id))

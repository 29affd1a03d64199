"""A run's next lines are stored while those before are: kept as if one had followed the other, or not at all."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from types import SimpleNamespace
from typing import Any, cast

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from proto.problems import Unavailable
from proto.runs import RunEnd
from schema.engine import Database
from schema.tables import MigrationExecution, MigrationLog
from services.logsink import ingest, intake, queues, rows
from services.logsink.ingest import Chunk, Kept, Overtaken, Verdict, keep_ahead, keep_chunks, keep_end
from services.logsink.intake import Intake
from services.logsink.queues import Message
from tests.logsink.conftest import Insert, stored_lines
from tests.logsink.test_keep_little import what_is_kept

READ_AT = datetime(2026, 11, 26, 10, tzinfo=UTC)
FIRST, SECOND, THIRD = b"Processed 50/200 patients\nERROR it", b" broke\nProcessed 60/2", b"00 patients\nthe last\n"
LOG = FIRST + SECOND + THIRD


pytestmark = pytest.mark.parametrize("either_database", ["mariadb"], indirect=True)  # SQLite has one writer at a time


@pytest.fixture
def database(either_database: Database) -> Database:
    return either_database


class Ahead:
    """The three parts of a log in three transactions at once; each begins when the one before is foreseen."""

    def __init__(self, database: Database, execution_id: int) -> None:
        self.database, self.execution_id = database, execution_id
        self.foreseen = [asyncio.get_running_loop().create_future() for _ in range(3)]
        self.tried = [asyncio.Event() for _ in range(3)]

    def foresee(self, number: int, row: MigrationExecution) -> None:
        if not self.foreseen[number].done():
            self.foreseen[number].set_result(row)

    async def first(self) -> Kept:
        chunks = [Chunk(0, FIRST, READ_AT)]

        async def work(session: AsyncSession) -> Kept:
            kept = await keep_chunks(session, self.execution_id, chunks, lambda row: self.foresee(0, row))
            await self.before_commit()
            return kept

        return await self._trying(0, work)

    async def before_commit(self) -> None:
        """The others have stored their lines, as far as they could, before the first is committed."""
        await asyncio.wait_for(self.foreseen[2], 5)

    async def next(self, number: int, offset: int, data: bytes) -> Kept:
        foreseen = await self.foreseen[number - 1]
        chunks = [Chunk(offset, data, READ_AT)]
        return await self._trying(
            number,
            lambda session: keep_ahead(
                session, foreseen, self.tried[number - 1], chunks, lambda row: self.foresee(number, row)
            ),
        )

    async def _trying(self, number: int, work: Any) -> Kept:
        try:
            return await self.database.write(work)
        finally:
            self.tried[number].set()

    async def all(self) -> Sequence[Kept | BaseException]:
        turns = (
            self.first(),
            self.next(1, len(FIRST), SECOND),
            self.next(2, len(FIRST + SECOND), THIRD),
        )
        async with asyncio.timeout(10):
            return await asyncio.gather(*turns, return_exceptions=True)


async def test_what_is_stored_ahead_is_as_if_it_had_followed(
    database: Database, insert_execution: Insert, monkeypatch: pytest.MonkeyPatch
) -> None:
    ahead, alone = [await insert_execution(script_started_at=READ_AT) for _ in range(2)]
    stored = asyncio.Semaphore(0)

    async def insert_lines(*arguments: Any, **how: Any) -> None:
        await rows.insert_lines(*arguments, **how)
        stored.release()

    class AllStored(Ahead):
        async def before_commit(self) -> None:
            for _ in range(3):
                await stored.acquire()

    monkeypatch.setattr(ingest, "insert_lines", insert_lines)
    kept = await AllStored(database, ahead).all()
    offset = 0
    for data in (FIRST, SECOND, THIRD):
        chunks = [Chunk(offset, data, READ_AT)]
        await database.write(partial(keep_chunks, execution_id=alone, chunks=chunks))
        offset += len(data)
    assert [one.verdict for one in kept if isinstance(one, Kept)] == [Verdict.KEPT] * 3
    assert await what_is_kept(database, ahead) == await what_is_kept(database, alone)
    assert await stored_lines(database, ahead) == LOG.decode().splitlines()


async def test_nothing_is_kept_ahead_of_what_was_not_kept(database: Database, insert_execution: Insert) -> None:
    execution_id = await insert_execution()

    class Failing(Ahead):
        async def before_commit(self) -> None:
            await super().before_commit()
            raise Unavailable("the database went away")

    first, second, third = await Failing(database, execution_id).all()
    assert [type(one) for one in (first, second, third)] == [Unavailable, Overtaken, Overtaken]
    async with database.engine.connect() as connection:
        assert await connection.scalar(select(func.count()).select_from(MigrationLog)) == 0


async def test_it_gives_way_to_what_takes_long(
    database: Database, insert_execution: Insert, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest, "GIVE_WAY_AFTER_S", 0.05)
    execution_id = await insert_execution()

    class Slow(Ahead):
        async def before_commit(self) -> None:
            await self.tried[1].wait()

    first, second, third = await Slow(database, execution_id).all()
    assert (cast(Kept, first).verdict, type(second), type(third)) == (Verdict.KEPT, Overtaken, Overtaken)
    assert await stored_lines(database, execution_id) == ["Processed 50/200 patients"]


async def test_an_end_that_came_in_between_is_seen(database: Database, insert_execution: Insert) -> None:
    execution_id = await insert_execution()
    end = RunEnd(ending="exited", exit_status=0, total_bytes=len(LOG))

    class Ending(Ahead):
        async def next(self, number: int, offset: int, data: bytes) -> Kept:
            if number == 1:
                await self.tried[0].wait()
                await database.write(lambda session: keep_end(session, execution_id, end, READ_AT))
            return await super().next(number, offset, data)

        async def before_commit(self) -> None: ...

    _, second, _ = await Ending(database, execution_id).all()
    assert isinstance(second, Overtaken)
    await database.write(lambda session: keep_chunks(session, execution_id, [Chunk(0, LOG, READ_AT)]))
    status, lines = (
        (await what_is_kept(database, execution_id))[0]["status"],
        await stored_lines(database, execution_id),
    )
    assert (status, lines) == ("completed", LOG.decode().splitlines())


async def test_what_another_logsink_has_kept_is_not_kept_again(database: Database, insert_execution: Insert) -> None:
    execution_id = await insert_execution()

    class Rivalled(Ahead):
        async def next(self, number: int, offset: int, data: bytes) -> Kept:
            if number == 1:
                await self.tried[0].wait()
                rival = [Chunk(len(FIRST), SECOND + THIRD, READ_AT)]
                await database.write(lambda session: keep_chunks(session, execution_id, rival))
            return await super().next(number, offset, data)

        async def before_commit(self) -> None: ...

    _, second, third = await Rivalled(database, execution_id).all()
    assert [type(second), type(third)] == [Overtaken, Overtaken]
    assert await stored_lines(database, execution_id) == LOG.decode().splitlines()


@dataclass
class Delivery:
    """Comes again when it is handed back."""

    taking: Intake
    execution_id: int
    chunk: Chunk
    acked: asyncio.Event = field(default_factory=asyncio.Event)
    number_of_deliveries = 1

    @property
    def data(self) -> bytes:
        return self.chunk.data

    def put(self) -> None:
        self.taking._put(self.execution_id, Message(cast(Any, self), self.chunk))

    async def ack(self) -> None:
        self.acked.set()

    async def nak(self, _delay_s: float) -> None:
        asyncio.get_running_loop().call_later(0.01, self.put)


@asynccontextmanager
async def working(database: Database) -> AsyncIterator[Intake]:
    announcer: Any = SimpleNamespace(
        announce=lambda _row: asyncio.sleep(0), announce_progress=lambda _row: asyncio.sleep(0)
    )
    taking = Intake(cast(Any, SimpleNamespace(connected=False)), database, announcer)
    workers = [asyncio.create_task(taking._work_on_one()) for _ in range(4)]
    workers.append(asyncio.create_task(taking._work_on_many()))
    try:
        yield taking
        assert not [worker for worker in workers if worker.done()]
    finally:
        for worker in workers:
            worker.cancel()


@pytest.mark.parametrize("failures", [0.0, 0.3])
async def test_whatever_fails_every_line_is_kept_once_and_in_order(
    database: Database, insert_execution: Insert, monkeypatch: pytest.MonkeyPatch, failures: float
) -> None:
    chance, done = random.Random(11), []

    def failing(name: str) -> Any:
        keep = getattr(ingest, name)

        async def work(*arguments: Any) -> Kept:
            kept: Kept = await keep(*arguments)
            if chance.random() < failures:
                raise Unavailable("before the commit")
            done.append(name)
            return kept

        return work

    for name in ("keep_chunks", "keep_ahead"):
        monkeypatch.setattr(intake, name, failing(name))
    monkeypatch.setattr(queues, "TOGETHER_AT_MOST_BYTES", 40_000)
    lines = [f"line {number} of the log".ljust(99, ".") for number in range(5000)]
    log = "".join(line + "\n" for line in lines).encode()
    executions = [await insert_execution() for _ in range(2)]
    chunks = [Chunk(offset, log[offset : offset + 30_000], READ_AT) for offset in range(0, len(log), 30_000)]
    async with asyncio.timeout(60), working(database) as taking:
        deliveries = [Delivery(taking, execution_id, chunk) for chunk in chunks for execution_id in executions]
        for delivery in deliveries:
            delivery.put()
        for delivery in deliveries:
            await delivery.acked.wait()
    assert [await stored_lines(database, execution_id) for execution_id in executions] == [lines, lines]
    assert "keep_ahead" in done

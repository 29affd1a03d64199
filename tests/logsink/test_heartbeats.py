"""Many heartbeats at once are written in one transaction, and each run hears of itself alone."""

import asyncio
from collections.abc import Sequence

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from proto.problems import Rejected, Unavailable
from proto.requests import Heartbeat
from proto.runs import Standing
from schema.engine import Database, Work
from schema.tables import MigrationExecution
from services.logsink.estimates import EarlierRuns
from services.logsink.heartbeats import Heartbeats
from services.logsink.ingest import lock_execution
from tests.logsink.conftest import Insert


@pytest.fixture
def database(either_database: Database) -> Database:
    return either_database


class Scene:
    """`turns` of one; `announced` are the executions that were announced, `writes` the transactions, which begin when
    `may_write`, and of which as many fail as `failures` says."""

    def __init__(self, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        self.writes = self.failures = 0
        self.may_write, self.writes_now = asyncio.Event(), asyncio.Event()
        self.may_write.set()
        self.announced: list[int] = []
        self.turns = asyncio.Semaphore(1)
        self.heartbeats = Heartbeats(database, self.turns, EarlierRuns(), self._announce)
        self._database_write = database.write
        monkeypatch.setattr(database, "write", self._write)

    async def _write(self, work: Work[object]) -> object:
        self.writes += 1
        self.writes_now.set()
        await self.may_write.wait()
        if self.failures:
            self.failures -= 1
            raise Unavailable("the database does not answer")
        return await self._database_write(work)

    async def _announce(self, row: MigrationExecution) -> None:
        self.announced.append(row.id)

    async def told_at_once(self, heartbeats: Sequence[Heartbeat]) -> list[asyncio.Task[Standing]]:
        """All of them wait before the first is written."""
        async with self.turns:
            telling = [asyncio.create_task(self.heartbeats.answer(heartbeat)) for heartbeat in heartbeats]
            await asyncio.sleep(0)  # each comes as far as it can without a turn
        return telling


@pytest.fixture
def scene(database: Database, monkeypatch: pytest.MonkeyPatch) -> Scene:
    return Scene(database, monkeypatch)


async def stored(database: Database, execution_id: int) -> MigrationExecution:
    async def work(session: AsyncSession) -> MigrationExecution:
        row = await session.get(MigrationExecution, execution_id)
        assert row is not None
        return row

    return await database.read(work)


async def test_what_is_told_at_once_is_written_together_and_each_hears_of_its_own(
    database: Database, insert_execution: Insert, scene: Scene
) -> None:
    ids = [await insert_execution(log_bytes=number) for number in range(5)]
    before = scene.writes
    telling = await scene.told_at_once([Heartbeat(execution_id=one, script_age_ms=1000) for one in ids])
    assert [(await told).committed_bytes for told in telling] == [0, 1, 2, 3, 4]
    assert scene.writes - before == 1
    assert sorted(scene.announced) == ids
    for execution_id in ids:
        row = await stored(database, execution_id)
        assert None not in (row.last_seen_at, row.script_started_at)


async def test_one_that_nobody_knows_is_rejected_and_the_others_are_not(insert_execution: Insert, scene: Scene) -> None:
    known = await insert_execution()
    unknown, told = await scene.told_at_once([Heartbeat(execution_id=999), Heartbeat(execution_id=known)])
    assert not (await told).ended
    with pytest.raises(Rejected) as rejected:
        await unknown
    assert rejected.value.problem.status == 404


async def test_who_goes_away_while_it_is_written_takes_nothing_from_the_others(
    insert_execution: Insert, scene: Scene
) -> None:
    ids = [await insert_execution() for _ in range(3)]
    before = scene.writes
    scene.may_write.clear()
    first, second, third = await scene.told_at_once([Heartbeat(execution_id=one) for one in ids])
    scene.writes_now.clear()
    await scene.writes_now.wait()
    first.cancel()
    scene.may_write.set()
    assert [(await told).ended for told in (second, third)] == [False, False]
    assert first.cancelled()
    assert scene.writes - before == 1


async def test_where_they_cannot_be_written_together_each_goes_alone(insert_execution: Insert, scene: Scene) -> None:
    ids = [await insert_execution() for _ in range(3)]
    before, scene.failures = scene.writes, 1
    telling = await scene.told_at_once([Heartbeat(execution_id=one) for one in ids])
    assert [(await told).ended for told in telling] == [False] * 3
    assert scene.writes - before == 1 + 3


async def test_the_last_that_was_told_of_a_run_counts(
    database: Database, insert_execution: Insert, scene: Scene
) -> None:
    execution_id = await insert_execution()
    beats = [
        Heartbeat(execution_id=execution_id, unreachable_for_ms=1, unreachable_reason="away"),
        Heartbeat(execution_id=execution_id),
    ]
    await asyncio.gather(*await scene.told_at_once(beats))
    assert (await stored(database, execution_id)).unreachable_reason is None


@pytest.mark.parametrize("either_database", ["mariadb"], indirect=True)  # SQLite locks everything at once
async def test_one_whose_row_is_locked_waits_alone(database: Database, insert_execution: Insert, scene: Scene) -> None:
    locked, free = await insert_execution(), await insert_execution()

    async def meanwhile(session: AsyncSession) -> asyncio.Task[Standing]:
        await lock_execution(session, locked)
        waiting, told = await scene.told_at_once([Heartbeat(execution_id=one) for one in (locked, free)])
        await told
        assert not waiting.done()
        return waiting

    async with asyncio.timeout(5):
        assert not (await (await database.write(meanwhile))).ended

"""Many runs that share a transaction: each is kept as if it had been alone, and none waits for another."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from types import SimpleNamespace
from typing import Any, cast

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from proto.runs import RunEnd
from schema.engine import Database
from schema.tables import MigrationExecution, MigrationLog, log_id
from services.logsink import ingest
from services.logsink.ingest import Chunk, Kept, Verdict, keep_chunks, keep_end, keep_little, lock_execution
from services.logsink.intake import Intake
from services.logsink.queues import Message
from services.logsink.understand import Reader
from tests.logsink.conftest import Insert, either_database, insert_execution, stored_lines

__all__ = ["either_database", "insert_execution"]
READ_AT = datetime(2026, 11, 22, 10, 0, 0, 123000, tzinfo=UTC)
LOGS = {
    "progress": [
        b"Found 200 patients\n",
        b"Processed 50/200 patients\nProcessed 60/200 patients\nProcessed 70/200 pat",
    ],
    "hostile": ["\\ ' \" \0 \N{PILE OF POO} é\n".encode(), b"\xff\xfe NULL %s :rows '); --\nnull\n"],
    "levels": [b"ERROR it broke\nWARN it may\n", b"DEBUG nothing\n"],
    "empty": [b"\n\n", b"no line's end"],
    "silent": [b"12", b"3"],
    "many lines": [b"\n" * 16_000, b"x\n" * 3],
}


@pytest.fixture
def database(either_database: Database) -> Database:
    return either_database


def chunks_of(log: Sequence[bytes], step: int) -> list[Chunk]:
    return [Chunk(sum(map(len, log[:step])), log[step], READ_AT + timedelta(seconds=step))]


async def little(database: Database, chunks_of: Mapping[int, Sequence[Chunk]]) -> dict[int, Kept]:
    return await database.write(lambda session: keep_little(session, chunks_of))


async def what_is_kept(database: Database, execution_id: int) -> tuple[dict[str, Any], list[Any]]:
    async def work(session: AsyncSession) -> tuple[dict[str, Any], list[Any]]:
        row = await session.get_one(MigrationExecution, execution_id)
        own = {"id", "run_key", "running_key", "started_at"}
        columns = {name: getattr(row, name) for name in set(MigrationExecution.__table__.columns.keys()) - own}
        query = select(MigrationLog).where(MigrationLog.execution_id == execution_id).order_by(MigrationLog.seq)
        lines = list(await session.scalars(query))
        return columns, [(line.seq, line.log_level, line.message, line.logged_at) for line in lines]

    return await database.read(work)


async def test_each_is_kept_as_if_it_had_been_alone(database: Database, insert_execution: Insert) -> None:
    alone = {name: await insert_execution(script_started_at=READ_AT) for name in LOGS}
    together = {name: await insert_execution(script_started_at=READ_AT) for name in LOGS}
    for step in (0, 1):
        for name, execution_id in alone.items():
            work = partial(keep_chunks, execution_id=execution_id, chunks=chunks_of(LOGS[name], step))
            await database.write(work)
        kept = await little(database, {together[name]: chunks_of(log, step) for name, log in LOGS.items()})
        assert {one.verdict for one in kept.values()} == {Verdict.KEPT}
    for name in LOGS:
        assert await what_is_kept(database, together[name]) == await what_is_kept(database, alone[name])


async def test_one_that_is_complete_ends_and_the_others_go_on(database: Database, insert_execution: Insert) -> None:
    ending, running = await insert_execution(), await insert_execution()
    exited = RunEnd(ending="exited", exit_status=0, total_bytes=8)
    await database.write(lambda session: keep_end(session, ending, exited, READ_AT))
    await little(database, {ending: [Chunk(0, b"the last", READ_AT)], running: [Chunk(0, b"one\n", READ_AT)]})
    assert ((await what_is_kept(database, ending))[0]["status"], await stored_lines(database, ending)) == (
        "completed",
        ["the last"],
    )
    assert ((await what_is_kept(database, running))[0]["status"], await stored_lines(database, running)) == (
        "running",
        ["one"],
    )


async def test_a_gap_in_one_is_told_and_the_others_are_kept(database: Database, insert_execution: Insert) -> None:
    ahead, known, fresh = [await insert_execution() for _ in range(3)]
    await little(database, {known: [Chunk(0, b"one\n", READ_AT)]})
    kept = await little(
        database,
        {
            ahead: [Chunk(4, b"two\n", READ_AT)],
            known: [Chunk(0, b"one\n", READ_AT)],
            fresh: [Chunk(0, b"new\n", READ_AT)],
        },
    )
    assert {execution_id: one.verdict for execution_id, one in kept.items()} == {
        ahead: Verdict.AHEAD,
        known: Verdict.KNOWN,
        fresh: Verdict.KEPT,
    }
    assert [await stored_lines(database, one) for one in (ahead, known, fresh)] == [[], ["one"], ["new"]]


@pytest.mark.parametrize("either_database", ["mariadb"], indirect=True)  # SQLite locks everything at once
async def test_one_whose_row_is_locked_is_left_out(database: Database, insert_execution: Insert) -> None:
    locked, free = await insert_execution(), await insert_execution()

    async def meanwhile(session: AsyncSession) -> dict[int, Kept]:
        await lock_execution(session, locked)
        return await little(database, {one: [Chunk(0, b"one\n", READ_AT)] for one in (locked, free)})

    async with asyncio.timeout(5):
        kept = await database.write(meanwhile)
    assert list(kept) == [free]
    assert [await stored_lines(database, one) for one in (locked, free)] == [[], ["one"]]


class Delivery:
    number_of_deliveries = 1

    def __init__(self, data: bytes) -> None:
        self.data, self.answer = data, asyncio.get_running_loop().create_future()

    async def ack(self) -> None:
        self.answer.set_result("ack")

    async def nak(self, _delay_s: float) -> None:
        self.answer.set_result("nak")


async def test_one_that_fails_does_not_hold_up_the_others(database: Database, insert_execution: Insert) -> None:
    failing, fine = await insert_execution(), await insert_execution()

    async def spoil(session: AsyncSession) -> None:
        line = {"seq": 1, "log_level": "INFO", "message": "there already", "logged_at": READ_AT}
        session.add(MigrationLog(id=log_id(failing, 1), execution_id=failing, **line))

    await database.write(spoil)
    announcer: Any = SimpleNamespace(announce=lambda _row: asyncio.sleep(0))
    intake = Intake(cast(Any, SimpleNamespace(connected=False)), database, announcer)
    deliveries = {one: Delivery(b"one\n") for one in (failing, fine)}
    for execution_id, delivery in deliveries.items():
        intake._put(execution_id, Message(cast(Any, delivery), Chunk(0, delivery.data, READ_AT)))
    workers = [asyncio.create_task(work()) for work in (intake._work_on_one, intake._work_on_many)]
    async with asyncio.timeout(5):
        answers = {one: await delivery.answer for one, delivery in deliveries.items()}
    for worker in workers:
        worker.cancel()
    assert answers == {failing: "nak", fine: "ack"}
    assert await stored_lines(database, fine) == ["one"]


async def test_who_reads_has_a_turn_after_each_run(
    database: Database, insert_execution: Insert, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Understanding hundreds of lines of fifty runs at a stretch would keep everybody else for tenths of a second."""
    turns, seen = 0, []
    loading = ingest.load_reader

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    def load(row: MigrationExecution) -> Reader:
        seen.append(turns)
        return loading(row)

    monkeypatch.setattr(ingest, "load_reader", load)
    ids = [await insert_execution() for _ in range(5)]
    turning = asyncio.create_task(others())
    await little(database, {each: chunks_of([b"a line\n"], 0) for each in ids})
    turning.cancel()
    assert len(set(seen)) == len(ids)

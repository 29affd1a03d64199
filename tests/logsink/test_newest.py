"""The newest lines that are held: whatever is asked in whatever order, a page is as if it had been read alone."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from proto.api import LogPage
from proto.requests import Look, ReadLog
from proto.times import now
from schema.engine import Database
from services.logsink import looks, newest
from services.logsink.estimates import EarlierRuns
from services.logsink.ingest import Chunk, keep_chunks, lock_execution
from services.logsink.log_pages import LINE, read_log
from services.logsink.newest import NewestLines
from tests.logsink.conftest import Insert


@pytest.fixture
def database(either_database: Database) -> Database:
    return either_database


@dataclass
class Followed:
    """An execution whose log grows, and somebody who looks at it."""

    database: Database
    execution_id: int
    held: NewestLines = field(default_factory=NewestLines)
    log: bytes = b""

    async def grow(self, lines: int, characters: int = 0) -> None:
        first = self.log.count(b"\n") + 1
        more = b"".join(b"%d %s\n" % (number, b"x" * characters) for number in range(first, first + lines))
        chunk = Chunk(len(self.log), more, now())
        await self.database.write(lambda session: keep_chunks(session, self.execution_id, [chunk]))
        self.log += more

    async def look(self, *asked: ReadLog) -> list[LogPage]:
        request = Look(logs=list(asked))
        looked = await self.database.read(lambda session: looks.look(session, request, EarlierRuns(), self.held))
        return [msgspec.json.decode(reply.body, type=LogPage) for reply in looked.replies]

    async def alone(self, question: ReadLog) -> LogPage:
        return await self.database.read(lambda session: read_log(session, question))


@pytest.fixture
async def followed(database: Database, insert_execution: Insert) -> Followed:
    return Followed(database, await insert_execution())


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """From which line to which the database was asked for."""
    windows: list[tuple[int, int]] = []
    asking = newest._read

    async def noting(session: AsyncSession, missing: Mapping[newest.Log, tuple[int, int]]) -> Any:
        windows.extend(missing.values())
        return await asking(session, missing)

    monkeypatch.setattr(newest, "_read", noting)
    return windows


async def test_a_line_that_many_follow_is_read_once(followed: Followed, read: list[tuple[int, int]]) -> None:
    await followed.grow(10)
    await followed.look(ReadLog(id=followed.execution_id, tail=5))
    await followed.grow(10)
    questions = [ReadLog(id=followed.execution_id, after=after) for after in (6, 8, 10)]
    for _ in range(2):
        pages = await followed.look(*questions)
        assert [page.items[0].message for page in pages] == ["7 ", "9 ", "11 "]
        assert [page.items[-1].message for page in pages] == ["20 "] * 3
    assert read == [(6, 10), (11, 20)]


@pytest.mark.parametrize("most_bytes", [0, 600, 256 * 1024])
@pytest.mark.parametrize("most_lines", [3, 1000])
async def test_every_page_is_as_if_it_had_been_read_alone(
    followed: Followed, monkeypatch: pytest.MonkeyPatch, most_bytes: int, most_lines: int
) -> None:
    monkeypatch.setattr(newest, "MOST_BYTES_OF_ONE", most_bytes)
    monkeypatch.setattr(newest, "MOST_LINES", most_lines)
    monkeypatch.setattr(newest, "MOST_LINES_AT_ONCE", 2 * most_lines)
    chance = random.Random(7)
    for _ in range(15):
        await followed.grow(chance.randrange(8), chance.choice((0, 300)))
        last = followed.log.count(b"\n")
        questions = [
            ReadLog(id=followed.execution_id, limit=chance.choice((2, 500)), **{chance.choice(WAYS): at})  # type: ignore[arg-type]  # one of its own fields
            for at in (chance.randrange(1, last + 3) for _ in range(4))
        ]
        assert await followed.look(*questions) == [await followed.alone(question) for question in questions]


async def test_what_is_held_is_bounded(followed: Followed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(newest, "MOST_BYTES_OF_ONE", 1000)
    for _ in range(5):
        await followed.grow(5, characters=50)
        await followed.look(ReadLog(id=followed.execution_id, tail=5))
    (held,) = followed.held._held.values()
    assert 1 <= sum(len(line.message) for line in held.lines) <= 1000


async def test_of_the_logs_those_are_held_that_were_read_last(
    database: Database, insert_execution: Insert, monkeypatch: pytest.MonkeyPatch, read: list[tuple[int, int]]
) -> None:
    monkeypatch.setattr(newest, "MOST_LOGS", 2)
    logs = [Followed(database, await insert_execution()) for _ in range(3)]
    for each in logs:
        each.held = logs[0].held
        await each.grow(1)
    for index in (0, 1, 2, 2, 1, 0):
        await logs[index].look(ReadLog(id=logs[index].execution_id, tail=1))
    assert len(read) == 4  # the first one was forgotten


async def test_an_id_that_a_restored_database_gives_once_more_has_its_own_lines(followed: Followed) -> None:
    await followed.grow(3)
    question = ReadLog(id=followed.execution_id, tail=2)
    await followed.look(question)

    async def another_run(session: AsyncSession) -> None:
        row = await lock_execution(session, followed.execution_id)
        assert row is not None
        row.started_at -= timedelta(days=1)
        await session.execute(LINE.id.table.update().values(message="another's"))

    await followed.database.write(another_run)
    (page,) = await followed.look(question)
    assert [line.message for line in page.items] == ["another's"] * 2


WAYS = ("after", "before", "tail")

"""Transactions on a real MariaDB whose connections come and go."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from proto.problems import Unavailable
from schema.engine import Database, open_database
from tests.servers import MariaDb


@pytest.fixture
async def database(mariadb: MariaDb) -> AsyncIterator[Database]:
    mariadb.execute("DROP DATABASE IF EXISTS engine")
    async with open_database(mariadb.create("engine")) as database:
        await database.write(lambda session: session.execute(text("CREATE TABLE notes (note VARCHAR(20))")))
        yield database


def lose_connections(mariadb: MariaDb) -> int:
    listed = mariadb.execute("SELECT id FROM information_schema.processlist WHERE db = 'engine'").split()
    ids = [one for one in listed if one.isdigit()]
    mariadb.execute(";".join(f"KILL {one}" for one in ids))
    return len(ids)


async def note(session: AsyncSession) -> None:
    await session.execute(text("INSERT INTO notes VALUES ('noted')"))


async def count(session: AsyncSession) -> int:
    return int(await session.scalar(text("SELECT COUNT(*) FROM notes")) or 0)


async def test_lost_connections_are_replaced_and_nothing_is_written_twice(mariadb: MariaDb, database: Database) -> None:
    await asyncio.gather(*(database.write(note) for _ in range(8)), *(database.read(count) for _ in range(8)))
    assert lose_connections(mariadb) >= 2
    await asyncio.gather(*(database.write(note) for _ in range(8)), *(database.read(count) for _ in range(8)))
    assert await database.read(count) == 16


async def test_a_connection_that_is_lost_at_work_is_replaced_too(mariadb: MariaDb, database: Database) -> None:
    tries = 0

    async def lost_once(session: AsyncSession) -> None:
        nonlocal tries
        tries += 1
        await note(session)
        if tries == 1:
            lose_connections(mariadb)
            await session.scalar(text("SELECT 1"))

    await database.write(lost_once)
    assert (tries, await database.read(count)) == (2, 1)


async def test_a_commit_whose_outcome_is_not_known_is_not_tried_again(mariadb: MariaDb, database: Database) -> None:
    tries = 0

    async def lost_before_the_commit(session: AsyncSession) -> None:
        nonlocal tries
        tries += 1
        await note(session)
        lose_connections(mariadb)

    with pytest.raises(Unavailable):
        await database.write(lost_before_the_commit)
    assert tries == 1

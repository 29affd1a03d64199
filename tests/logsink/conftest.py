"""A database with the schema, in a file of its own, and an execution in it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from proto.runs import RunRequest
from schema.engine import Database, open_database
from schema.tables import MigrationExecution, MigrationJob, MigrationLog, MigrationSource, Table
from tests.servers import MariaDb

Insert = Callable[..., Awaitable[int]]


@asynccontextmanager
async def with_schema(url: str) -> AsyncIterator[Database]:
    async with open_database(url) as database:
        async with database.engine.begin() as connection:
            await connection.run_sync(Table.metadata.create_all)
        yield database


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with with_schema(f"sqlite+aiosqlite:///{tmp_path}/medpro.db") as database:
        yield database


@pytest.fixture(params=["sqlite", "mariadb"])
async def either_database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """What must be so in both: a test module makes this its `database`."""
    url = f"sqlite+aiosqlite:///{tmp_path}/medpro.db"
    if request.param == "mariadb":
        server: MariaDb = request.getfixturevalue("mariadb")
        server.execute("DROP DATABASE IF EXISTS either")
        url = server.create("either")
    async with with_schema(url) as database:
        yield database


@pytest.fixture
async def insert_execution(database: Database) -> Insert:
    """Inserts an execution; keywords are columns. Returns its id."""
    number = 0

    async def insert(max_log_bytes: int = 10**9, **columns: object) -> int:
        nonlocal number
        number += 1
        request = RunRequest(
            source="s", job="j", job_id=1, source_id=1, environment_id="staging", script_path="/x", parameters={},
            arguments=[], environment={}, secrets={}, max_log_bytes=max_log_bytes,
        )  # fmt: skip

        async def work(session: AsyncSession) -> int:
            if number == 1:
                session.add(MigrationSource(name="s", display_name="s", script_path="/x", parameters=[]))
                await session.flush()
                session.add(MigrationJob(source_id=1, name="j", parameters={}))
                await session.flush()
            row = MigrationExecution(
                job_id=1, environment_id="staging", command_executed="/x", run_key=f"key{number}",
                request=msgspec.to_builtins(request), running_key=f"1:staging:{number}", **columns,
            )  # fmt: skip
            session.add(row)
            await session.flush()
            return row.id

        return await database.write(work)

    return insert


async def stored_lines(database: Database, execution_id: int) -> list[str]:
    query = select(MigrationLog.message).where(MigrationLog.execution_id == execution_id).order_by(MigrationLog.seq)

    async def work(session: AsyncSession) -> list[str]:
        return list(await session.scalars(query))

    return await database.read(work)

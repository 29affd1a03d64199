"""The engine and what a transaction is: one function that takes a session, committed when it returns.

Handlers never see a driver's error: a database that does not answer is Unavailable.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import structlog
from sqlalchemy import URL, Connection, event, make_url, select
from sqlalchemy.exc import DBAPIError, IntegrityError, InvalidRequestError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from proto.problems import Unavailable
from schema.columns import MYSQL

T = TypeVar("T")
Work = Callable[[AsyncSession], Awaitable[T]]
TRIES = 4
WRITERS, READERS = 10, 15
DEADLOCK, LOCK_WAIT_TIMEOUT = 1213, 1205
log = structlog.get_logger()


class Database:
    """`write` runs a function in a transaction of its own; `read` in a session whose every statement sees what is
    committed when it begins. Both raise Unavailable.

    Each has connections of its own, so that whoever looks does not wait behind those who write.
    """

    def __init__(self, engine: AsyncEngine, reading: AsyncEngine) -> None:
        self.engine = engine
        self._writing = async_sessionmaker(engine, expire_on_commit=False)
        self._reading = async_sessionmaker(reading.execution_options(read_only=True), expire_on_commit=False)

    @property
    def stores_ahead(self) -> bool:
        """Whether lines can be stored before their execution is locked: see `insert_lines`."""
        return bool(getattr(self.engine.dialect, "is_mariadb", False))

    async def write(self, work: Work[T]) -> T:
        """Repeats `work` after a deadlock, so it may run more than once. IntegrityError passes through."""
        return await self._try(self._writing, work)

    async def read(self, work: Work[T]) -> T:
        return await self._try(self._reading, work)

    async def _try(self, sessions: async_sessionmaker[AsyncSession], work: Work[T]) -> T:
        """A connection that was lost since it was last used is found out by using it, and another one is taken: to ask
        each whether it lives would cost a way to the database every time. A commit is not tried twice."""
        for attempt in range(TRIES):
            worked = False
            try:
                async with sessions() as session:
                    result = await work(session)
                    worked = True
                    if sessions is self._writing:
                        await session.commit()
            except IntegrityError:
                raise
            except DBAPIError as error:
                again = _is_deadlock(error) or (error.connection_invalidated and not worked)
                if attempt == TRIES - 1 or not again:
                    raise _unavailable(error) from error
            except (PoolTimeout, InvalidRequestError, OSError) as error:
                raise _unavailable(error) from error
            else:
                return result
        raise AssertionError("unreachable")

    async def answers(self) -> bool:
        try:
            await self.read(lambda session: session.execute(select(1)))
        except Unavailable:
            return False
        return True


def database_url(url: str, password_file: Path | None = None) -> URL:
    """The URL is SQLAlchemy's, with an async driver: sqlite+aiosqlite, mysql+asyncmy. A password is better kept in a
    file than in a variable. Raises OSError."""
    if password_file is None:
        return make_url(url)
    return make_url(url).set(password=password_file.read_text(encoding="utf-8").rstrip("\n"))


@asynccontextmanager
async def open_database(url: str | URL) -> AsyncIterator[Database]:
    """Connects when first used."""
    writing = create_engine(make_url(url), WRITERS)
    reading = create_reading_engine(make_url(url))
    try:
        yield Database(writing, reading)
    finally:
        await writing.dispose()
        await reading.dispose()


def create_engine(url: URL, pool_size: int, **more: Any) -> AsyncEngine:
    options: dict[str, Any] = {"pool_size": pool_size, "max_overflow": 0, "pool_timeout": 3}
    if url.get_backend_name() in MYSQL:
        options |= {"isolation_level": "READ COMMITTED", "pool_recycle": 1800}
        options |= {"connect_args": {"connect_timeout": 4, "init_command": "SET time_zone = '+00:00'"}}
    else:
        options |= {"connect_args": {"timeout": 3}}
    engine = create_async_engine(url, **(options | more))
    if url.get_backend_name() == "sqlite":
        event.listen(engine.sync_engine, "connect", _prepare_sqlite)
        event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def create_reading_engine(url: URL) -> AsyncEngine:
    """Every statement of MariaDB's sees what is committed when it begins, in a transaction as without one: without one
    there is no way to the database only to end it."""
    if url.get_backend_name() not in MYSQL:
        return create_engine(url, READERS)
    return create_engine(
        url, READERS, isolation_level="AUTOCOMMIT", skip_autocommit_rollback=True, pool_reset_on_return=None
    )


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver's own transactions begin deferred, which fails with "database is locked" when two of them then write.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "busy_timeout = 3000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
    # SQLite's own knows only ASCII; what is searched for is lowered as Python does it.
    connection.create_function("lower", 1, lambda text: text.lower() if isinstance(text, str) else text)


def _begin_sqlite(connection: Connection) -> None:
    read_only = connection.get_execution_options().get("read_only", False)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


def _is_deadlock(error: DBAPIError) -> bool:
    arguments: tuple[object, ...] = getattr(error.orig, "args", ())
    return bool(arguments) and arguments[0] in (DEADLOCK, LOCK_WAIT_TIMEOUT)


def _unavailable(error: Exception) -> Unavailable:
    cause = getattr(error, "orig", None) or error
    log.warning("database", error=type(cause).__name__, code=next(iter(getattr(cause, "args", ())), None))
    return Unavailable("the database does not answer", "database_unavailable")

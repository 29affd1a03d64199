"""The product's tables in memory, without threads: `Database` and `AsyncSession` as far as the product uses them."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Connection, Engine, create_engine, delete, select
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool

from proto.runs import RunRequest
from schema.tables import MigrationExecution, MigrationJob, MigrationLog, MigrationSource, Table
from tests.protocol.loop import BEGAN

T = TypeVar("T")
Work = Callable[[Any], Awaitable[T]]
EXECUTION = 1


def open_memory() -> Engine:
    engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    Table.metadata.create_all(engine)
    with Session(engine) as session:
        session.add(MigrationSource(id=1, name="s", display_name="s", script_path="/x", parameters=[]))
        session.flush()
        session.add(MigrationJob(id=1, source_id=1, name="j", parameters={}))
        session.commit()
    return engine


class AsynchronousConnection:
    """A connection whose statements may be awaited."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.dialect = connection.dialect

    async def execute(self, statement: Any, values: Any) -> Any:
        return self._connection.execute(statement, values)


class Asynchronous:
    """A session whose methods may be awaited; none of them waits, so that a transaction is one step of the schedule."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.changed_unseen = False  # by a statement, so that no object of the session shows it

    @property
    def execution(self) -> MigrationExecution | None:
        """As it was when the session last saw it."""
        return next((row for row in self._session.identity_map.values() if isinstance(row, MigrationExecution)), None)

    async def scalar(self, query: Any) -> Any:
        return self._session.scalar(query)

    async def scalars(self, query: Any) -> Any:
        return self._session.scalars(query)

    async def get(self, kind: Any, identity: int) -> Any:
        return self._session.get(kind, identity)

    async def execute(self, statement: Any, values: Any = None) -> Any:
        self.changed_unseen |= bool(getattr(statement, "is_dml", False))
        return self._session.execute(statement, values)

    async def connection(self) -> "AsynchronousConnection":
        return AsynchronousConnection(self._session.connection())


@contextmanager
def transaction(engine: Engine) -> Iterator[Asynchronous]:
    """Committed at the end of the block, or nothing of it. The execution's row stays readable afterwards."""
    with Session(engine, expire_on_commit=False) as session, session.begin():
        yield Asynchronous(session)


def insert_execution(engine: Engine, environment_id: str = "staging", **columns: object) -> None:
    """The one execution of a schedule, in the place of the one before. Keywords are columns."""
    columns = {"secrets": {}} | columns
    request = RunRequest(
        source="s", job="j", job_id=1, source_id=1, environment_id=environment_id, script_path="/x", parameters={},
        arguments=[], environment={}, secrets=columns.pop("secrets"), max_log_bytes=10**9,  # type: ignore[arg-type]
    )  # fmt: skip
    with Session(engine) as session, session.begin():
        session.execute(delete(MigrationLog))
        session.execute(delete(MigrationExecution))
        session.add(
            MigrationExecution(
                id=EXECUTION, job_id=1, environment_id=environment_id, command_executed="/x", run_key="key",
                started_at=BEGAN, request=msgspec.to_builtins(request), running_key="1:staging", **columns,
            ),
        )  # fmt: skip


def load_execution(engine: Engine) -> MigrationExecution:
    with Session(engine, expire_on_commit=False) as session:
        return session.get_one(MigrationExecution, EXECUTION)


def lines_after(engine: Engine, seq: int) -> list[str]:
    query = select(MigrationLog.message).where(MigrationLog.seq > seq).order_by(MigrationLog.seq)
    with Session(engine) as session:
        return list(session.scalars(query))

"""Writer of log lines: as JSON into one statement for thousands of them, which the database takes apart itself.

Rows from Python, one by one or many, cost several times more there than in the database, and stop everything else.
To MariaDB and MySQL the JSON goes as hexadecimal digits: quoting it for the statement would take the driver longer than
everything else that happens to a line in Python.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import TextClause, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import TypeEngine

from schema.columns import MYSQL, UtcMs
from schema.tables import log_id
from services.logsink.understand import Line

LINES_AT_ONCE = 5000
COLUMNS = "INSERT INTO migration_logs (id, execution_id, seq, log_level, message, logged_at)"


def _statement(select: str, **types: TypeEngine[Any]) -> TextClause:
    return text(f"{COLUMNS} {select}").bindparams(*(bindparam(name, type_=type_) for name, type_ in types.items()))


FROM_JSON_TABLE = _statement(
    "SELECT :first_id + line.number - 1, :execution_id, :first_seq + line.number - 1, line.level, line.message,"
    " :logged_at FROM JSON_TABLE(CONVERT(UNHEX(:lines) USING utf8mb4), '$[*]' COLUMNS (number FOR ORDINALITY,"
    " level VARCHAR(10) PATH '$[0]', message MEDIUMTEXT PATH '$[1]')) AS line",
    logged_at=UtcMs(),
)
FROM_JSON_EACH = _statement(
    "SELECT :first_id + line.key, :execution_id, :first_seq + line.key, line.value ->> 0, line.value ->> 1,"
    " :logged_at FROM json_each(:lines) AS line",
    logged_at=UtcMs(),
)
OF_MANY_FROM_JSON_TABLE = _statement(
    "SELECT line.id, line.execution_id, line.seq, line.level, line.message, line.logged_at"
    " FROM JSON_TABLE(CONVERT(UNHEX(:lines) USING utf8mb4), '$[*]' COLUMNS (id BIGINT PATH '$[0]', execution_id BIGINT"
    " PATH '$[1]', seq BIGINT PATH '$[2]', level VARCHAR(10) PATH '$[3]', message MEDIUMTEXT PATH '$[4]', logged_at"
    " DATETIME(3) PATH '$[5]')) AS line"
)
OF_MANY_FROM_JSON_EACH = _statement(
    "SELECT line.value ->> 0, line.value ->> 1, line.value ->> 2, line.value ->> 3, line.value ->> 4, line.value ->> 5"
    " FROM json_each(:lines) AS line"
)


@dataclass(frozen=True)
class Batch:
    """Lines of one run that follow one another; the first has the number `first_seq`."""

    execution_id: int
    first_seq: int
    lines: Sequence[Line]
    logged_at: datetime


async def insert_lines(session: AsyncSession, batch: Batch) -> None:
    """A number that is there already is an error of the database."""
    for start in range(0, len(batch.lines), LINES_AT_ONCE):
        first_seq = batch.first_seq + start
        values = {
            "first_id": log_id(batch.execution_id, first_seq),
            "execution_id": batch.execution_id,
            "first_seq": first_seq,
            "logged_at": batch.logged_at,
        }
        lines = batch.lines[start : start + LINES_AT_ONCE]
        await _insert(session, FROM_JSON_TABLE, FROM_JSON_EACH, lines, values)


async def insert_little(session: AsyncSession, batches: Sequence[Batch]) -> None:
    """Few lines of many runs, by one statement."""
    lines = [
        (log_id(batch.execution_id, seq), batch.execution_id, seq, line.level, line.text, _written(batch.logged_at))
        for batch in batches
        for seq, line in enumerate(batch.lines, batch.first_seq)
    ]
    if lines:
        await _insert(session, OF_MANY_FROM_JSON_TABLE, OF_MANY_FROM_JSON_EACH, lines, {})


async def _insert(
    session: AsyncSession, mysql: TextClause, sqlite: TextClause, lines: Sequence[Any], values: dict[str, Any]
) -> None:
    encoded = msgspec.json.encode(lines)
    connection = await session.connection()  # the session would first write its rows, which here come last
    if connection.dialect.name in MYSQL:
        await connection.execute(mysql, {**values, "lines": encoded.hex()})
    else:
        await connection.execute(sqlite, {**values, "lines": encoded.decode()})


def _written(moment: datetime) -> str:
    """As both databases read it, and SQLAlchemy writes it to SQLite."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")

"""Writer of log lines: as JSON into one statement for thousands of them, which the database takes apart itself.

Rows from Python, one by one or many, cost several times more there than in the database, and stop everything else.
To MariaDB and MySQL the JSON goes as hexadecimal digits: quoting it for the statement would take the driver longer than
everything else that happens to a line in Python.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import BindParameter, TextClause, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from schema.columns import MYSQL, UtcMs
from schema.tables import log_id
from services.logsink.understand import Line

LINES_AT_ONCE = 5000
COLUMNS = "INSERT INTO migration_logs (id, execution_id, seq, log_level, message, logged_at)"


WITHOUT_PARENT_LOCK = "SET STATEMENT foreign_key_checks = 0 FOR "  # MariaDB's


def inserting(select: str, *parameters: BindParameter[Any], how: str = "") -> TextClause:
    return text(f"{how}{COLUMNS} {select}").bindparams(*parameters)


LINES_OF_ONE = (
    "SELECT :first_id + line.number - 1, :execution_id, :first_seq + line.number - 1, line.level, line.message,"
    " :logged_at FROM JSON_TABLE(CONVERT(UNHEX(:rows) USING utf8mb4), '$[*]' COLUMNS (number FOR ORDINALITY,"
    " level VARCHAR(10) PATH '$[0]', message MEDIUMTEXT PATH '$[1]')) AS line"
)
LOGGED_AT = bindparam("logged_at", type_=UtcMs())
FROM_JSON_TABLE = inserting(LINES_OF_ONE, LOGGED_AT)
AHEAD_FROM_JSON_TABLE = inserting(LINES_OF_ONE, LOGGED_AT, how=WITHOUT_PARENT_LOCK)
FROM_JSON_EACH = inserting(
    "SELECT :first_id + line.key, :execution_id, :first_seq + line.key, line.value ->> 0, line.value ->> 1,"
    " :logged_at FROM json_each(:rows) AS line",
    LOGGED_AT,
)


@dataclass(frozen=True)
class Batch:
    """Lines of one run that follow one another; the first has the number `first_seq`."""

    execution_id: int
    first_seq: int
    lines: Sequence[Line]
    logged_at: datetime


async def insert_lines(session: AsyncSession, batch: Batch, *, ahead: bool = False) -> None:
    """A number that is there already is an error of the database. `ahead`, on MariaDB only: without the lock on the
    execution's row that its check of the foreign key takes; the caller sees to it that the execution is there."""
    statement = AHEAD_FROM_JSON_TABLE if ahead else FROM_JSON_TABLE
    for start in range(0, len(batch.lines), LINES_AT_ONCE):
        first_seq = batch.first_seq + start
        values = {
            "first_id": log_id(batch.execution_id, first_seq),
            "execution_id": batch.execution_id,
            "first_seq": first_seq,
            "logged_at": batch.logged_at,
        }
        lines = batch.lines[start : start + LINES_AT_ONCE]
        await execute_with_json(session, statement, FROM_JSON_EACH, lines, values)


async def execute_with_json(
    session: AsyncSession, mysql: TextClause, sqlite: TextClause, rows: Sequence[Any], values: dict[str, Any]
) -> None:
    """The statement of this database, with the rows as its `:rows`."""
    encoded = msgspec.json.encode(rows)
    connection = await session.connection()  # the session would first write its rows, which here come last
    if connection.dialect.name in MYSQL:
        await connection.execute(mysql, {**values, "rows": encoded.hex()})
    else:
        await connection.execute(sqlite, {**values, "rows": encoded.decode()})

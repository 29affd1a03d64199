"""Writer of log lines: as JSON into one statement for thousands of them, which the database takes apart itself.

Rows from Python, one by one or many, cost several times more there than in the database, and stop everything else.
To MariaDB and MySQL the JSON goes as hexadecimal digits: quoting it for the statement would take the driver longer than
everything else that happens to a line in Python.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import TextClause, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from schema.columns import MYSQL, UtcMs
from schema.tables import log_id
from services.logsink.understand import Line

LINES_AT_ONCE = 5000
COLUMNS = "INSERT INTO migration_logs (id, execution_id, seq, log_level, message, logged_at)"


def _statement(select: str) -> TextClause:
    return text(f"{COLUMNS} {select}").bindparams(bindparam("logged_at", type_=UtcMs()))


FROM_JSON_TABLE = _statement(
    "SELECT :first_id + line.number - 1, :execution_id, :first_seq + line.number - 1, line.level, line.message,"
    " :logged_at FROM JSON_TABLE(CONVERT(UNHEX(:lines) USING utf8mb4), '$[*]' COLUMNS (number FOR ORDINALITY,"
    " level VARCHAR(10) PATH '$[0]', message MEDIUMTEXT PATH '$[1]')) AS line"
)
FROM_JSON_EACH = _statement(
    "SELECT :first_id + line.key, :execution_id, :first_seq + line.key, line.value ->> 0, line.value ->> 1,"
    " :logged_at FROM json_each(:lines) AS line"
)


async def insert_lines(
    session: AsyncSession, execution_id: int, first_seq: int, lines: Sequence[Line], logged_at: datetime
) -> None:
    """Inserts the lines as `first_seq` and following. A number that is there already is an error of the database."""
    in_mysql = session.get_bind().dialect.name in MYSQL
    statement = FROM_JSON_TABLE if in_mysql else FROM_JSON_EACH
    for start in range(0, len(lines), LINES_AT_ONCE):
        encoded = msgspec.json.encode(lines[start : start + LINES_AT_ONCE])
        batch = {
            "first_id": log_id(execution_id, first_seq + start),
            "execution_id": execution_id,
            "first_seq": first_seq + start,
            "lines": encoded.hex() if in_mysql else encoded.decode(),
            "logged_at": logged_at,
        }
        await session.execute(statement, batch)

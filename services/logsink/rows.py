"""Writer of log lines: as JSON into one statement for thousands of them, which the database takes apart itself.

Rows from Python, one by one or many, cost several times more there than in the database, and stop everything else.
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
    " :logged_at FROM JSON_TABLE(:lines, '$[*]' COLUMNS (number FOR ORDINALITY,"
    " level VARCHAR(10) PATH '$.level', message MEDIUMTEXT PATH '$.text')) AS line"
)
FROM_JSON_EACH = _statement(
    "SELECT :first_id + line.key, :execution_id, :first_seq + line.key, line.value ->> 'level', line.value ->> 'text',"
    " :logged_at FROM json_each(:lines) AS line"
)


async def insert_lines(
    session: AsyncSession, execution_id: int, first_seq: int, lines: Sequence[Line], logged_at: datetime
) -> None:
    """Inserts the lines as `first_seq` and following. A number that is there already is an error of the database."""
    statement = FROM_JSON_TABLE if session.get_bind().dialect.name in MYSQL else FROM_JSON_EACH
    for start in range(0, len(lines), LINES_AT_ONCE):
        batch = {
            "first_id": log_id(execution_id, first_seq + start),
            "execution_id": execution_id,
            "first_seq": first_seq + start,
            "lines": msgspec.json.encode(lines[start : start + LINES_AT_ONCE]).decode(),
            "logged_at": logged_at,
        }
        await session.execute(statement, batch)

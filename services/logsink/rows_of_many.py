"""Writer of a little of each of many runs: their lines by one statement, what the executions say of them by another.

Asked for each run, the database and the way to it would cost more than all the rest.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from schema.columns import MYSQL
from schema.tables import MigrationExecution, log_id
from services.logsink.rows import LINES_AT_ONCE, Batch, execute_with_json, inserting

LINES_FROM_JSON_TABLE = inserting(
    "SELECT line.id, line.execution_id, line.seq, line.level, line.message, line.logged_at"
    " FROM JSON_TABLE(CONVERT(UNHEX(:rows) USING utf8mb4), '$[*]' COLUMNS (id BIGINT PATH '$[0]', execution_id BIGINT"
    " PATH '$[1]', seq BIGINT PATH '$[2]', level VARCHAR(10) PATH '$[3]', message MEDIUMTEXT PATH '$[4]', logged_at"
    " DATETIME(3) PATH '$[5]')) AS line"
)
LINES_FROM_JSON_EACH = inserting(
    "SELECT line.value ->> 0, line.value ->> 1, line.value ->> 2, line.value ->> 3, line.value ->> 4,"
    " line.value ->> 5 FROM json_each(:rows) AS line"
)
ADVANCING = {
    "log_lines": "BIGINT",
    "log_bytes": "BIGINT",
    "last_output_at": "DATETIME(3)",
    "live_line": "MEDIUMTEXT",
    "progress": "INT",
    "progress_origin": "VARCHAR(20)",
    "progress_message": "TEXT",
    "progress_history": "MEDIUMTEXT",
    "reader_state": "MEDIUMTEXT",
}
ADVANCE = text(
    "UPDATE JSON_TABLE(CONVERT(UNHEX(:rows) USING utf8mb4), '$[*]' COLUMNS ("  # noqa: S608 - of the names above
    + ", ".join(f"{name} {kind} PATH '$[{at}]'" for at, (name, kind) in enumerate(ADVANCING.items()))
    + f", id BIGINT PATH '$[{len(ADVANCING)}]')) AS now STRAIGHT_JOIN migration_executions AS execution"
    " FORCE INDEX (PRIMARY) ON now.id = execution.id SET "
    + ", ".join(f"execution.{name} = now.{name}" for name in ADVANCING)
)


async def insert_little(session: AsyncSession, batches: Sequence[Batch]) -> None:
    lines = [
        (log_id(batch.execution_id, seq), batch.execution_id, seq, line.level, line.text, _written(batch.logged_at))
        for batch in batches
        for seq, line in enumerate(batch.lines, batch.first_seq)
    ]
    for start in range(0, len(lines), LINES_AT_ONCE):
        at_once = lines[start : start + LINES_AT_ONCE]
        await execute_with_json(session, LINES_FROM_JSON_TABLE, LINES_FROM_JSON_EACH, at_once, {})


async def advance(session: AsyncSession, rows: Sequence[MigrationExecution]) -> None:
    """Writes what has changed with the log, and nothing else. The rows are the session's no longer."""
    connection = await session.connection()
    if not rows or connection.dialect.name not in MYSQL:
        return  # the session writes them one by one, in the same process
    values = [[*(_told(getattr(row, name)) for name in ADVANCING), row.id] for row in rows]
    for row in rows:
        session.expunge(row)
    await connection.execute(ADVANCE, {"rows": msgspec.json.encode(values).hex()})


def _told(value: object) -> object:
    match value:
        case datetime():
            return _written(value)
        case list():
            return msgspec.json.encode(value).decode()
    return value


def _written(moment: datetime) -> str:
    """As both databases read it, and SQLAlchemy writes it to SQLite."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")

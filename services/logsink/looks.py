"""What many look at, read together: one question to the database for all executions, one for where all logs stand, one
for their lines.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from typing import Any

import msgspec
import structlog
from sqlalchemy import Row, bindparam, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bus.requests import MAX_REPLY_BYTES
from proto.problems import Problem, not_found
from proto.requests import GetExecution, Look, Looked, OneReply, ReadLog
from schema.tables import MigrationExecution
from services.logsink.estimates import EarlierRuns
from services.logsink.executions import LIGHT, show
from services.logsink.log_pages import COLUMNS, LINE, Windows, page_of, span_of, standings, windows_of

AROUND_BYTES = 100  # a reply's, beside what it carries
MOST_WINDOWS, MOST_LINES = 16, 3000
NO_WINDOW = (1, 0)
NOTHING = msgspec.Raw(b"null")
TOO_LARGE = Problem(503, "internal", "the request failed; the service's log says why")
LINES = (
    select(*COLUMNS)
    .where(or_(*(LINE.id.between(bindparam(f"low{n}"), bindparam(f"high{n}")) for n in range(MOST_WINDOWS))))
    .order_by(LINE.id)
)
log = structlog.get_logger()


async def look(session: AsyncSession, request: Look, earlier: EarlierRuns) -> Looked:
    """As many of the questions as the reply has room for, in their order, and one at least."""
    executions = await _executions(session, request.executions)
    logs = await standings(session, {question.id for question in request.logs})
    windows = await _windows(session, request.logs, logs)
    replies: list[OneReply] = []
    size_bytes = 0
    questions: list[GetExecution | ReadLog] = [*request.executions, *request.logs]
    for question in questions:
        if isinstance(question, ReadLog) and (standing := logs.get(question.id)) is not None:
            reply = _reply(await page_of(session, question, standing, windows))
        elif isinstance(question, GetExecution) and (row := executions.get(question.id)) is not None:
            reply = _reply(await show(session, row, earlier.mean_duration_s))
        else:
            reply = OneReply(NOTHING, not_found("execution", question.id).problem)
        size_bytes += len(bytes(reply.body)) + AROUND_BYTES
        if replies and size_bytes > MAX_REPLY_BYTES:
            break
        if size_bytes > MAX_REPLY_BYTES:  # alone; the others are not to fail with it
            log.error("a reply is too large", execution_id=question.id, size_bytes=size_bytes)
            return Looked([OneReply(NOTHING, TOO_LARGE)])
        replies.append(reply)
    return Looked(replies)


async def _executions(session: AsyncSession, questions: list[GetExecution]) -> dict[int, MigrationExecution]:
    if not questions:
        return {}
    ids = [question.id for question in questions]
    query = select(MigrationExecution).options(*LIGHT).where(MigrationExecution.id.in_(ids))
    return {row.id: row for row in await session.scalars(query)}


async def _windows(session: AsyncSession, questions: list[ReadLog], logs: Mapping[int, Row[Any]]) -> Windows:
    """What the pages begin with, of as many as one question to the database should have."""
    wanted: list[tuple[int, int]] = []
    lines = 0
    for question in questions:
        if (row := logs.get(question.id)) is None:
            continue
        low, high = next(windows_of(question.id, span_of(question, row)), NO_WINDOW)
        lines += high - low + 1
        if low <= high and len(wanted) < MOST_WINDOWS and lines <= MOST_LINES:
            wanted.append((low, high))
    if not wanted:
        return {}
    ends = {}
    for number, (low, high) in enumerate([*wanted, *[NO_WINDOW] * (MOST_WINDOWS - len(wanted))]):
        ends[f"low{number}"], ends[f"high{number}"] = low, high
    rows = (await session.execute(LINES, ends)).all()
    ids = [row.id for row in rows]
    return {(low, high): rows[bisect_left(ids, low) : bisect_right(ids, high)] for low, high in wanted}


def _reply(shown: msgspec.Struct) -> OneReply:
    return OneReply(msgspec.Raw(msgspec.json.encode(shown)))

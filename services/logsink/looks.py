"""What many look at, read together: one question to the database for all executions, one for where all logs stand, one
for the lines that are new in them.
"""

import msgspec
import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bus.requests import MAX_REPLY_BYTES
from proto.problems import Problem, not_found
from proto.requests import GetExecution, Look, Looked, OneReply, ReadLog
from schema.tables import LIGHT, MigrationExecution
from services.logsink.estimates import EarlierRuns
from services.logsink.executions import show
from services.logsink.log_pages import page_of, span_of, standings
from services.logsink.newest import NewestLines

AROUND_BYTES = 100  # a reply's, beside what it carries
NOTHING = msgspec.Raw(b"null")
TOO_LARGE = Problem(503, "internal", "the request failed; the service's log says why")
log = structlog.get_logger()


async def look(session: AsyncSession, request: Look, earlier: EarlierRuns, newest: NewestLines) -> Looked:
    """As many of the questions as the reply has room for, in their order, and one at least."""
    executions = await _executions(session, request.executions)
    logs = await standings(session, {question.id for question in request.logs})
    asked = ((logs[question.id], question) for question in request.logs if question.id in logs)
    await newest.catch_up(session, ((standing, span_of(question, standing)) for standing, question in asked))
    replies: list[OneReply] = []
    size_bytes = 0
    questions: list[GetExecution | ReadLog] = [*request.executions, *request.logs]
    for question in questions:
        if isinstance(question, ReadLog) and (standing := logs.get(question.id)) is not None:
            known = newest.between(standing, span_of(question, standing))
            reply = _reply(await page_of(session, question, standing, known))
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


def _reply(shown: msgspec.Struct) -> OneReply:
    return OneReply(msgspec.Raw(msgspec.json.encode(shown)))

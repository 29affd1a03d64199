"""What many look at, read together: one question to the database for all executions, one for where all logs stand."""

from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncSession

from bus.requests import MAX_REPLY_BYTES
from proto.problems import not_found
from proto.requests import GetExecution, Look, Looked, OneReply, ReadLog
from schema.tables import MigrationExecution
from services.logsink.executions import LIGHT, show
from services.logsink.log_pages import page_of, standings

AROUND_BYTES = 100  # a reply's, beside what it carries


async def look(session: AsyncSession, request: Look) -> Looked:
    """As many of the questions as the reply has room for, in their order, and one at least."""
    executions = await _executions(session, request.executions)
    logs = await standings(session, {question.id for question in request.logs})
    replies: list[OneReply] = []
    size_bytes = 0
    questions: list[GetExecution | ReadLog] = [*request.executions, *request.logs]
    for question in questions:
        reply = await _answer(session, question, executions, logs)
        size_bytes += len(bytes(reply.body)) + AROUND_BYTES
        if replies and size_bytes > MAX_REPLY_BYTES:
            break
        replies.append(reply)
    return Looked(replies)


async def _executions(session: AsyncSession, questions: list[GetExecution]) -> dict[int, MigrationExecution]:
    if not questions:
        return {}
    ids = [question.id for question in questions]
    query = select(MigrationExecution).options(*LIGHT).where(MigrationExecution.id.in_(ids))
    return {row.id: row for row in await session.scalars(query)}


async def _answer(
    session: AsyncSession,
    question: GetExecution | ReadLog,
    executions: Mapping[int, MigrationExecution],
    logs: Mapping[int, Row[Any]],
) -> OneReply:
    if isinstance(question, ReadLog) and (standing := logs.get(question.id)) is not None:
        return _reply(await page_of(session, question, standing))
    if isinstance(question, GetExecution) and (row := executions.get(question.id)) is not None:
        return _reply(await show(session, row))
    return OneReply(msgspec.Raw(b"null"), not_found("execution", question.id).problem)


def _reply(shown: msgspec.Struct) -> OneReply:
    return OneReply(msgspec.Raw(msgspec.json.encode(shown)))

"""Many questions in one: each is answered as if it had been asked alone."""

from functools import partial

import msgspec
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from proto.api import Execution, LogPage
from proto.requests import GetExecution, Look, Looked, ReadLog
from proto.times import now
from schema.engine import Database
from schema.tables import MigrationExecution
from services.logsink import estimates, looks
from services.logsink.estimates import EarlierRuns
from services.logsink.executions import get_execution
from services.logsink.ingest import Chunk, keep_chunks
from services.logsink.log_pages import read_log
from services.logsink.newest import NewestLines
from tests.logsink.conftest import Insert

MISSING = 404_404


@pytest.fixture
def database(either_database: Database) -> Database:
    return either_database


async def look(database: Database, request: Look) -> Looked:
    return await database.read(lambda session: looks.look(session, request, EarlierRuns(), NewestLines()))


async def logged(database: Database, insert: Insert, lines: int) -> int:
    execution_id = await insert()
    log = b"".join(b"line %d\n" % number for number in range(lines))
    await database.write(lambda session: keep_chunks(session, execution_id, [Chunk(0, log, now())]))
    return execution_id


async def test_each_question_is_answered_as_if_asked_alone(database: Database, insert_execution: Insert) -> None:
    ids = [await logged(database, insert_execution, lines) for lines in (3, 700)]
    executions = [GetExecution(id=ids[1]), GetExecution(id=ids[0])]
    logs = [ReadLog(id=ids[0]), ReadLog(id=ids[1], tail=2), ReadLog(id=ids[1], after=100), ReadLog(id=ids[1], before=9)]
    looked = await look(database, Look(executions=executions, logs=logs))
    shown = [msgspec.json.decode(reply.body, type=Execution) for reply in looked.replies[:2]]
    pages = [msgspec.json.decode(reply.body, type=LogPage) for reply in looked.replies[2:]]
    assert shown == [await database.read(partial(get_execution, request=question)) for question in executions]
    assert pages == [await database.read(partial(read_log, request=question)) for question in logs]
    assert [len(page.items) for page in pages] == [3, 2, 500, 8]


async def test_what_there_is_not_is_the_problem_of_its_own_question(
    database: Database, insert_execution: Insert
) -> None:
    there = await logged(database, insert_execution, 1)
    request = Look(
        executions=[GetExecution(id=MISSING), GetExecution(id=there)], logs=[ReadLog(id=MISSING), ReadLog(id=there)]
    )
    looked = await look(database, request)
    assert [reply.problem and reply.problem.status for reply in looked.replies] == [404, None, 404, None]


async def test_a_reply_has_as_many_answers_as_it_has_room_for_and_one_at_least(
    database: Database, insert_execution: Insert, monkeypatch: pytest.MonkeyPatch
) -> None:
    execution_id = await logged(database, insert_execution, 100)
    request = Look(logs=[ReadLog(id=execution_id)] * 3)
    whole = await look(database, request)
    one_bytes = len(bytes(whole.replies[0].body))
    for room_bytes, answers in ((one_bytes + one_bytes // 2, 1), (2 * one_bytes + one_bytes // 2, 2)):
        monkeypatch.setattr(looks, "MAX_REPLY_BYTES", room_bytes)
        assert len((await look(database, request)).replies) == answers


async def test_what_no_reply_has_room_for_fails_alone(
    database: Database, insert_execution: Insert, monkeypatch: pytest.MonkeyPatch
) -> None:
    execution_id = await logged(database, insert_execution, 100)
    monkeypatch.setattr(looks, "MAX_REPLY_BYTES", 1000)
    looked = await look(database, Look(logs=[ReadLog(id=execution_id), ReadLog(id=execution_id, tail=1)]))
    assert [reply.problem and reply.problem.status for reply in looked.replies] == [503]
    looked = await look(database, Look(logs=[ReadLog(id=execution_id, tail=1)]))
    assert [reply.problem for reply in looked.replies] == [None]


async def test_what_is_looked_at_again_and_again_asks_for_its_earlier_runs_once(
    database: Database, insert_execution: Insert, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    async def mean(_session: AsyncSession, row: MigrationExecution) -> float:
        asked.append(row.id)
        return 1000.0

    monkeypatch.setattr(estimates, "mean_duration_s", mean)
    ids = [await insert_execution(script_started_at=now()) for _ in range(2)]
    earlier = EarlierRuns()
    request = Look(executions=[GetExecution(id=each) for each in ids])
    for _ in range(2):
        looked = await database.read(lambda session: looks.look(session, request, earlier, NewestLines()))
        shown = [msgspec.json.decode(reply.body, type=Execution) for reply in looked.replies]
        assert [execution.progress_origin for execution in shown] == ["estimated"] * 2
    assert asked == ids

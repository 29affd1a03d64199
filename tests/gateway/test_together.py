"""What many ask at once is asked in one request, and nobody hears what was true before they asked."""

import asyncio
from typing import Any, cast

import msgspec
import pytest

from gateway import together
from gateway.together import AT_ONCE, MOST_QUESTIONS, Question, Together
from proto.problems import Rejected, Unavailable, not_found
from proto.requests import GetExecution, Look, Looked, OneReply, ReadLog

QUESTION = GetExecution(id=7)


class Logsink:
    """Answers each question with the number of the request, when it is let."""

    def __init__(self) -> None:
        self.requests: list[Look] = []
        self.let = asyncio.Semaphore(0)
        self.fails = False
        self.room = 1000

    async def ask(self, _bus: object, look: Look, _reply: type[Looked]) -> Looked:
        self.requests.append(look)
        number = len(self.requests)
        await self.let.acquire()
        if self.fails:
            raise Unavailable("away")
        questions: list[Question] = [*look.executions, *look.logs]
        return Looked([_reply_to(question.id, number) for question in questions[: self.room]])


def _reply_to(execution_id: int, number: int) -> OneReply:
    missing = not_found("execution", execution_id).problem if execution_id == 404 else None
    return OneReply(msgspec.Raw(str(number).encode()), missing)


@pytest.fixture
def logsink(monkeypatch: pytest.MonkeyPatch) -> Logsink:
    logsink = Logsink()
    monkeypatch.setattr(together, "ask", logsink.ask)
    return logsink


async def several(asking: Together, *questions: Question) -> list["asyncio.Task[bytes]"]:
    tasks = [asyncio.create_task(asking.ask(question)) for question in questions]
    for _ in range(5):
        await asyncio.sleep(0)
    return tasks


async def busy(asking: Together) -> None:
    """As many requests are under way as may be."""
    for number in range(AT_ONCE):
        await several(asking, GetExecution(id=1000 + number))


async def test_what_comes_while_others_are_answered_goes_in_one_request_the_same_only_once(logsink: Logsink) -> None:
    asking = Together(cast(Any, None))
    await busy(asking)
    page = ReadLog(id=7, after=3)
    later = await several(asking, *[QUESTION] * 20, *[page] * 20)
    assert len(logsink.requests) == AT_ONCE
    for _ in range(AT_ONCE + 1):
        logsink.let.release()
    assert {await task for task in later} == {str(AT_ONCE + 1).encode()}
    assert logsink.requests[AT_ONCE] == Look(executions=[QUESTION], logs=[page])


async def test_nobody_gets_the_answer_to_a_question_that_was_asked_before(logsink: Logsink) -> None:
    asking = Together(cast(Any, None))
    (before,) = await several(asking, QUESTION)
    (after,) = await several(asking, QUESTION)
    logsink.let.release()
    logsink.let.release()
    assert [await before, await after] == [b"1", b"2"]


async def test_a_request_has_so_many_questions_of_a_kind_and_the_next_one_the_others(logsink: Logsink) -> None:
    asking = Together(cast(Any, None))
    await busy(asking)
    most = MOST_QUESTIONS[GetExecution]
    tasks = await several(asking, *[GetExecution(id=number) for number in range(most + 1)])
    for _ in range(AT_ONCE + 2):
        logsink.let.release()
    await asyncio.gather(*tasks)
    assert [len(look.executions) for look in logsink.requests[AT_ONCE:]] == [most, 1]


async def test_what_a_reply_had_no_room_for_is_asked_again(logsink: Logsink) -> None:
    asking = Together(cast(Any, None))
    await busy(asking)
    logsink.room = 2
    tasks = await several(asking, *[GetExecution(id=number) for number in range(5)])
    for _ in range(AT_ONCE + 3):
        logsink.let.release()
    assert sorted([await task for task in tasks]) == [b"3", b"3", b"4", b"4", b"5"]


async def test_a_reply_to_none_of_the_questions_is_a_failure(logsink: Logsink) -> None:
    logsink.room = 0
    logsink.let.release()
    with pytest.raises(Unavailable):
        await Together(cast(Any, None)).ask(QUESTION)


async def test_who_goes_away_takes_nothing_from_the_others(logsink: Logsink) -> None:
    asking = Together(cast(Any, None))
    gone, stays = await several(asking, QUESTION, QUESTION)
    gone.cancel()
    logsink.let.release()
    assert await stays == b"1"


async def test_a_problem_is_that_of_its_own_question(logsink: Logsink) -> None:
    asking = Together(cast(Any, None))
    await busy(asking)
    missing, there = await several(asking, GetExecution(id=404), QUESTION)
    for _ in range(AT_ONCE + 1):
        logsink.let.release()
    with pytest.raises(Rejected, match="no execution 404"):
        await missing
    assert await there == b"3"


async def test_a_failure_is_everybodys_and_the_next_question_is_asked(logsink: Logsink) -> None:
    asking = Together(cast(Any, None))
    logsink.fails = True
    tasks = await several(asking, QUESTION, QUESTION)
    logsink.let.release()
    for task in tasks:
        with pytest.raises(Unavailable):
            await task
    logsink.fails = False
    logsink.let.release()
    assert await asking.ask(QUESTION) == b"2"


async def test_who_waits_behind_others_waits_no_longer_than_for_one_answer(
    logsink: Logsink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(together, "ANSWER_WITHIN_S", 0.05)
    asking = Together(cast(Any, None))
    with pytest.raises(Unavailable, match="does not answer"):
        await asking.ask(QUESTION)
    assert len(logsink.requests) == 1

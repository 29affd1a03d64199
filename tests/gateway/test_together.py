"""What many ask at once is asked once, and nobody hears what was true before they asked."""

import asyncio
from typing import Any, cast

import pytest

from gateway import together
from gateway.together import Together
from proto.problems import Unavailable
from proto.requests import GetExecution, Request

QUESTION = GetExecution(id=7)


class Logsink:
    """Answers with the number of the question, when it is let."""

    def __init__(self) -> None:
        self.questions: list[Request] = []
        self.let = asyncio.Semaphore(0)
        self.fails = False

    async def ask_raw(self, _bus: object, request: Request) -> bytes:
        self.questions.append(request)
        number = len(self.questions)
        await self.let.acquire()
        if self.fails:
            raise Unavailable("away")
        return str(number).encode()


@pytest.fixture
def logsink(monkeypatch: pytest.MonkeyPatch) -> Logsink:
    logsink = Logsink()
    monkeypatch.setattr(together, "ask_raw", logsink.ask_raw)
    return logsink


async def several(asking: Together, count: int, question: Request = QUESTION) -> list["asyncio.Task[bytes]"]:
    tasks = [asyncio.create_task(asking.ask(question)) for _ in range(count)]
    for _ in range(5):
        await asyncio.sleep(0)
    return tasks


async def test_who_comes_while_a_question_is_under_way_shares_the_next(logsink: Logsink) -> None:
    asking = Together(cast(Any, None))
    first = await several(asking, 3)
    later = await several(asking, 20)
    assert len(logsink.questions) == 1
    logsink.let.release()
    logsink.let.release()
    assert [await task for task in first] == [b"1"] * 3
    assert [await task for task in later] == [b"2"] * 20
    logsink.let.release()
    assert await asking.ask(QUESTION) == b"3"


async def test_other_questions_do_not_wait(logsink: Logsink) -> None:
    asking = Together(cast(Any, None))
    await several(asking, 1)
    await several(asking, 1, GetExecution(id=8))
    assert [request.id for request in logsink.questions if isinstance(request, GetExecution)] == [7, 8]


async def test_who_goes_away_takes_nothing_from_the_others(logsink: Logsink) -> None:
    asking = Together(cast(Any, None))
    gone, stays = await several(asking, 2)
    gone.cancel()
    logsink.let.release()
    assert await stays == b"1"


async def test_a_failure_is_everybodys_and_the_next_question_is_asked(logsink: Logsink) -> None:
    asking = Together(cast(Any, None))
    logsink.fails = True
    tasks = await several(asking, 2)
    logsink.let.release()
    for task in tasks:
        with pytest.raises(Unavailable):
            await task
    logsink.fails = False
    logsink.let.release()
    assert await asking.ask(QUESTION) == b"2"

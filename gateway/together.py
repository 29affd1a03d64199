"""Asking together: what watchers ask while others are being answered is asked in one request, the same only once.

None gets an answer to a question that was asked before theirs came, so whoever changed something sees it. While it is
quiet each question goes at once and alone; the more there is to answer, the less each costs.
"""

import asyncio
from dataclasses import dataclass, field
from itertools import islice

from bus.connection import Bus
from bus.requests import ANSWER_WITHIN_S, ask
from proto.problems import Rejected, Unavailable
from proto.requests import GetExecution, Look, Looked, ReadLog

AT_ONCE = 2  # one that is slow does not stop the others
MOST_QUESTIONS = {GetExecution: 64, ReadLog: 16}  # of which a reply has room for the answers, as they are usually

Question = GetExecution | ReadLog
Answer = asyncio.Future[bytes]


@dataclass
class Together:
    """Its tasks, `AT_ONCE` at most, end when nothing waits; a request has its deadline, and so has who waits for it."""

    bus: Bus
    _waiting: dict[Question, Answer] = field(default_factory=dict)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def ask(self, question: Question) -> bytes:
        """The reply as JSON, as of `ask_raw`. Raises as that does."""
        answer = self._waiting.get(question)
        if answer is None:
            answer = self._waiting[question] = asyncio.get_running_loop().create_future()
            answer.add_done_callback(_look_at_outcome)
            if len(self._tasks) < AT_ONCE:
                task = asyncio.create_task(self._ask_what_waits(), name="ask-together")
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                return await asyncio.shield(answer)  # who goes away takes nothing from the others
        except TimeoutError as error:
            raise Unavailable("logsink does not answer") from error

    async def _ask_what_waits(self) -> None:
        while self._waiting:
            asked = self._take()
            try:
                await self._ask(asked)
            except Exception as error:  # noqa: BLE001 - whatever it is, each who waits hears of it
                for answer in asked.values():
                    if not answer.done():
                        answer.set_exception(error)

    def _take(self) -> dict[Question, Answer]:
        """Those that have waited longest."""
        taken = [
            question
            for kind, most in MOST_QUESTIONS.items()
            for question in islice((each for each in self._waiting if isinstance(each, kind)), most)
        ]
        return {question: self._waiting.pop(question) for question in taken}

    async def _ask(self, asked: dict[Question, Answer]) -> None:
        """Again for those that a reply had no more room for."""
        while asked:
            executions = [question for question in asked if isinstance(question, GetExecution)]
            logs = [question for question in asked if isinstance(question, ReadLog)]
            looked = await ask(self.bus, Look(executions=executions, logs=logs), Looked)
            if not looked.replies:
                raise Unavailable("logsink does not answer")
            questions: list[Question] = [*executions, *logs]
            for question, reply in zip(questions, looked.replies, strict=False):
                answer = asked.pop(question)
                if reply.problem is None:
                    answer.set_result(bytes(reply.body))
                else:
                    answer.set_exception(Rejected(reply.problem))


def _look_at_outcome(answer: Answer) -> None:
    """Nobody may be there any more to hear of a failure."""
    if not answer.cancelled():
        answer.exception()

"""Asking together: what many watchers ask at the same time is asked once, and each gets that answer.

None gets an answer to a question that was asked before theirs came, so whoever changed something sees it. Who comes
while a question is under way shares the next one: of each question two are under way at most, however many ask.
"""

import asyncio
from dataclasses import dataclass, field

import msgspec

from bus.connection import Bus
from bus.requests import ask_raw
from proto.requests import Request

Question = tuple[str, bytes]


@dataclass
class Together:
    """The tasks end by themselves: each waits for another's end and for one answer, which has its deadline."""

    bus: Bus
    _asked: dict[Question, asyncio.Task[bytes]] = field(default_factory=dict)
    _next: dict[Question, asyncio.Task[bytes]] = field(default_factory=dict)

    async def ask(self, request: Request) -> bytes:
        """As `ask_raw`, for what only reads."""
        question = (request.address, msgspec.json.encode(request))
        task = self._next.get(question)
        if task is None:
            task = self._next[question] = asyncio.create_task(self._ask(question, request), name="ask-together")
            task.add_done_callback(_look_at_outcome)
        return await asyncio.shield(task)  # who goes away takes nothing from the others

    async def _ask(self, question: Question, request: Request) -> bytes:
        if (before := self._asked.get(question)) is not None:
            await asyncio.wait([before])
        task = self._asked[question] = self._next.pop(question)
        try:
            return await ask_raw(self.bus, request)
        finally:
            if self._asked[question] is task:
                del self._asked[question]


def _look_at_outcome(task: asyncio.Task[bytes]) -> None:
    """Nobody may be there any more to hear of a failure."""
    if not task.cancelled():
        task.exception()

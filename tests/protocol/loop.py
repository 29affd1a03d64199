"""Time that stands still while anything is ready: an event loop without sockets, threads or a real clock."""

import asyncio
import itertools
from collections.abc import Coroutine, Generator
from contextvars import Context
from datetime import UTC, datetime, timedelta
from typing import Any

BEGAN = datetime(2026, 11, 22, 10, tzinfo=UTC)
TURNS_AT_MOST = 500_000


class Stuck(Exception):  # noqa: N818 - read as a sentence
    """Nothing will ever happen again, or it never stops happening."""


class VirtualLoop(asyncio.BaseEventLoop):
    """Goes straight to the next timer when nothing is ready. A schedule runs the same way each time."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 0.0
        self.turns = 0
        self._selector = _Jump(self)
        self._numbers = itertools.count(1)
        self.set_task_factory(self._task)  # type: ignore[arg-type]  # our task is a task

    def time(self) -> float:
        return self.now_s

    def _task(
        self, _loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, Any], context: Context | None = None
    ) -> "_Task":
        return _Task(work, self, context, next(self._numbers))

    def _process_events(self, events: list[object]) -> None: ...

    def _write_to_self(self) -> None: ...


class _Jump:
    """Stands where the selector stands: waiting for a time is being there."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop

    def select(self, timeout_s: float | None) -> list[object]:
        self._loop.turns += 1
        if timeout_s is None or self._loop.turns > TURNS_AT_MOST:
            raise Stuck(f"after {self._loop.turns} turns, at {self._loop.now_s:.3f} s")
        self._loop.now_s += max(0.0, timeout_s)
        return []


class _Task(asyncio.Task[Any]):
    """Sets of tasks are walked in the order of these numbers, not of addresses in memory."""

    def __init__(
        self, work: Generator[Any, Any, Any] | Coroutine[Any, Any, Any], loop: VirtualLoop, context: Any, number: int
    ) -> None:
        self._number = number
        super().__init__(work, loop=loop, context=context)

    def __hash__(self) -> int:
        return self._number

    def __eq__(self, other: object) -> bool:
        return self is other


def now_s() -> float:
    return asyncio.get_running_loop().time()


def now() -> datetime:
    """The simulation's clock, as the product's `proto.times.now` would tell it."""
    moment = BEGAN + timedelta(seconds=now_s())
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)

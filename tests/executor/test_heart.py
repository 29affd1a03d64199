"""Heartbeats that nobody answers: ever more rarely, but at once when there is news."""

import asyncio
import time
from collections.abc import AsyncIterator
from itertools import pairwise
from typing import Any, cast

import pytest

from proto.problems import Unavailable
from services.executor import heart as module
from services.executor.heart import Heart
from services.executor.shipping import Shipper
from services.executor.window import Window


class Logsink:
    """Answers nobody. `asked_at` are the times at which it was asked."""

    def __init__(self) -> None:
        self.asked_at: asyncio.Queue[float] = asyncio.Queue()

    async def ask(self, *_about: object) -> None:
        self.asked_at.put_nowait(time.monotonic())
        raise Unavailable("logsink does not answer")


class Delivery:
    def __init__(self) -> None:
        self.held = 0

    async def in_progress(self) -> None:
        self.held += 1


@pytest.fixture
def logsink(monkeypatch: pytest.MonkeyPatch) -> Logsink:
    logsink = Logsink()
    monkeypatch.setattr(module, "ask", logsink.ask)
    return logsink


@pytest.fixture
async def heart(logsink: Logsink) -> AsyncIterator[Heart]:
    nothing = cast(Any, None)
    heart = Heart(nothing, 1, cast(Any, Delivery()), Shipper(nothing, 1, Window(0)), interval_s=60)
    heart._again_after_s = 0.02
    beating = asyncio.create_task(heart.beat())
    async with asyncio.timeout(20):
        yield heart
    beating.cancel()


async def test_it_tries_again_ever_more_rarely_and_keeps_its_command(heart: Heart, logsink: Logsink) -> None:
    asked_at = [await logsink.asked_at.get() for _ in range(6)]
    pauses_s = [later - earlier for earlier, later in pairwise(asked_at)]
    for number, pause_s in enumerate(pauses_s):
        assert pause_s >= 0.02 * 2**number
    assert cast(Any, heart.delivery).held >= len(pauses_s)


async def test_news_do_not_wait(heart: Heart, logsink: Logsink) -> None:
    heart._again_after_s = 3600
    await logsink.asked_at.get()
    heart.unreachable("connection refused")
    await logsink.asked_at.get()

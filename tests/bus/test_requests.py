"""Asked for more than it can do, a service answers whom it still can, and tells the others so while they listen."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import nats.errors
import pytest

from bus import requests
from bus.connection import Bus, connect
from proto.problems import Unavailable
from proto.requests import PingLogsink, Pong
from tests.servers import Nats

PING = PingLogsink()


@pytest.fixture
async def bus(nats: Nats) -> AsyncIterator[Bus]:
    async with connect(f"nats://127.0.0.1:{nats.port}", "test") as bus:
        yield bus


@dataclass
class Busy:
    """A service that works on what it is asked until `done` is set."""

    began: asyncio.Event = field(default_factory=asyncio.Event)
    done: asyncio.Event = field(default_factory=asyncio.Event)
    asked: int = 0

    async def pong(self, _request: PingLogsink) -> Pong:
        self.asked += 1
        self.began.set()
        await self.done.wait()
        return Pong("logsink")


@asynccontextmanager
async def answering(bus: Bus, handler: Callable[[PingLogsink], Awaitable[Pong]]) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as tasks:
        answering = tasks.create_task(requests.answer(bus, "logsink", {PingLogsink: handler}))
        for _ in range(500):
            if await listens(bus):
                break
            await asyncio.sleep(0.01)
        yield
        answering.cancel()


async def listens(bus: Bus) -> bool:
    try:
        answer = await bus.client.request("$SRV.INFO.medpro-logsink", timeout=1)
    except nats.errors.NoRespondersError:
        return False
    return bool(json.loads(answer.data)["endpoints"])


@asynccontextmanager
async def at_work(bus: Bus) -> AsyncIterator[Busy]:
    """A service that works on one request meanwhile; who asked is answered when it is `done`."""
    busy = Busy()
    async with answering(bus, busy.pong), asyncio.TaskGroup() as tasks:
        first = tasks.create_task(requests.ask(bus, PING, Pong))
        await busy.began.wait()
        yield busy
        busy.done.set()
        assert await first == Pong("logsink")


async def test_who_has_waited_long_for_a_turn_is_refused_and_nobody_works_for_them(
    bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests, "MAX_AT_ONCE", 1)
    monkeypatch.setattr(requests, "TURN_WITHIN_S", 0.1)
    async with at_work(bus) as busy:
        with pytest.raises(Unavailable, match="too much is asked at once") as refused:
            await requests.ask(bus, PING, Pong)
        assert refused.value.problem.code == "busy"
    assert busy.asked == 1


async def test_more_than_may_wait_are_refused_at_once(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "MAX_WAITING", 1)
    monkeypatch.setattr(requests, "TURN_WITHIN_S", 60)
    async with at_work(bus):
        with pytest.raises(Unavailable, match="too much is asked at once"):
            await requests.ask(bus, PING, Pong)

"""When bytes are shipped: at once where it is quiet, more of them together where there is much to do."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, cast

import pytest

from services.executor import shipping
from services.executor.shipping import LITTLE_BYTES, LITTLE_EVERY_S, Pace, Shipper
from services.executor.window import Window


class Stream:
    """What was published, each payload once it is there."""

    def __init__(self) -> None:
        self.payloads: asyncio.Queue[bytes] = asyncio.Queue()

    async def publish(self, _bus: object, _subject: str, payload: bytes, _headers: object, _id: str) -> None:
        self.payloads.put_nowait(payload)

    async def next(self) -> bytes:
        async with asyncio.timeout(5):
            return await self.payloads.get()


@pytest.fixture
def stream(monkeypatch: pytest.MonkeyPatch) -> Stream:
    stream = Stream()
    monkeypatch.setattr(shipping, "publish", stream.publish)
    return stream


@pytest.fixture
async def shipper(stream: Stream) -> AsyncIterator[Shipper]:
    shipper = Shipper(cast(Any, None), 1, Window(0))
    running = asyncio.create_task(shipper.run())
    await shipper.add(0, b"first\n")
    assert await stream.next() == b"first\n"
    yield shipper
    running.cancel()


async def test_little_waits_for_the_commit_of_what_came_before(
    shipper: Shipper, stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shipper, "_grows_until", float("inf"))
    await shipper.add(6, b"second\n")
    await shipper.add(13, b"third\n")
    for _ in range(10):
        await asyncio.sleep(0)
    assert stream.payloads.empty()
    shipper.commit(6)
    assert await stream.next() == b"second\nthird\n"


async def test_little_does_not_wait_long_for_a_commit(shipper: Shipper, stream: Stream) -> None:
    await shipper.add(6, b"second\n")
    assert await stream.next() == b"second\n"


async def test_much_does_not_wait(shipper: Shipper, stream: Stream, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shipper, "_grows_until", float("inf"))
    await shipper.add(6, bytes(LITTLE_BYTES))
    assert await stream.next() == bytes(LITTLE_BYTES)


def test_hundreds_of_runs_take_turns() -> None:
    pace = Pace()
    turns_s = [pace.turn_in_s() for _ in range(200)]
    assert turns_s[-1] == pytest.approx(199 * LITTLE_EVERY_S, abs=0.05)


def test_who_comes_when_it_is_quiet_does_not_wait() -> None:
    pace = Pace()
    pace.turn_in_s()
    pace._next_at -= 1
    assert pace.turn_in_s() == 0

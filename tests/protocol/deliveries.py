"""Pulling in memory, as `bus.pull`: a delivery may be lost on its way to us, and so may our answer to it."""

import asyncio
from collections.abc import AsyncIterator, Callable

from proto import subjects
from tests.protocol.bus import Wire, publish
from tests.protocol.queues import Message, Queue


class Delivery:
    """As `bus.pull.Delivery`."""

    def __init__(self, wire: Wire, queue: Queue, message: Message) -> None:
        self._wire, self._queue, self._message = wire, queue, message
        self.subject, self.data, self.headers = message.subject, message.data, message.headers
        self.number_of_deliveries = message.deliveries

    async def ack(self) -> None:
        if self._wire.process.alive:
            self._wire.network.scene.acknowledging(self._message)
        self._send(lambda: self._queue.ack(self._message.number))

    async def nak(self, delay_s: float) -> None:
        self._send(lambda: self._queue.nak(self._message.number, delay_s))

    async def in_progress(self) -> None:
        self._send(lambda: self._queue.in_progress(self._message.number))

    async def dead_letter(self, reason: str) -> None:
        await publish(self._wire, subjects.dead(self.subject), self.data, {subjects.HEADER_REASON: reason})
        self._send(lambda: self._queue.ack(self._message.number))

    def _send(self, arrive: Callable[[], object]) -> None:
        if self._wire.process.alive:
            self._wire.network.travel(arrive)


async def deliveries(wire: Wire, stream: str, _durable: str, room: Callable[[], int]) -> AsyncIterator[Delivery]:
    network, queue = wire.network, wire.network.queue(stream)
    while True:
        wire.process.check()
        if room() <= 0 or network.is_away:
            await asyncio.sleep(0.05 if not network.is_away else 0.5)
            continue
        message = await queue.next(shuffled=network.scene.fails("bus", 3))
        if not wire.process.alive or network.is_away or network.scene.fails("bus"):
            continue  # lost on its way to us: it comes again after the ack wait
        network.scene.note(f"{wire.process.name} takes {message.subject} {message.number} {message.headers}")
        yield Delivery(wire, queue, message)

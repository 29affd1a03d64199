"""Pulling from a durable consumer, one delivery after another, and what may be done with a delivery.

nats-py's `fetch` of more than one message waits for the whole batch; this asks for as many as there is room for and
hands on each as it comes; what has arrived is handed on without another turn of the loop for each, which would cost a
busy service all its pace. A request lives two seconds, so that one lost with its server costs no more.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable

import nats.errors
import structlog
from nats.aio.msg import Msg
from prometheus_client import Counter

from bus.connection import Bus
from bus.publish import publish
from proto import subjects

PULL_FOR_S = 2.0
DEAD_LETTERS = Counter("medpro_dead_letters", "Messages that could not be understood or never succeed", ["stream"])
log = structlog.get_logger()


class Delivery:
    """A message of a work queue. Exactly one of ack, nak and dead_letter ends it; a lost one comes again."""

    def __init__(self, bus: Bus, message: Msg) -> None:
        self._bus = bus
        self._message = message
        self.subject = message.subject
        self.data = message.data
        self.headers: dict[str, str] = message.headers or {}

    @property
    def number_of_deliveries(self) -> int:
        """This one included. A server that was killed may have forgotten some."""
        return self._message.metadata.num_delivered or 1

    async def ack(self) -> None:
        await self._answer(self._message.ack)

    async def nak(self, delay_s: float) -> None:
        await self._answer(lambda: self._message.nak(delay=delay_s))

    async def in_progress(self) -> None:
        await self._answer(self._message.in_progress)

    async def dead_letter(self, reason: str) -> None:
        """For what cannot be decoded or can never succeed. Raises Unavailable; then it will be delivered again."""
        log.error("dead letter", subject=self.subject, reason=reason)
        DEAD_LETTERS.labels(self.subject.split(".")[1]).inc()
        headers = {
            **{name: value for name, value in self.headers.items() if not name.startswith("Nats-")},
            subjects.HEADER_REASON: reason,
            subjects.HEADER_SUBJECT: self.subject,
        }
        await publish(self._bus, subjects.dead(self.subject), self.data, headers)
        await self._answer(self._message.term)

    async def _answer(self, send: Callable[[], object]) -> None:
        try:
            await send()  # type: ignore[misc]  # nats-py's four answers are coroutine functions
        except nats.errors.Error as error:
            log.warning("delivery not answered", subject=self.subject, error=type(error).__name__)


async def deliveries(bus: Bus, stream: str, durable: str, room: Callable[[], int]) -> AsyncIterator[Delivery]:
    """Yields for ever. `room` says how many more may be under way now; at zero nothing new is asked for.

    It does not end when NATS goes away or the consumer is missing: it asks again, twice a second.
    """
    inbox = bus.client.new_inbox()
    arrived: asyncio.Queue[Msg] = asyncio.Queue()  # never more than was asked for

    async def keep(message: Msg) -> None:
        arrived.put_nowait(message)

    subscription = await bus.client.subscribe(inbox, cb=keep)
    try:
        while True:
            async for delivery in _round(bus, arrived, inbox, f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{durable}", room):
                yield delivery
    finally:
        if bus.connected:
            await subscription.unsubscribe()


async def _round(
    bus: Bus, arrived: asyncio.Queue[Msg], inbox: str, subject: str, room: Callable[[], int]
) -> AsyncIterator[Delivery]:
    wanted = room()
    if wanted <= 0 or not bus.connected:
        await asyncio.sleep(0.05 if bus.connected else 0.5)
        return
    request = {"batch": wanted, "expires": int(PULL_FOR_S * 1e9)}
    await bus.client.publish(subject, json.dumps(request).encode(), inbox)
    deadline = asyncio.get_running_loop().time() + PULL_FOR_S + 1
    while wanted > 0:
        try:
            async with asyncio.timeout_at(deadline):
                message = await arrived.get()
        except TimeoutError:
            return
        status = (message.headers or {}).get("Status")
        if status is None:
            wanted -= 1
            yield Delivery(bus, message)
        elif status != "100":
            if status not in ("404", "408"):  # 503: no such consumer yet; 409: it was changed or removed
                await asyncio.sleep(0.5)
            return

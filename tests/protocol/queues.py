"""A work queue as JetStream keeps it: one consumer, redelivery after the ack wait, duplicates dropped by their id."""

import asyncio
from dataclasses import dataclass, field
from random import Random

from tests.protocol.loop import now_s

ACK_WAIT_S = 30.0
DUPLICATE_WINDOW_S = 120.0


@dataclass
class Message:
    number: int
    subject: str
    data: bytes
    headers: dict[str, str]
    deliveries: int = 0
    hidden_until_s: float = 0.0


@dataclass
class Queue:
    """Answers name a message by its number only, so an answer from before a wipe may meet another message."""

    random: Random
    one_per_subject: bool = False
    messages: dict[int, Message] = field(default_factory=dict)
    gone_until_s: float = 0.0  # its consumer was lost and is declared again then
    _last: int = 0
    _ids: dict[str, float] = field(default_factory=dict)
    _waiting: list[asyncio.Future[None]] = field(default_factory=list)

    def store(self, subject: str, data: bytes, headers: dict[str, str], message_id: str | None) -> bool:
        """False where the stream refuses a second message of the subject."""
        if message_id is not None:
            if now_s() - self._ids.get(message_id, -DUPLICATE_WINDOW_S) < DUPLICATE_WINDOW_S:
                return True
            self._ids[message_id] = now_s()
        if self.one_per_subject and any(message.subject == subject for message in self.messages.values()):
            return False
        self._last += 1
        self.messages[self._last] = Message(self._last, subject, data, headers)
        self._wake()
        return True

    async def next(self, *, shuffled: bool) -> Message:
        while True:
            ready = [message for message in self.messages.values() if message.hidden_until_s <= now_s()]
            if ready and now_s() >= self.gone_until_s:
                message = self.random.choice(ready) if shuffled else ready[0]
                message.deliveries += 1
                message.hidden_until_s = now_s() + ACK_WAIT_S
                return message
            await self._changed()

    def ack(self, number: int) -> Message | None:
        return self.messages.pop(number, None)

    def nak(self, number: int, delay_s: float) -> None:
        self._hide(number, delay_s)

    def in_progress(self, number: int) -> None:
        self._hide(number, ACK_WAIT_S)

    def again(self) -> None:
        """Everything that is being worked on is delivered once more, now."""
        for number in self.messages:
            self._hide(number, 0)

    def wipe(self, declared_again_after_s: float) -> None:
        self.messages.clear()
        self._ids.clear()
        self._last = 0
        self.gone_until_s = now_s() + declared_again_after_s

    def _hide(self, number: int, for_s: float) -> None:
        if (message := self.messages.get(number)) is not None:
            message.hidden_until_s = now_s() + for_s
            self._wake()

    async def _changed(self) -> None:
        """Waits for a change, or for the moment at which the next message is to be delivered again."""
        future = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        moments = [max(message.hidden_until_s, self.gone_until_s) for message in self.messages.values()]
        try:
            async with asyncio.timeout(max(0.0, min(moments) - now_s()) + 0.001 if moments else None):
                await future
        except TimeoutError:
            return
        finally:
            if future in self._waiting:
                self._waiting.remove(future)

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, []
        self.random.shuffle(waiting)
        for future in waiting:
            if not future.done():
                future.set_result(None)

"""Shipping: bytes from the window to LOGS, one message at a time. While one is on its way, the next one grows; little
waits for its turn, and grows too.

A message is repeated byte by byte with its own id until the stream has stored it. When what was stored is not
committed for ten seconds, everything from the committed offset on is sent again under new ids.
"""

import asyncio
import secrets
import time
from dataclasses import dataclass, field

import msgspec
import structlog

from bus.connection import Bus
from bus.publish import publish
from proto import subjects
from proto.problems import Unavailable
from proto.runs import RunEnd
from proto.times import now, rfc3339
from services.executor.window import Window

ADD_BYTES = 64 * 1024
LITTLE_BYTES, LITTLE_EVERY_S, GROWS_FOR_S = 16 * 1024, 0.0015, 0.25
RESEND_AFTER_S = 10.0
STALLED_AFTER_S = 1.0
RETRY_S = (0.2, 5.0)
log = structlog.get_logger()


@dataclass
class Pace:
    """The turns of all runs of this process at little messages: 667 a second, however many runs there are. What a
    message costs everybody does not depend on its size, so where many print, each waits and its message grows."""

    _next_at: float = 0.0

    def turn_in_s(self) -> float:
        now = time.monotonic()
        at = max(now, self._next_at)
        self._next_at = at + LITTLE_EVERY_S
        return at - now


@dataclass
class Shipper:
    """`changed` is set whenever there may be something to do: bytes were read or committed, the end is known."""

    bus: Bus
    execution_id: int
    window: Window
    pace: Pace = field(default_factory=Pace)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    room: asyncio.Event = field(default_factory=asyncio.Event)
    end: RunEnd | None = None
    _attach: str = field(default_factory=lambda: secrets.token_hex(8))
    _number: int = 0
    _end_sent: bool = False
    _moved_at: float = field(default_factory=time.monotonic)
    _grows_until: float = 0.0

    @property
    def waiting(self) -> bool:
        """Something was sent that is not known to be committed."""
        return self.window.sent > self.window.committed or self._end_sent

    @property
    def stalled(self) -> bool:
        return self.waiting and time.monotonic() - self._moved_at > STALLED_AFTER_S

    async def add(self, offset: int, data: bytes) -> None:
        """Bytes of the log from `offset` on, in order. Waits while the window is full."""
        for start in range(0, len(data), ADD_BYTES):
            piece = data[start : start + ADD_BYTES]
            while self.window.room < len(piece):
                self.room.clear()
                await self.room.wait()
            self.window.add(offset + start, piece)
            self.changed.set()

    def commit(self, offset: int) -> None:
        if self.window.commit(offset):
            self._moved_at = time.monotonic()
            self.room.set()
            self.changed.set()

    def finish(self, end: RunEnd) -> None:
        """No more bytes will be added."""
        self.end = end
        self.changed.set()

    async def run(self) -> None:
        """Ships until cancelled."""
        while True:
            if self.waiting and time.monotonic() - self._moved_at > RESEND_AFTER_S:
                self._send_again()
            if self.window.unsent and self._grown():
                await self._ship_chunk()
            elif self.end is not None and not self._end_sent and not self.window.unsent:
                await self._ship_end(self.end)
            else:
                await self._pause()

    def _grown(self) -> bool:
        """Little is sent at once when all before it is committed, else later, together with what follows it: where
        hundreds of runs print, a message for each line would keep everybody busy."""
        if not self.waiting or self.window.unsent >= LITTLE_BYTES or self.end is not None:
            return True
        return time.monotonic() >= self._grows_until

    async def _pause(self) -> None:
        self.changed.clear()
        try:
            async with asyncio.timeout(self._pause_s()):
                await self.changed.wait()
        except TimeoutError:
            return

    def _pause_s(self) -> float | None:
        if self.window.unsent:
            return max(0.0, self._grows_until - time.monotonic())
        return RESEND_AFTER_S / 4 if self.waiting else None

    async def _ship_chunk(self) -> None:
        if self.window.unsent < LITTLE_BYTES and (turn_in_s := self.pace.turn_in_s()) > 0:
            await asyncio.sleep(turn_in_s)
        offset, data = self.window.sent, self.window.chunk()
        if not data:  # another executor's was committed meanwhile
            return
        headers = self._headers(subjects.KIND_BYTES) | {subjects.HEADER_OFFSET: str(offset)}
        if not self.waiting:
            self._moved_at = time.monotonic()
        await self._publish(data, headers)
        self._grows_until = time.monotonic() + GROWS_FOR_S
        self.window.mark_sent(offset + len(data))

    async def _ship_end(self, end: RunEnd) -> None:
        self._moved_at = time.monotonic()
        await self._publish(msgspec.json.encode(end), self._headers(subjects.KIND_END))
        self._end_sent = True

    async def _publish(self, payload: bytes, headers: dict[str, str]) -> None:
        delay_s = RETRY_S[0]
        message_id = f"{self.execution_id}-{self._attach}-{self._number}"
        self._number += 1
        while True:
            try:
                await publish(self.bus, subjects.log(self.execution_id), payload, headers, message_id)
            except Unavailable as error:
                log.info("log waits", execution_id=self.execution_id, reason=str(error))
                await asyncio.sleep(delay_s)
                delay_s = min(delay_s * 2, RETRY_S[1])
            else:
                return

    def _send_again(self) -> None:
        log.warning("sending again", execution_id=self.execution_id, offset=self.window.committed)
        self.window.rewind()
        self._attach, self._end_sent, self._moved_at = secrets.token_hex(8), False, time.monotonic()

    def _headers(self, kind: str) -> dict[str, str]:
        return {
            subjects.HEADER_VERSION: subjects.VERSION,
            subjects.HEADER_KIND: kind,
            subjects.HEADER_ATTACH: self._attach,
            subjects.HEADER_READ_AT: rfc3339(now()),
        }

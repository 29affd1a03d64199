"""Intake: log messages from LOGS to ingest. Messages of one run follow one another, runs go side by side.

Messages that wait are kept together, in one transaction: the more there is to do, the less each costs. A message is
acknowledged after its commit, never before. What cannot be understood is dead-lettered; what cannot be kept now is
delivered again.
"""

import asyncio
import time
from bisect import insort
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import msgspec
import structlog
from prometheus_client import Counter, Histogram

from bus.connection import Bus
from bus.publish import hint
from bus.pull import Delivery, deliveries
from proto import subjects
from proto.problems import Unavailable
from proto.runs import MAX_CHUNK_BYTES, RunEnd
from proto.times import from_rfc3339, now
from schema.engine import Database
from services.logsink.events import Announcer
from services.logsink.ingest import Chunk, Kept, Verdict, keep_chunks, keep_end

HELD_AT_MOST, HELD_AT_MOST_BYTES = 4096, 64 * 1024 * 1024
# Fewer than there are connections; while its turn has not come, more of a run arrives that is then kept together.
AT_WORK_AT_MOST = 6
TOGETHER_AT_MOST_BYTES = 1024 * 1024
# With several logsinks the message before is often in the hands of another one, which is about to keep it.
LOOK_AGAIN_AFTER_S = (0.01, 0.02, 0.04, 0.08, 0.16, 0.2, 0.2)
# A run whose row is locked keeps nothing here but the messages at hand, so that there is room for the others.
STUCK_AFTER_S, LOOK_FOR_STUCK_S = 1.0, 0.5
GIVE_UP_AFTER_DELIVERIES = 10
LONGEST_WAIT_S = 5.0
TURNED_AWAY_FOR_S = 1.0
# Not at once: it would come to our own last request, which nobody reads any more, and wait there for the ack wait.
HAND_OVER_AFTER_S = 0.5
LINES = Counter("medpro_log_lines", "Lines kept")
BYTES = Counter("medpro_log_bytes", "Bytes of logs kept")
DELAY = Histogram("medpro_log_delay_seconds", "From an executor's reading of log bytes to their commit")
log = structlog.get_logger()
Content = Chunk | tuple[RunEnd, datetime]


@dataclass
class Message:
    """A delivery that was understood: bytes from an offset on, or the end of a run."""

    delivery: Delivery
    content: Content

    @property
    def offset(self) -> float:
        return self.content.offset if isinstance(self.content, Chunk) else float("inf")


@dataclass
class Queue:
    """The messages of one run in their order, and those that are worked on, since when.

    `looks`: how often in a row the message before the first one was not there.
    """

    messages: list[Message] = field(default_factory=list)
    at_hand: list[Message] = field(default_factory=list)
    working_since: float | None = None
    looks: int = 0

    @property
    def stuck(self) -> bool:
        return self.working_since is not None and time.monotonic() - self.working_since > STUCK_AFTER_S

    def put(self, message: Message) -> None:
        insort(self.messages, message, key=lambda message: message.offset)

    def put_back(self) -> None:
        for message in self.at_hand:
            self.put(message)
        self.at_hand = []

    def take(self) -> list[Message]:
        """The first, and what follows it without a gap."""
        self.at_hand = [self.messages.pop(0)]
        size_bytes = len(self.at_hand[0].delivery.data)
        while self.messages and _follows(self.at_hand[-1].content, self.messages[0].content):
            size_bytes += len(self.messages[0].delivery.data)
            if size_bytes > TOGETHER_AT_MOST_BYTES:
                break
            self.at_hand.append(self.messages.pop(0))
        return self.at_hand


@dataclass
class Intake:
    """Holds a bounded number of messages; asks for more as they are done."""

    bus: Bus
    database: Database
    announcer: Announcer
    waiting: dict[int, Queue] = field(default_factory=dict)
    at_work: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_WORK_AT_MOST))

    async def run(self) -> None:
        async with asyncio.TaskGroup() as workers:
            workers.create_task(self._turn_away(), name="turn-away")
            async for delivery in deliveries(self.bus, subjects.LOGS, subjects.LOG_DURABLE, self._room):
                message = await _understood(delivery)
                if message is None:
                    continue
                execution_id = subjects.execution_id_of(delivery.subject) or 0
                queue = self.waiting.get(execution_id)
                if queue is None:
                    queue = self.waiting[execution_id] = Queue()
                    workers.create_task(self._work(execution_id, queue), name=f"ingest-{execution_id}")
                queue.put(message)

    def _room(self) -> int:
        held = [message for queue in self.waiting.values() for message in (*queue.at_hand, *queue.messages)]
        room_bytes = HELD_AT_MOST_BYTES - sum(len(message.delivery.data) for message in held)
        return min(HELD_AT_MOST - len(held), room_bytes // MAX_CHUNK_BYTES)

    async def _turn_away(self) -> None:
        """In order they wait best, so only what does not move at all goes back."""
        while True:
            await asyncio.sleep(LOOK_FOR_STUCK_S)
            for queue in list(self.waiting.values()):
                while queue.stuck and queue.messages:
                    await queue.messages.pop().delivery.nak(TURNED_AWAY_FOR_S)

    async def _work(self, execution_id: int, queue: Queue) -> None:
        try:
            while queue.messages:
                async with self.at_work:
                    look_again = await self._turn(execution_id, queue)
                if look_again:
                    await asyncio.sleep(LOOK_AGAIN_AFTER_S[queue.looks])
                    queue.looks += 1
                    queue.put_back()
                queue.at_hand = []
        except asyncio.CancelledError:
            for held in (*queue.at_hand, *queue.messages):
                await held.delivery.nak(HAND_OVER_AFTER_S)
            raise
        del self.waiting[execution_id]

    async def _turn(self, execution_id: int, queue: Queue) -> bool:
        """Whether the messages at hand are to be looked at again, when what comes before them may be there."""
        messages, queue.working_since = queue.take(), time.monotonic()
        try:
            kept = await self._keep(execution_id, messages)
            if kept.verdict is Verdict.AHEAD and queue.looks < len(LOOK_AGAIN_AFTER_S):
                return True
            if kept.verdict in (Verdict.KEPT, Verdict.KNOWN):
                queue.looks = 0
            await self._answer(messages, kept)
        except Unavailable as error:
            log.warning("log messages are left for later", execution_id=execution_id, reason=str(error))
            await _nak(messages)
        except Exception:
            log.exception("log messages failed", execution_id=execution_id)
            for failed in messages:
                await failed.delivery.nak(LONGEST_WAIT_S)
        finally:
            queue.working_since = None
        return False

    async def _keep(self, execution_id: int, messages: Sequence[Message]) -> Kept:
        first = messages[0].content
        if not isinstance(first, Chunk):
            end, read_at = first
            return await self.database.write(lambda session: keep_end(session, execution_id, end, read_at))
        chunks = [message.content for message in messages if isinstance(message.content, Chunk)]
        kept = await self.database.write(lambda session: keep_chunks(session, execution_id, chunks))
        if kept.verdict is Verdict.KEPT:
            LINES.inc(kept.lines)
            BYTES.inc(sum(len(chunk.data) for chunk in chunks))
            for chunk in chunks:
                DELAY.observe(max(0.0, (now() - chunk.read_at).total_seconds()))
        return kept

    async def _answer(self, messages: Sequence[Message], kept: Kept) -> None:
        match kept.verdict:
            case Verdict.UNKNOWN:
                for message in messages:
                    await message.delivery.dead_letter("there is no such execution")
                return
            case Verdict.AHEAD if messages[0].delivery.number_of_deliveries < GIVE_UP_AFTER_DELIVERIES:
                await _nak(messages)
                return
            case Verdict.AHEAD:
                pass  # its executor sends again from the committed offset
            case Verdict.KNOWN | Verdict.KEPT:
                if kept.row is not None:
                    await hint(self.bus, subjects.committed(kept.row.id), str(kept.row.log_bytes).encode())
                    await self._announce(kept)
        for message in messages:
            await message.delivery.ack()

    async def _announce(self, kept: Kept) -> None:
        if kept.row is None or kept.verdict is not Verdict.KEPT:
            return
        try:
            if kept.progressed and kept.row.status == "running":
                await self.announcer.announce_progress(kept.row)
            await self.announcer.announce(kept.row)
        except Unavailable as error:
            # The lines are durable, and an unmarked event is published by the sweep.
            log.warning("event is left to the sweep", execution_id=kept.row.id, reason=str(error))


def read_message(delivery: Delivery) -> Content:
    """Raises ValueError, KeyError or MsgspecError for what is no log message of ours."""
    headers = delivery.headers
    if subjects.execution_id_of(delivery.subject) is None:
        raise ValueError("the subject names no execution")
    if (version := headers.get(subjects.HEADER_VERSION, subjects.VERSION)) != subjects.VERSION:
        raise ValueError(f"version {version!r} of log messages is not known")
    read_at = from_rfc3339(headers[subjects.HEADER_READ_AT])
    match headers[subjects.HEADER_KIND]:
        case subjects.KIND_BYTES:
            offset = int(headers[subjects.HEADER_OFFSET])
            if offset < 0:
                raise ValueError("the offset is negative")
            return Chunk(offset, delivery.data, read_at)
        case subjects.KIND_END:
            return msgspec.json.decode(delivery.data, type=RunEnd), read_at
        case kind:
            raise ValueError(f"unknown kind {kind!r}")


async def _understood(delivery: Delivery) -> Message | None:
    """A message that is none of ours is dead-lettered."""
    try:
        return Message(delivery, read_message(delivery))
    except (ValueError, KeyError, msgspec.MsgspecError) as error:
        try:
            await delivery.dead_letter(f"not understood: {error}")
        except Unavailable:
            await delivery.nak(_delay_s(delivery))
    return None


async def _nak(messages: Sequence[Message]) -> None:
    for message in messages:
        await message.delivery.nak(_delay_s(message.delivery))


def _follows(last: Content, content: Content) -> bool:
    if not isinstance(last, Chunk) or not isinstance(content, Chunk):
        return False
    return content.offset <= last.offset + len(last.data)


def _delay_s(delivery: Delivery) -> float:
    return min(LONGEST_WAIT_S, 0.1 * 2.0 ** min(delivery.number_of_deliveries, 10))

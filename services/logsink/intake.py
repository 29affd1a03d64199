"""Intake: log messages from LOGS to ingest. Messages of one run follow one another, runs go side by side.

A message is acknowledged after its commit, never before. What cannot be understood is dead-lettered; what cannot be
kept now is delivered again.
"""

import asyncio
import time
from collections import deque
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
from proto.runs import RunEnd
from proto.times import from_rfc3339, now
from schema.engine import Database
from services.logsink.events import Announcer
from services.logsink.ingest import Chunk, Kept, Verdict, keep_chunk, keep_end

HELD_AT_MOST = 256
# A run whose row is locked keeps nothing here but the message at hand, so that there is room for the others.
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


@dataclass
class Queue:
    """The messages of one run, and since when the one at hand is worked on."""

    deliveries: deque[Delivery] = field(default_factory=deque)
    working_since: float = field(default_factory=time.monotonic)

    @property
    def stuck(self) -> bool:
        return time.monotonic() - self.working_since > STUCK_AFTER_S


@dataclass
class Intake:
    """Holds a bounded number of messages; asks for more as they are done."""

    bus: Bus
    database: Database
    announcer: Announcer
    waiting: dict[int, Queue] = field(default_factory=dict)
    held: int = 0

    async def run(self) -> None:
        async with asyncio.TaskGroup() as workers:
            workers.create_task(self._turn_away(), name="turn-away")
            async for delivery in deliveries(self.bus, subjects.LOGS, subjects.LOG_DURABLE, self._room):
                execution_id = subjects.execution_id_of(delivery.subject) or 0
                self.held += 1
                queue = self.waiting.get(execution_id)
                if queue is None:
                    queue = self.waiting[execution_id] = Queue()
                    workers.create_task(self._work(execution_id, queue), name=f"ingest-{execution_id}")
                queue.deliveries.append(delivery)

    def _room(self) -> int:
        return HELD_AT_MOST - self.held

    async def _turn_away(self) -> None:
        """In order they wait best, so only what does not move at all goes back."""
        while True:
            await asyncio.sleep(LOOK_FOR_STUCK_S)
            for queue in list(self.waiting.values()):
                while queue.stuck and queue.deliveries:
                    self.held -= 1
                    await queue.deliveries.popleft().nak(TURNED_AWAY_FOR_S)

    async def _work(self, execution_id: int, queue: Queue) -> None:
        while queue.deliveries:
            delivery, queue.working_since = queue.deliveries.popleft(), time.monotonic()
            try:
                await self._take(execution_id, delivery)
            except asyncio.CancelledError:
                for held in (delivery, *queue.deliveries):
                    await held.nak(HAND_OVER_AFTER_S)
                raise
            except Unavailable as error:
                log.warning("log message is left for later", execution_id=execution_id, reason=str(error))
                await delivery.nak(_delay_s(delivery))
            except Exception:
                log.exception("log message failed", execution_id=execution_id)
                await delivery.nak(LONGEST_WAIT_S)
            finally:
                self.held -= 1
        del self.waiting[execution_id]

    async def _take(self, execution_id: int, delivery: Delivery) -> None:
        try:
            message = read_message(delivery)
        except (ValueError, KeyError, msgspec.MsgspecError) as error:
            await delivery.dead_letter(f"not understood: {error}")
            return
        if isinstance(message, Chunk):
            chunk = message
            kept = await self.database.write(lambda session: keep_chunk(session, execution_id, chunk))
            if kept.verdict is Verdict.KEPT:
                LINES.inc(kept.lines)
                BYTES.inc(len(chunk.data))
                DELAY.observe(max(0.0, (now() - chunk.read_at).total_seconds()))
        else:
            end, read_at = message
            kept = await self.database.write(lambda session: keep_end(session, execution_id, end, read_at))
        await self._answer(delivery, kept)

    async def _answer(self, delivery: Delivery, kept: Kept) -> None:
        match kept.verdict:
            case Verdict.UNKNOWN:
                await delivery.dead_letter("there is no such execution")
            case Verdict.AHEAD if delivery.number_of_deliveries < GIVE_UP_AFTER_DELIVERIES:
                await delivery.nak(_delay_s(delivery))
            case Verdict.AHEAD:
                await delivery.ack()  # its executor sends again from the committed offset
            case Verdict.KNOWN | Verdict.KEPT:
                if kept.row is not None:
                    await hint(self.bus, subjects.committed(kept.row.id), str(kept.row.log_bytes).encode())
                    await self._announce(kept)
                await delivery.ack()

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


def read_message(delivery: Delivery) -> Chunk | tuple[RunEnd, datetime]:
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


def _delay_s(delivery: Delivery) -> float:
    return min(LONGEST_WAIT_S, 0.1 * 2.0 ** min(delivery.number_of_deliveries, 10))

"""Intake: log messages from LOGS to ingest. Messages of one run follow one another, runs go side by side.

What waits is kept together, the messages of a run and a little of each of many runs, in one transaction: the more there
is to do, the less each costs. A message is acknowledged after its commit, never before. What cannot be understood is
dead-lettered; what cannot be kept now is delivered again.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec
import structlog
from prometheus_client import Counter, Histogram

from bus.connection import Bus
from bus.publish import hint
from bus.pull import Delivery, deliveries
from proto import subjects
from proto.problems import Unavailable
from proto.runs import MAX_CHUNK_BYTES
from proto.times import now
from schema.engine import Database
from schema.tables import MigrationExecution
from services.logsink.events import Announcer
from services.logsink.ingest import Chunk, Kept, Overtaken, Verdict, keep_ahead, keep_chunks, keep_end, keep_little
from services.logsink.queues import RUNS_TOGETHER_AT_MOST, Message, Queue, Turn, read_message

HELD_AT_MOST, HELD_AT_MOST_BYTES = 4096, 64 * 1024 * 1024
# Fewer than there are connections, and no more than MariaDB does well side by side; while its turn has not come, more
# of a run arrives that is then kept together.
# One half of the work on little is the database's and one is Python's, so more than two are only later, all of them.
AT_WORK_ON_ONE, AT_WORK_ON_MANY = 3, 2
# Turns that have little to do follow one another no faster than they must, and leave room to those who read.
FEW_RUNS, REST_S = 8, 0.015
# With several logsinks the message before is often in the hands of another one, which is about to keep it.
LOOK_AGAIN_AFTER_S = (0.01, 0.02, 0.04, 0.08, 0.16, 0.2, 0.2)
LOOK_FOR_STUCK_S = 0.5
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
class Intake:
    """Holds a bounded number of messages; asks for more as they are done.

    A queue is in `waiting` while it holds messages, and in `large` or `little` while it waits for its turn: one at a
    time, or two of which the second stores its lines while the first one does.
    """

    bus: Bus
    database: Database
    announcer: Announcer
    waiting: dict[int, Queue] = field(default_factory=dict)
    large: asyncio.Queue[Queue] = field(default_factory=asyncio.Queue)
    little: asyncio.Queue[Queue] = field(default_factory=asyncio.Queue)

    async def run(self) -> None:
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._turn_away(), name="turn-away")
                for number in range(AT_WORK_ON_ONE):
                    tasks.create_task(self._work_on_one(), name=f"ingest-one-{number}")
                for number in range(AT_WORK_ON_MANY):
                    tasks.create_task(self._work_on_many(), name=f"ingest-many-{number}")
                async for delivery in deliveries(self.bus, subjects.LOGS, subjects.LOG_DURABLE, self._room):
                    if (message := await _understood(delivery)) is not None:
                        self._put(subjects.execution_id_of(delivery.subject) or 0, message)
        finally:
            for queue in self.waiting.values():
                for held in queue.held:
                    await held.delivery.nak(HAND_OVER_AFTER_S)

    def _put(self, execution_id: int, message: Message) -> None:
        queue = self.waiting.setdefault(execution_id, Queue(execution_id))
        queue.put(message)
        self._go_on(queue)

    def _go_on(self, queue: Queue) -> None:
        if queue.may_go_on:
            self._line_up(queue)

    def _line_up(self, queue: Queue) -> None:
        queue.lined_up = True
        (self.little if queue.little else self.large).put_nowait(queue)

    def _room(self) -> int:
        held = [message for queue in self.waiting.values() for message in queue.held]
        room_bytes = HELD_AT_MOST_BYTES - sum(len(message.delivery.data) for message in held)
        return min(HELD_AT_MOST - len(held), room_bytes // MAX_CHUNK_BYTES)

    async def _turn_away(self) -> None:
        """In order they wait best, so only what does not move at all goes back: a run whose row is locked keeps nothing
        here but the messages at hand, so that there is room for the others."""
        while True:
            await asyncio.sleep(LOOK_FOR_STUCK_S)
            for queue in list(self.waiting.values()):
                while queue.stuck and queue.messages:
                    await queue.messages.pop().delivery.nak(TURNED_AWAY_FOR_S)

    async def _work_on_one(self) -> None:
        while True:
            queue = await self.large.get()
            queue.alone = False
            if queue.messages:
                await self._turn(queue.take())
            else:  # they were turned away meanwhile
                queue.lined_up = False

    async def _work_on_many(self) -> None:
        while True:
            group: list[Turn] = []
            waiting = [await self.little.get()]
            while len(waiting) < RUNS_TOGETHER_AT_MOST and not self.little.empty():
                waiting.append(self.little.get_nowait())
            for queue in waiting:
                if queue.little:
                    group.append(queue.take())
                else:  # it has grown meanwhile
                    self.large.put_nowait(queue)
            await self._turn_of_many(group)
            if len(group) < FEW_RUNS:
                await asyncio.sleep(REST_S)

    async def _turn_of_many(self, group: Sequence[Turn]) -> None:
        """Nobody waits here for a row that is locked, or fails with another: such a run has the next turn alone."""
        chunks_of = {turn.queue.execution_id: turn.chunks for turn in group}
        kept: dict[int, Kept] = {}
        try:
            kept = await self.database.write(lambda session: keep_little(session, chunks_of))
        except Unavailable as error:
            log.warning("each run is tried alone", runs=len(group), reason=str(error))
        except Exception:
            log.exception("each run is tried alone", runs=len(group))
        async with asyncio.TaskGroup() as tasks:
            for turn in group:
                if turn.queue.execution_id in kept:
                    tasks.create_task(self._end_turn(turn, kept[turn.queue.execution_id]))
                else:
                    turn.queue.alone = True
                    turn.queue.put_back(turn)
                    self._line_up(turn.queue)

    async def _turn(self, turn: Turn) -> None:
        try:
            try:
                kept = await self._keep(turn)
            finally:
                turn.tried.set()
        except Overtaken:  # the turn before failed, or waits to be tried again
            turn.queue.take_back(turn)
            turn.queue.put_back(turn)
            self._go_on(turn.queue)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is logged, and the others go on
            await self._leave(turn, error)
        else:
            await self._end_turn(turn, kept)

    async def _end_turn(self, turn: Turn, kept: Kept) -> None:
        queue = turn.queue
        if kept.verdict is Verdict.AHEAD and queue.looks < len(LOOK_AGAIN_AFTER_S):
            queue.put_back(turn)
            queue.lined_up = True  # for later
            asyncio.get_running_loop().call_later(LOOK_AGAIN_AFTER_S[queue.looks], self._look_again, queue)
            queue.looks += 1
            return
        if kept.verdict in (Verdict.KEPT, Verdict.KNOWN):
            queue.looks = 0
        _observe(turn.chunks, kept)
        try:
            await self._answer(turn.messages, kept)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is logged, and the others go on
            await self._leave(turn, error)
        else:
            self._next_turn(turn)

    def _look_again(self, queue: Queue) -> None:
        queue.lined_up = False
        self._go_on(queue)

    async def _leave(self, turn: Turn, error: Exception) -> None:
        """For later: soon, where only the database was away."""
        turn.queue.take_back(turn)
        if isinstance(error, Unavailable):
            log.warning("log messages are left for later", execution_id=turn.queue.execution_id, reason=str(error))
            await _nak(turn.messages)
        else:
            log.error("log messages failed", execution_id=turn.queue.execution_id, exc_info=error)
            for failed in turn.messages:
                await failed.delivery.nak(LONGEST_WAIT_S)
        self._next_turn(turn)

    def _next_turn(self, turn: Turn) -> None:
        queue = turn.queue
        queue.turns.remove(turn)
        self._go_on(queue)
        if not queue.held:
            del self.waiting[queue.execution_id]

    async def _keep(self, turn: Turn) -> Kept:
        def foresee(row: MigrationExecution) -> None:
            if len(self.waiting) < AT_WORK_ON_ONE:  # else the time is the others'
                turn.foreseen = row
                self._go_on(turn.queue)

        execution_id, after, content = turn.queue.execution_id, turn.after, turn.messages[0].content
        if not isinstance(content, Chunk):
            return await self.database.write(lambda session: keep_end(session, execution_id, *content))
        if after is not None and (foreseen := after.foreseen) is not None:
            return await self.database.write(
                lambda session: keep_ahead(session, foreseen, after.tried, turn.chunks, foresee)
            )
        ahead = foresee if self.database.stores_ahead else None
        return await self.database.write(lambda session: keep_chunks(session, execution_id, turn.chunks, ahead))

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


def _observe(chunks: Sequence[Chunk], kept: Kept) -> None:
    if kept.verdict is Verdict.KEPT:
        LINES.inc(kept.lines)
        BYTES.inc(sum(len(chunk.data) for chunk in chunks))
        for chunk in chunks:
            DELAY.observe(max(0.0, (now() - chunk.read_at).total_seconds()))


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


def _delay_s(delivery: Delivery) -> float:
    return min(LONGEST_WAIT_S, 0.1 * 2.0 ** min(delivery.number_of_deliveries, 10))

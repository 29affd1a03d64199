"""The log messages that wait here, understood and in the order of the log: a queue for each run. No I/O.

Between intake, which fills and empties the queues, and ingest, which keeps what was taken from them.
"""

import asyncio
import time
from bisect import insort
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from bus.pull import Delivery
from proto import subjects
from proto.runs import MAX_CHUNK_LINES, RunEnd
from proto.times import from_rfc3339
from schema.tables import MigrationExecution
from services.logsink.ingest import Chunk

TOGETHER_AT_MOST_BYTES = 512 * 1024
RUNS_TOGETHER_AT_MOST = 50
# With so many runs, each byte as ten of a statement at worst, half of what MariaDB takes at once.
LITTLE_BYTES, LITTLE_LINES = 16 * 1024, MAX_CHUNK_LINES // RUNS_TOGETHER_AT_MOST
STUCK_AFTER_S = 1.0
Content = Chunk | tuple[RunEnd, datetime]


@dataclass
class Message:
    """A delivery that was understood: bytes from an offset on, or the end of a run."""

    delivery: Delivery
    content: Content

    @property
    def offset(self) -> float:
        return self.content.offset if isinstance(self.content, Chunk) else float("inf")


@dataclass(eq=False)
class Turn:
    """Messages of one run that are worked on: `after` those of another turn, where that goes on. `foreseen`, once it is
    known, is the row as it will be when they are kept; `tried` is set when they are, or cannot be."""

    queue: "Queue"
    messages: Sequence[Message]
    after: "Turn | None" = None
    foreseen: MigrationExecution | None = None
    tried: asyncio.Event = field(default_factory=asyncio.Event)
    began: float = field(default_factory=time.monotonic)

    @property
    def chunks(self) -> Sequence[Chunk]:
        return [message.content for message in self.messages if isinstance(message.content, Chunk)]


@dataclass(eq=False)
class Queue:
    """The messages of one run in their order, and the turns at those that were taken: one, or two of which the second
    is ahead.

    `looks`: how often in a row the message before the first one was not there. `alone`: it shares no transaction with
    other runs, for that was tried. `lined_up`: it waits for its turn already. `taken_back_to`: up to where lines were
    stored and taken back, among which nothing is stored ahead (see `keep_ahead`).
    """

    execution_id: int
    messages: list[Message] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)
    looks: int = 0
    alone: bool = False
    lined_up: bool = False
    taken_back_to: float = 0

    @property
    def stuck(self) -> bool:
        return bool(self.turns) and time.monotonic() - self.turns[0].began > STUCK_AFTER_S

    @property
    def little(self) -> bool:
        """Whether what comes next is so little that other runs may share its transaction."""
        if self.alone or not isinstance(self.messages[0].content, Chunk):
            return False
        data = [message.delivery.data for message in self.messages]
        return sum(map(len, data)) <= LITTLE_BYTES and sum(each.count(b"\n") for each in data) <= LITTLE_LINES

    @property
    def held(self) -> Sequence[Message]:
        return [*(message for turn in self.turns for message in turn.messages), *self.messages]

    @property
    def may_go_on(self) -> bool:
        """Whether there is a turn to line up for: at what comes first, or ahead at much that follows."""
        if self.lined_up or not self.messages:
            return False
        return not self.turns or (len(self.turns) == 1 and self._follows_foreseen(self.turns[0]) and not self.little)

    def put(self, message: Message) -> None:
        insort(self.messages, message, key=lambda message: message.offset)

    def take(self) -> Turn:
        """The first, and what follows it without a gap."""
        taken: list[Message] = []
        size_bytes = lines = 0
        while self.messages and (not taken or _follows(taken[-1].content, self.messages[0].content)):
            data = self.messages[0].delivery.data
            size_bytes, lines = size_bytes + len(data), lines + data.count(b"\n")
            if taken and (size_bytes > TOGETHER_AT_MOST_BYTES or lines > MAX_CHUNK_LINES):
                break
            taken.append(self.messages.pop(0))
        turn = Turn(self, taken, self.turns[-1] if self.turns else None)
        self.turns.append(turn)
        self.lined_up = False
        return turn

    def put_back(self, turn: Turn) -> None:
        for message in turn.messages:
            self.put(message)
        self.turns.remove(turn)

    def take_back(self, turn: Turn) -> None:
        """What was stored in this turn is not kept."""
        turn.foreseen = None
        self.taken_back_to = max([self.taken_back_to, *(chunk.offset + len(chunk.data) for chunk in turn.chunks)])

    def _follows_foreseen(self, turn: Turn) -> bool:
        if turn.foreseen is None or turn.messages[0].offset < self.taken_back_to:
            return False
        return _follows(turn.messages[-1].content, self.messages[0].content)


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


def _follows(last: Content, content: Content) -> bool:
    if not isinstance(last, Chunk) or not isinstance(content, Chunk):
        return False
    return content.offset <= last.offset + len(last.data)

"""The log messages that wait here, understood and in the order of the log: a queue for each run. No I/O.

Between intake, which fills and empties the queues, and ingest, which keeps what was taken from them.
"""

import time
from bisect import insort
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from bus.pull import Delivery
from proto import subjects
from proto.runs import RunEnd
from proto.times import from_rfc3339
from services.logsink.ingest import Chunk

TOGETHER_AT_MOST_BYTES = 1024 * 1024
# With 50 runs, each byte as ten of a statement at worst, half of what MariaDB takes at once.
LITTLE_BYTES = 16 * 1024
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


@dataclass
class Queue:
    """The messages of one run in their order, and those that are worked on, since when.

    `looks`: how often in a row the message before the first one was not there. `alone`: it shares no transaction with
    other runs, for that was tried.
    """

    execution_id: int
    messages: list[Message] = field(default_factory=list)
    at_hand: list[Message] = field(default_factory=list)
    working_since: float | None = None
    looks: int = 0
    alone: bool = False

    @property
    def stuck(self) -> bool:
        return self.working_since is not None and time.monotonic() - self.working_since > STUCK_AFTER_S

    @property
    def little(self) -> bool:
        """Whether what comes next is so little that other runs may share its transaction."""
        if self.alone or not isinstance(self.messages[0].content, Chunk):
            return False
        return sum(len(message.delivery.data) for message in self.messages) <= LITTLE_BYTES

    @property
    def chunks(self) -> Sequence[Chunk]:
        """Those at hand."""
        return [message.content for message in self.at_hand if isinstance(message.content, Chunk)]

    def put(self, message: Message) -> None:
        insort(self.messages, message, key=lambda message: message.offset)

    def take(self) -> Sequence[Message]:
        """The first, and what follows it without a gap."""
        self.working_since = time.monotonic()
        self.at_hand = [self.messages.pop(0)]
        size_bytes = len(self.at_hand[0].delivery.data)
        while self.messages and _follows(self.at_hand[-1].content, self.messages[0].content):
            size_bytes += len(self.messages[0].delivery.data)
            if size_bytes > TOGETHER_AT_MOST_BYTES:
                break
            self.at_hand.append(self.messages.pop(0))
        return self.at_hand

    def put_back(self) -> None:
        for message in self.at_hand:
            self.put(message)
        self.done()

    def done(self) -> None:
        """With those at hand."""
        self.at_hand, self.working_since = [], None


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

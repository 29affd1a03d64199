"""The bytes of a log between what is committed and what was read: at most 1 MiB. Pure.

committed ≤ sent ≤ end;   everything from `committed` on is kept, so that it can be sent again.
"""

from dataclasses import dataclass, field

from proto.runs import MAX_CHUNK_BYTES, MAX_CHUNK_LINES, MAX_IN_FLIGHT_BYTES


@dataclass
class Window:
    committed: int
    sent: int = field(init=False)
    _kept: bytearray = field(default_factory=bytearray)

    def __post_init__(self) -> None:
        self.sent = self.committed

    @property
    def end(self) -> int:
        return self.committed + len(self._kept)

    @property
    def room(self) -> int:
        return MAX_IN_FLIGHT_BYTES - len(self._kept)

    @property
    def unsent(self) -> int:
        return self.end - self.sent

    def add(self, offset: int, data: bytes) -> None:
        """Bytes read from `offset` on; what is known already is passed over. There is never a gap."""
        self._kept += data[max(0, self.end - offset) :]

    def chunk(self) -> bytes:
        """What is to be sent next, from `sent` on: less where it is very many lines."""
        start, size_bytes = self.sent - self.committed, MAX_CHUNK_BYTES
        while self._kept.count(b"\n", start, start + size_bytes) > MAX_CHUNK_LINES:
            size_bytes //= 2
        return bytes(self._kept[start : start + size_bytes])

    def mark_sent(self, end: int) -> None:
        """A chunk up to `end` is on its way. Says nothing new where a commit has overtaken it."""
        self.sent = max(self.sent, end)

    def commit(self, offset: int) -> bool:
        """Whether `offset` is news. Another executor may have brought it further than this one has read."""
        if offset <= self.committed:
            return False
        del self._kept[: offset - self.committed]
        self.committed = offset
        self.sent = max(self.sent, offset)
        return True

    def rewind(self) -> None:
        """Everything that is not committed is to be sent again."""
        self.sent = self.committed

"""The newest lines of logs that are followed, kept in memory: hundreds ask for the same, and a line never changes.

What is missing of all logs that are asked for comes from the database at once. A page that does not reach the newest
line is none of this.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Row, Select, bindparam, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from proto.api import LogLine
from schema.tables import log_id
from services.logsink.log_pages import COLUMNS, LINE, Span, lines_of

MOST_LOGS, MOST_BYTES_OF_ONE = 64, 256 * 1024
AROUND_BYTES = 100  # a line's, beside its message
MOST_LINES, MOST_LINES_AT_ONCE = 1000, 3000  # of a page; of one question to the database

Log = tuple[int, datetime]  # an execution and its start: a database that was restored gives an id once more


@dataclass
class Held:
    lines: list[LogLine] = field(default_factory=list)
    size_bytes: int = 0

    def append(self, lines: Sequence[LogLine]) -> None:
        self.lines += lines
        self.size_bytes += sum(map(_size_bytes, lines))
        too_many = 0
        while self.size_bytes > MOST_BYTES_OF_ONE:
            self.size_bytes -= _size_bytes(self.lines[too_many])
            too_many += 1
        del self.lines[:too_many]

    def covers(self, seq: int) -> bool:
        """Whether what begins with this line follows without a gap: it is held, or would be the next."""
        return bool(self.lines) and self.lines[0].seq <= seq <= self.lines[-1].seq + 1


class NewestLines:
    """Of each log some lines without a gap; of the logs those that were read last."""

    def __init__(self) -> None:
        self._held: dict[Log, Held] = {}

    def between(self, row: Row[Any], span: Span) -> list[LogLine] | None:
        """None where not all of them are held."""
        held = self._held.get(_log(row))
        if held is None or not held.covers(span.first) or span.last > held.lines[-1].seq:
            return None
        start = held.lines[0].seq
        return held.lines[span.first - start : span.last + 1 - start]

    async def catch_up(self, session: AsyncSession, asked: Iterable[tuple[Row[Any], Span]]) -> None:
        """With what those pages need that reach the newest line, as many as one question should have."""
        missing: dict[Log, tuple[int, int]] = {}
        lines = 0
        for row, span in asked:
            log = _log(row)
            held = self._held.get(log, Held())
            first = held.lines[-1].seq + 1 if held.covers(span.first) else span.first
            known_from = missing[log][0] if log in missing else row.log_lines + 1
            if span.last == row.log_lines and span.last - span.first < MOST_LINES and first < known_from:
                lines += known_from - first
                if lines <= MOST_LINES_AT_ONCE:
                    missing[log] = (first, span.last)
        for log, found in (await _read(session, missing)).items():
            self._add(log, found)

    def _add(self, log: Log, lines: Sequence[LogLine]) -> None:
        held = self._held.pop(log, Held())
        if not held.covers(lines[0].seq):
            held = Held()
        # Some may have been added by another, meanwhile.
        held.append(lines[held.lines[-1].seq + 1 - lines[0].seq :] if held.lines else lines)
        self._held[log] = held
        while len(self._held) > MOST_LOGS:
            del self._held[next(iter(self._held))]


async def _read(session: AsyncSession, missing: Mapping[Log, tuple[int, int]]) -> dict[Log, list[LogLine]]:
    if not missing:
        return {}
    windows = {log: (log_id(log[0], first), log_id(log[0], last)) for log, (first, last) in missing.items()}
    ends = {}
    for number, (low, high) in enumerate(windows.values()):
        ends[f"low{number}"], ends[f"high{number}"] = low, high
    rows = (await session.execute(_within(len(windows)), ends)).all()
    ids = [row.id for row in rows]
    return {
        log: lines_of(rows[start:end])
        for log, (low, high) in windows.items()
        if (end := bisect_right(ids, high)) > (start := bisect_left(ids, low))
    }


@cache
def _within(windows: int) -> Select[Any]:
    within = (LINE.id.between(bindparam(f"low{number}"), bindparam(f"high{number}")) for number in range(windows))
    return select(*COLUMNS).where(or_(*within)).order_by(LINE.id)


def _log(row: Row[Any]) -> Log:
    return row.id, row.started_at


def _size_bytes(line: LogLine) -> int:
    return len(line.message) + AROUND_BYTES

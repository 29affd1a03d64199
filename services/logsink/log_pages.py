"""Pages of a log. Lines are addressed by `seq`, which has no gaps, so a page anywhere is one short range of the key.

With `level` a page is merged from index ranges for each level, with `q` the log is searched within a time, and the page
says how far it has looked. All of it in windows: MariaDB answers a range that is open, or most of a log, by reading all
lines that come before it.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC
from typing import Any, NamedTuple

import msgspec
from msgspec import UNSET
from sqlalchemy import ColumnElement, DateTime, Row, bindparam, func, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncSession

from proto.api import LogLine, LogPage
from proto.problems import not_found
from proto.requests import ReadLog
from proto.times import rfc3339
from schema.tables import MigrationExecution, MigrationLog, log_id

MAX_LIMIT = 5000
MAX_PAGE_BYTES = 384 * 1024
WINDOW_LINES = 500
SEARCH_WINDOW_LINES = 20_000
LEVEL_WINDOW_LINES, LEVEL_WINDOW_GROWS = 2000, 8
SEARCH_FOR_S = 2.0
MAX_HITS = 1000
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
# A character takes at most six bytes in JSON, and what is around a message less than these.
CHARACTER_BYTES, AROUND_BYTES = 6, 120
# Of the tables, not of their classes, and made once: a page is asked for more often than anything else.
EXECUTION, LINE = MigrationExecution.__table__.c, MigrationLog.__table__.c
COLUMNS = (
    LINE.id, LINE.seq, LINE.log_level, LINE.message, type_coerce(LINE.logged_at, DateTime()).label("logged_at"),
)  # fmt: skip
BETWEEN = select(*COLUMNS).where(LINE.id.between(bindparam("low"), bindparam("high"))).order_by(LINE.id)
STANDING = select(
    EXECUTION.id,
    EXECUTION.started_at,
    EXECUTION.log_lines,
    EXECUTION.live_line,
    EXECUTION.status,
    EXECUTION.end_status.is_not(None).label("has_ended"),
).where(EXECUTION.id.in_(bindparam("ids", expanding=True)))


class Span(NamedTuple):
    """Which lines a page is of: `first` to `last`, and of these, where it searches, `limit` from one end."""

    first: int
    last: int
    limit: int
    backwards: bool


async def read_log(session: AsyncSession, request: ReadLog) -> LogPage:
    found = await standings(session, {request.id})
    if not found:
        raise not_found("execution", request.id)
    return await page_of(session, request, found[request.id])


async def standings(session: AsyncSession, ids: Iterable[int]) -> dict[int, Row[Any]]:
    """Up to where the logs of those executions that there are can be read."""
    asked = list(ids)
    return {row.id: row for row in await session.execute(STANDING, {"ids": asked})} if asked else {}


def span_of(request: ReadLog, row: Row[Any]) -> Span:
    limit = max(1, min(request.tail or request.limit, MAX_LIMIT))
    backwards = request.tail is not None or request.before is not None
    if backwards:
        first, last = 1, min(row.log_lines, (request.before or row.log_lines + 1) - 1)
    else:
        first, last = (request.after or 0) + 1, row.log_lines
    if not (request.q or request.level):
        first, last = (max(first, last - limit + 1), last) if backwards else (first, min(last, first + limit - 1))
    return Span(first, last, limit, backwards)


def lines_of(rows: Sequence[Any]) -> list[LogLine]:
    """Rows of `COLUMNS` as they are sent."""
    lines = []
    last, shown = None, ""
    for _, seq, level, message, logged_at in rows:
        if logged_at != last:  # the lines of one reading have the same
            last, shown = logged_at, rfc3339(logged_at.replace(tzinfo=UTC))
        lines.append(LogLine(seq, level, message, shown))
    return lines


async def page_of(
    session: AsyncSession, request: ReadLog, row: Row[Any], known: list[LogLine] | None = None
) -> LogPage:
    """`known` are the lines of its span, where somebody has them already."""
    span = span_of(request, row)
    lines, looked_to, looked_from = await _lines(session, request, span, known)
    hits, capped = await _count_hits(session, request, row.log_lines) if request.q else (UNSET, UNSET)
    return LogPage(
        items=lines,
        next_after=max(looked_to, request.after or 0),
        next_before=looked_from if span.backwards else UNSET,
        live_line=row.live_line,
        log_complete=row.status != "running",
        execution_finished=row.status != "running" or row.has_ended,
        hits=hits,
        hits_capped=capped,
    )


async def _lines(
    session: AsyncSession, request: ReadLog, span: Span, known: list[LogLine] | None
) -> tuple[list[LogLine], int, int]:
    """Lines in ascending order; up to which line the log has been looked at, and backwards from which."""
    first, last, limit, backwards = span
    looked_from = 1
    if request.q or request.level:
        rows, looked = await _search(session, request, first, last, limit, backwards=backwards)
        found = lines_of(rows)
        looked_to, looked_from = (last, looked) if backwards else (looked, 1)
    else:
        found = await _range(session, request.id, span) if known is None else known
        looked_to = max(last, first - 1)
    lines = _fit(found, backwards=backwards)
    if len(lines) < len(found) or backwards:
        looked_to = lines[-1].seq if lines else last
    if lines and (len(lines) < len(found) or not request.q):
        looked_from = lines[0].seq
    return lines, looked_to, looked_from


async def _range(session: AsyncSession, execution_id: int, span: Span) -> list[LogLine]:
    """In short pieces, so that a page of very long lines is not fetched to be cut."""
    found: list[LogLine] = []
    size = 0
    for low, high in _windows(span.first, span.last, WINDOW_LINES, backwards=span.backwards):
        if size > MAX_PAGE_BYTES:
            break
        lines = lines_of((await session.execute(BETWEEN, _key(execution_id, low, high))).all())
        size += sum(len(line.message) for line in lines)
        found = [*lines, *found] if span.backwards else [*found, *lines]
    return found


async def _search(
    session: AsyncSession, request: ReadLog, first: int, last: int, limit: int, *, backwards: bool
) -> tuple[list[Any], int]:
    if not request.q:
        found = await _by_level(session, request, first, last, limit, backwards=backwards)
        if backwards:
            return found, first
        return found, found[-1].seq if len(found) >= limit else last
    found = []
    deadline = time.monotonic() + SEARCH_FOR_S
    looked = last + 1 if backwards else first - 1
    for low, high in _windows(first, last, SEARCH_WINDOW_LINES, backwards=backwards):
        if len(found) >= limit or time.monotonic() >= deadline:
            break
        order = LINE.id.desc() if backwards else LINE.id
        query = BETWEEN.where(*_conditions(request)).order_by(None).order_by(order).limit(limit - len(found))
        found += (await session.execute(query, _key(request.id, low, high))).all()
        looked = low if backwards else high
    if len(found) >= limit:
        looked = found[-1].seq
    return found[::-1] if backwards else found, looked


async def _by_level(
    session: AsyncSession, request: ReadLog, first: int, last: int, limit: int, *, backwards: bool
) -> list[Any]:
    found: list[Any] = []
    for low, high in _windows(first, last, LEVEL_WINDOW_LINES, LEVEL_WINDOW_GROWS, backwards=backwards):
        for level in _levels(request):
            query = (
                select(*COLUMNS)
                .where(LINE.execution_id == request.id, LINE.log_level == level, LINE.seq.between(low, high))
                .order_by(LINE.seq.desc() if backwards else LINE.seq)
                .limit(limit)
            )
            found += (await session.execute(query)).all()
        if len(found) >= limit:
            break
    found.sort(key=lambda row: row.seq)
    return found[-limit:] if backwards else found[:limit]


async def _count_hits(session: AsyncSession, request: ReadLog, last: int) -> tuple[int, bool]:
    deadline = time.monotonic() + SEARCH_FOR_S / 2
    hits = 0
    for low in range(1, last + 1, SEARCH_WINDOW_LINES):
        window = BETWEEN.where(*_conditions(request)).order_by(None).subquery()
        key = _key(request.id, low, min(last, low + SEARCH_WINDOW_LINES - 1))
        hits += await session.scalar(select(func.count()).select_from(window), key) or 0
        if hits > MAX_HITS or time.monotonic() > deadline:
            return min(hits, MAX_HITS), hits > MAX_HITS or low + SEARCH_WINDOW_LINES <= last
    return hits, False


def _windows(first: int, last: int, lines: int, grows: int = 1, *, backwards: bool) -> Iterator[tuple[int, int]]:
    """`first` to `last` in pieces of so many lines, each `grows` times as long as the one before."""
    while first <= last:
        low, high = (max(first, last - lines + 1), last) if backwards else (first, min(last, first + lines - 1))
        yield low, high
        first, last = (first, low - 1) if backwards else (high + 1, last)
        lines *= grows


def _key(execution_id: int, first: int, last: int) -> dict[str, int]:
    return {"low": log_id(execution_id, first), "high": log_id(execution_id, last)}


def _conditions(request: ReadLog) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if request.q:
        conditions.append(func.instr(func.lower(LINE.message), request.q.lower()) > 0)
    if request.level:
        conditions.append(LINE.log_level.in_(_levels(request)))
    return conditions


def _levels(request: ReadLog) -> tuple[str, ...]:
    return LEVELS[LEVELS.index(request.level or "DEBUG") :]


def _fit(all_lines: list[LogLine], *, backwards: bool) -> list[LogLine]:
    """As many lines as a reply may carry, from the end that was asked for; at least one where there is one."""
    if sum(len(line.message) for line in all_lines) * CHARACTER_BYTES + len(all_lines) * AROUND_BYTES < MAX_PAGE_BYTES:
        return all_lines
    lines: list[LogLine] = []
    size_bytes = 0
    for line in reversed(all_lines) if backwards else all_lines:
        size_bytes += len(msgspec.json.encode(line))
        if lines and size_bytes > MAX_PAGE_BYTES:
            break
        lines.append(line)
    return lines[::-1] if backwards else lines

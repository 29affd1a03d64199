"""Ingest: log messages that follow one another, one transaction. Rows are a gapless prefix of what the script printed.

The execution's row is locked first and lines are inserted second; the other order deadlocks on InnoDB's foreign-key
lock, and `keep_ahead`, which needs it, asks for no such lock. Every function may run twice with the same message: what
is already kept is skipped by its offset.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum, auto
from functools import partial

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from proto.runs import RunEnd
from schema.tables import MigrationExecution
from services.logsink.endings import is_complete, record_end, settle
from services.logsink.rows import Batch, insert_lines
from services.logsink.rows_of_many import ADVANCING, advance, insert_little
from services.logsink.understand import Line, Reader, Update
from services.logsink.understand.eta import remember

MAX_LIVE_LINE = 2000
MAX_MESSAGE = 500
SMALL_BYTES, SAME_MOMENT_S = 64 * 1024, 0.2
UNDISTURBED = ("status", "log_lines", "log_bytes", "reader_state", "end_bytes", "script_started_at")
GIVE_WAY_AFTER_S = 2.0
Store = Callable[[Batch], Coroutine[None, None, None]]
Foresee = Callable[[MigrationExecution], None]


class Verdict(Enum):
    KEPT = auto()  # durable with this commit
    KNOWN = auto()  # was durable before, or comes after the end
    AHEAD = auto()  # something before it is missing
    UNKNOWN = auto()  # no such execution


class Overtaken(Exception):  # noqa: N818 - nothing is wrong: what was foreseen did not happen
    """The execution is not as the transaction before was to leave it. Nothing is kept."""


@dataclass(frozen=True)
class Chunk:
    """Raw bytes of the log from `offset` on, read by an executor at `read_at`."""

    offset: int
    data: bytes
    read_at: datetime


@dataclass(frozen=True)
class Kept:
    """The row as it is after the commit; None where there is no such execution."""

    verdict: Verdict
    row: MigrationExecution | None = None
    progressed: bool = False
    lines: int = 0


async def keep_chunks(
    session: AsyncSession, execution_id: int, chunks: Sequence[Chunk], foresee: Foresee | None = None
) -> Kept:
    """Chunks without a gap between them. What is said of the first goes for all.

    `foresee` is told how the commit will leave the row, before the lines are stored: not where the end is known.
    """
    row = await lock_execution(session, execution_id)
    return Kept(Verdict.UNKNOWN) if row is None else await _keep(row, chunks, partial(insert_lines, session), foresee)


async def keep_ahead(
    session: AsyncSession,
    foreseen: MigrationExecution,
    before: asyncio.Event,
    chunks: Sequence[Chunk],
    foresee: Foresee,
) -> Kept:
    """As `keep_chunks`, of what follows a transaction that goes on until `before` is set: `foreseen` is the row as that
    one will leave it. The lines are stored meanwhile; they are kept only if it does. Raises Overtaken.

    Never waits long: where lines were taken back once, InnoDB's check for duplicates looks at those that follow, too,
    so that the transaction before may wait for this one, and the database does not know that this one waits for it.
    """
    row = _copy(foreseen)
    try:
        kept = await _keep(row, chunks, partial(insert_lines, session, ahead=True), foresee)
    except IntegrityError as error:  # another logsink has kept them
        raise Overtaken from error
    try:
        async with asyncio.timeout(GIVE_WAY_AFTER_S):
            await before.wait()
    except TimeoutError as error:
        raise Overtaken from error
    locked = await lock_execution(session, foreseen.id)
    if locked is None or any(getattr(locked, name) != getattr(foreseen, name) for name in UNDISTURBED):
        raise Overtaken
    for name in ADVANCING:
        setattr(locked, name, getattr(row, name))
    return replace(kept, row=locked)


async def keep_little(session: AsyncSession, chunks_of: Mapping[int, Sequence[Chunk]]) -> dict[int, Kept]:
    """As `keep_chunks`, of many runs at once: they share what a transaction costs. Nothing is said of a run whose row
    another holds at this moment, for the others would wait with it."""
    query = select(MigrationExecution).where(MigrationExecution.id.in_(chunks_of)).order_by(MigrationExecution.id)
    rows = await session.scalars(query.with_for_update(skip_locked=True).execution_options(populate_existing=True))
    batches: list[Batch] = []

    async def store(batch: Batch) -> None:
        batches.append(batch)
        await asyncio.sleep(0)  # nor until all runs are

    kept = {row.id: await _keep(row, chunks_of[row.id], store) for row in rows}
    await insert_little(session, batches)
    news = [one.row for one in kept.values() if one.verdict is Verdict.KEPT and one.row is not None]
    await advance(session, [row for row in news if row.status == "running"])  # an ending is the session's to write
    return kept


async def keep_end(session: AsyncSession, execution_id: int, end: RunEnd, read_at: datetime) -> Kept:
    """Whatever order chunks and end arrive in, the status is set by the one that completes the log."""
    row = await lock_execution(session, execution_id)
    if row is None:
        return Kept(Verdict.UNKNOWN)
    if row.status != "running" or row.end_status is not None:
        return Kept(Verdict.KNOWN, row)
    record_end(row, end)
    if is_complete(row):
        await finish(session, row, load_reader(row), read_at)
    return Kept(Verdict.KEPT, row)


async def finish(session: AsyncSession, row: MigrationExecution, reader: Reader, read_at: datetime) -> None:
    """The unfinished line, if any, becomes a row; then the status is set."""
    await insert_lines(session, _advance(row, reader.finish(), read_at, 0))
    settle(row, reader)


async def lock_execution(session: AsyncSession, execution_id: int) -> MigrationExecution | None:
    query = select(MigrationExecution).where(MigrationExecution.id == execution_id).with_for_update()
    return await session.scalar(query.execution_options(populate_existing=True))


def load_reader(row: MigrationExecution) -> Reader:
    return Reader.new() if row.reader_state is None else Reader.load(row.reader_state.encode())


async def _keep(row: MigrationExecution, chunks: Sequence[Chunk], store: Store, foresee: Foresee | None = None) -> Kept:
    if chunks[0].offset > row.log_bytes and row.status == "running":
        return Kept(Verdict.AHEAD, row)
    news = _news(row, chunks)
    if not news:
        return Kept(Verdict.KNOWN, row)
    before, lines_before = (row.progress, row.progress_message), row.log_lines
    reader = load_reader(row)
    batches = [_understand(row, reader, news[0])]
    for chunk in news[1:]:
        await asyncio.sleep(0)  # who reads does not wait until all is understood
        batches.append(_understand(row, reader, chunk))
    if is_complete(row):
        batches.append(_advance(row, reader.finish(), news[-1].read_at, 0))
    else:
        row.reader_state = reader.save().decode()
        if foresee is not None and row.end_bytes is None:
            foresee(_copy(row))
    for batch in batches:
        await store(batch)
    if is_complete(row):
        settle(row, reader)
    progressed = (row.progress, row.progress_message) != before
    return Kept(Verdict.KEPT, row, progressed, row.log_lines - lines_before)


def _news(row: MigrationExecution, chunks: Sequence[Chunk]) -> list[Chunk]:
    """What is not kept yet of the chunks, and is not beyond the end. Small ones that were read within a moment are
    made one: a statement for each costs more than its few lines."""
    news: list[Chunk] = []
    known_bytes = row.log_bytes
    for chunk in chunks if row.status == "running" else ():
        data = chunk.data[known_bytes - chunk.offset :]
        if row.end_bytes is not None:
            data = data[: row.end_bytes - known_bytes]
        if not data:
            continue
        if news and _belong_together(news[-1], chunk):
            news[-1] = Chunk(news[-1].offset, news[-1].data + data, chunk.read_at)
        else:
            news.append(Chunk(known_bytes, data, chunk.read_at))
        known_bytes += len(data)
    return news


def _belong_together(last: Chunk, chunk: Chunk) -> bool:
    within_s = (chunk.read_at - last.read_at).total_seconds()
    return len(last.data) + len(chunk.data) <= SMALL_BYTES and within_s <= SAME_MOMENT_S


def _understand(row: MigrationExecution, reader: Reader, chunk: Chunk) -> Batch:
    return _advance(row, reader.feed(chunk.data), chunk.read_at, len(chunk.data))


def _copy(row: MigrationExecution) -> MigrationExecution:
    """Of no session, so that nothing is written of it, and no rollback takes back what it says."""
    names = (column.key for column in MigrationExecution.__table__.columns)
    return MigrationExecution(**{name: getattr(row, name) for name in names})


def _advance(row: MigrationExecution, update: Update, read_at: datetime, size_bytes: int) -> Batch:
    """The lines that are to be stored, of which the row knows now."""
    batch = Batch(row.id, row.log_lines + 1, _within_limit(row, update.lines, size_bytes), read_at)
    row.log_lines += len(batch.lines)
    row.log_bytes += size_bytes
    if size_bytes:
        row.last_output_at = read_at
    row.live_line = update.live_line and update.live_line[:MAX_LIVE_LINE]
    if (progress := update.progress) is not None:
        if progress.known:
            row.progress = max(row.progress, min(99, int(progress.percent)))
            row.progress_origin = progress.origin
            if row.script_started_at is not None:
                elapsed_s = (read_at - row.script_started_at).total_seconds()
                row.progress_history = remember(row.progress_history or [], elapsed_s, progress.percent)
        row.progress_message = progress.message and progress.message[:MAX_MESSAGE]
    return batch


def _within_limit(row: MigrationExecution, lines: list[Line], size_bytes: int) -> list[Line]:
    """Beyond the environment's `max_log_bytes` lines are read for progress and result, but no longer stored."""
    limit_bytes = row.request["max_log_bytes"]
    if row.log_bytes > limit_bytes:
        return []
    if row.log_bytes + size_bytes <= limit_bytes:
        return lines
    notice = (
        f"[MedPro] The log is longer than {limit_bytes} bytes. What follows is read but not stored; the run goes on."
    )
    return [*lines, Line("WARNING", notice)]

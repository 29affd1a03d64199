"""Searching a log: letters in either case, and a search that runs out of time says how far it has looked."""

from itertools import count
from types import SimpleNamespace

import pytest
from msgspec import UNSET

from proto.api import LogPage
from proto.requests import ReadLog
from proto.times import now
from schema.engine import Database
from services.logsink import log_pages
from services.logsink.ingest import Chunk, keep_chunks
from tests.logsink.conftest import Insert

LINES = 50


async def write(database: Database, execution_id: int, log: bytes) -> None:
    await database.write(lambda session: keep_chunks(session, execution_id, [Chunk(0, log, now())]))


async def read(database: Database, execution_id: int, **query: object) -> LogPage:
    request = ReadLog(id=execution_id, **query)  # type: ignore[arg-type]  # each test's own fields
    return await database.read(lambda session: log_pages.read_log(session, request))


@pytest.mark.parametrize("q", ["ÁLVARO", "álvaro", "Álvaro"])
async def test_letters_of_every_alphabet_are_found_in_either_case(
    database: Database, insert_execution: Insert, q: str
) -> None:
    execution_id = await insert_execution()
    await write(database, execution_id, "imported ÁLVARO Souza\nother\n".encode())
    page = await read(database, execution_id, q=q)
    assert ([line.seq for line in page.items], page.hits) == ([1], 1)


@pytest.mark.parametrize("where", [{"after": 0}, {"before": LINES + 1}])
async def test_a_search_that_runs_out_of_time_goes_on_where_it_stopped(
    database: Database, insert_execution: Insert, monkeypatch: pytest.MonkeyPatch, where: dict[str, int]
) -> None:
    """Each look has time for one window of ten lines only; the match is in the last one."""
    monkeypatch.setattr(log_pages, "SEARCH_WINDOW_LINES", 10)
    monkeypatch.setattr(log_pages, "SEARCH_FOR_S", 1.5)
    seconds = count()  # one passes with each look at the clock
    monkeypatch.setattr(log_pages, "time", SimpleNamespace(monotonic=lambda: next(seconds)))
    execution_id = await insert_execution()
    wanted = LINES if "after" in where else 1
    await write(database, execution_id, b"".join(b"line %03d\n" % n for n in range(1, LINES + 1)))
    for _look in range(2 * LINES // 10):
        page = await read(database, execution_id, q=f"line {wanted:03}", limit=1, **where)
        if page.items:
            break
        went_on = {"after": page.next_after} if "after" in where else {"before": page.next_before}
        assert UNSET not in went_on.values()
        where = went_on  # type: ignore[assignment]  # checked above
    assert [line.message for line in page.items] == [f"line {wanted:03}"]


@pytest.mark.parametrize("where", [{"after": 0}, {"tail": 2}])
async def test_lines_of_a_rare_level_are_found_wherever_they_are(
    database: Database, insert_execution: Insert, where: dict[str, int]
) -> None:
    execution_id = await insert_execution()
    count = 10 * log_pages.LEVEL_WINDOW_LINES
    lines = [f"{'ERROR' if number in (1, count) else 'INFO'} line {number}\n" for number in range(1, count + 1)]
    await write(database, execution_id, "".join(lines).encode())
    page = await read(database, execution_id, level="ERROR", **where)
    assert [line.seq for line in page.items] == [1, count]

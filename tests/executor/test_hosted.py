"""Following a log: what a script prints line by line is not handed on line by line."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest

from services.executor import hosted
from services.executor.hosted import HostedRun
from services.executor.launcher import Report
from services.executor.masking import Mask, MaskedLog

LINES = [b"line %d\n" % number for number in range(100)]


@pytest.mark.parametrize(("every_s", "reads"), [(0.001, range(1, 51)), (0.02, range(60, 101))])
async def test_lines_that_follow_each_other_closely_are_read_several_at_a_time(
    monkeypatch: pytest.MonkeyPatch, every_s: float, reads: range
) -> None:
    """And where there is time between them, each at once."""
    monkeypatch.setattr(hosted, "REST_S", 0.01)
    printed, added = asyncio.StreamReader(), []

    async def read() -> bytes:
        return await printed.read(2**20)

    async def add(offset: int, data: bytes) -> None:
        added.append((offset, data))

    attachment = SimpleNamespace(run_key="key", launched_on="machine key /run")
    parts = (SimpleNamespace(run_directory="/run"), SimpleNamespace(add=add), SimpleNamespace())
    run = HostedRun(cast(Any, None), 1, cast(Any, attachment), *cast(Any, parts))
    run._log = MaskedLog(Mask([]), 0)
    reading = asyncio.create_task(run._read(cast(Any, None), cast(Any, SimpleNamespace(read=read)), running()))
    for line in LINES:
        printed.feed_data(line)
        await asyncio.sleep(every_s)  # a script that prints, not a wait for a condition
    printed.feed_eof()
    await reading
    assert b"".join(data for _, data in added) == b"".join(LINES)
    assert len(added) in reads


def running() -> Report:
    return cast(Report, SimpleNamespace(state="running", size_bytes=0))

"""The queue of one run: whatever order its messages come in, they are taken in the order of the log."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from proto.runs import MAX_CHUNK_LINES, RunEnd
from proto.times import now
from schema.tables import MigrationExecution
from services.logsink.ingest import Chunk
from services.logsink.queues import LITTLE_BYTES, LITTLE_LINES, TOGETHER_AT_MOST_BYTES, Content, Message, Queue


def message(content: Content) -> Message:
    data = content.data if isinstance(content, Chunk) else b""
    delivery: Any = SimpleNamespace(data=data)
    return Message(delivery, content)


def queue(*contents: tuple[int, int] | RunEnd) -> Queue:
    """Of chunks, as offset and length, and ends."""
    made = Queue(1)
    for content in contents:
        what: Content = (content, now()) if isinstance(content, RunEnd) else Chunk(content[0], bytes(content[1]), now())
        made.put(message(what))
    return made


def taken(made: Queue) -> list[int]:
    return [cast(Chunk, each.content).offset for each in made.take().messages]


def test_what_follows_without_a_gap_is_taken_together() -> None:
    assert taken(queue((20, 5), (0, 10), (10, 10))) == [0, 10, 20]


def test_what_comes_after_a_gap_waits_for_its_turn() -> None:
    made = queue((0, 10), (11, 10))
    assert taken(made) == [0]
    assert taken(made) == [11]


def test_the_end_is_taken_alone_and_last() -> None:
    end = RunEnd(ending="exited", exit_status=0, total_bytes=10)
    made = queue(end, (0, 10))
    assert taken(made) == [0]
    assert [isinstance(each.content, Chunk) for each in made.take().messages] == [False]


def test_no_more_is_taken_at_once_than_the_limit() -> None:
    half = TOGETHER_AT_MOST_BYTES // 2
    assert taken(queue((0, half), (half, half), (2 * half, half))) == [0, half]


def test_nor_more_lines_than_are_stored_at_once() -> None:
    made, size = queue(), MAX_CHUNK_LINES // 2
    for number in range(3):
        made.put(message(Chunk(number * size, b"\n" * size, now())))
    assert taken(made) == [0, size]


def test_what_is_put_back_is_before_what_came_later() -> None:
    made = queue((10, 10))
    turn = made.take()
    made.put(message(Chunk(20, b"later", now())))
    made.put(message(Chunk(0, bytes(10), now())))
    made.put_back(turn)
    assert taken(made) == [0, 10, 20]


def test_a_run_lines_up_once_and_ahead_only_of_what_is_foreseen() -> None:
    much = LITTLE_BYTES + 1
    made = queue((0, much))
    assert made.may_go_on
    turn = made.take()
    made.put(message(Chunk(much, bytes(much), now())))
    assert not made.may_go_on  # nobody knows yet how the turn will leave the row
    turn.foreseen = MigrationExecution()
    assert made.may_go_on
    made.lined_up = True
    assert not made.may_go_on
    assert made.take().after is turn
    made.put(message(Chunk(2 * much, bytes(much), now())))
    assert not made.may_go_on  # two turns are all


@pytest.mark.parametrize(("offset", "length"), [(LITTLE_BYTES + 2, LITTLE_BYTES + 1), (LITTLE_BYTES + 1, 10)])
def test_what_follows_after_a_gap_or_is_little_waits_for_the_turn_to_end(offset: int, length: int) -> None:
    made = queue((0, LITTLE_BYTES + 1))
    made.take().foreseen = MigrationExecution()
    made.put(message(Chunk(offset, bytes(length), now())))
    assert not made.may_go_on


@pytest.mark.parametrize(("lines", "little"), [(LITTLE_LINES, True), (LITTLE_LINES + 1, False)])
def test_many_short_lines_are_not_little(lines: int, little: bool) -> None:
    made = queue()
    made.put(message(Chunk(0, b"\n" * lines, now())))
    assert made.little is little

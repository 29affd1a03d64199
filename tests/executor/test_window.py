"""The window: whatever the order of reading, sending, committing and beginning again, what is sent is the log."""

import random

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from proto.runs import MAX_CHUNK_BYTES, MAX_CHUNK_LINES, MAX_IN_FLIGHT_BYTES
from services.executor.window import Window

LOG = random.Random(1).randbytes(8 * MAX_IN_FLIGHT_BYTES)
SIZES = st.one_of(
    st.integers(0, 3), st.sampled_from([1000, MAX_CHUNK_BYTES, 2 * MAX_CHUNK_BYTES]), st.integers(0, 400_000)
)


class Shipping(RuleBasedStateMachine):
    """An executor that ships a log, while another may be further with the same log."""

    @initialize(committed=SIZES)
    def begin(self, committed: int) -> None:
        self.window = Window(committed)
        self.read = committed
        self.on_its_way: int | None = None

    @rule(size=SIZES)
    def read_on(self, size: int) -> None:
        end = min(self.read + min(size, self.window.room), len(LOG))
        self.window.add(self.read, LOG[self.read : end])
        self.read = end

    @rule(back=SIZES)
    def read_again(self, back: int) -> None:
        start = max(0, self.read - back)
        before = self.window.end
        self.window.add(start, LOG[start : self.read])
        assert self.window.end == before

    @precondition(lambda self: self.on_its_way is None)
    @rule()
    def send(self) -> None:
        chunk = self.window.chunk()
        assert len(chunk) == min(self.window.unsent, MAX_CHUNK_BYTES)
        assert chunk == LOG[self.window.sent : self.window.sent + len(chunk)]
        self.on_its_way = self.window.sent + len(chunk)

    @precondition(lambda self: self.on_its_way is not None)
    @rule()
    def arrive(self) -> None:
        assert self.on_its_way is not None
        self.window.mark_sent(self.on_its_way)
        assert self.window.sent >= self.on_its_way
        self.on_its_way = None

    @precondition(lambda self: self.on_its_way is None)
    @rule()
    def rewind(self) -> None:
        self.window.rewind()
        assert self.window.sent == self.window.committed

    @rule(part=st.floats(0, 1))
    def commit_what_was_sent(self, part: float) -> None:
        offset = self.window.committed + round(part * (self.window.sent - self.window.committed))
        news = offset > self.window.committed
        assert self.window.commit(offset) is news
        assert self.window.committed == offset

    @rule(back=st.integers(0, 5000))
    def hear_an_old_commit(self, back: int) -> None:
        before = self.window.committed, self.window.sent, self.window.end
        assert not self.window.commit(before[0] - back)
        assert (self.window.committed, self.window.sent, self.window.end) == before

    @rule(beyond=SIZES)
    def hear_that_another_is_further(self, beyond: int) -> None:
        offset = min(self.window.end + beyond, len(LOG))
        self.window.commit(offset)
        assert self.window.unsent == 0 or offset == self.window.committed
        assert self.window.committed == self.window.sent == self.window.end == offset

    @invariant()
    def is_in_order(self) -> None:
        if hasattr(self, "window"):
            assert self.window.committed <= self.window.sent <= self.window.end
            assert self.window.end >= self.read
            assert self.window.unsent == self.window.end - self.window.sent

    @invariant()
    def is_never_more_than_the_room(self) -> None:
        if hasattr(self, "window"):
            assert 0 <= self.window.room <= MAX_IN_FLIGHT_BYTES
            assert self.window.end - self.window.committed == MAX_IN_FLIGHT_BYTES - self.window.room


TestShipping = Shipping.TestCase
TestShipping.settings = settings(max_examples=60, stateful_step_count=60, deadline=None)


def test_what_is_read_after_a_commit_beyond_it_is_cut_to_what_is_new() -> None:
    window = Window(0)
    window.add(0, b"0123")
    assert window.commit(6)
    window.add(4, b"4567")
    assert (window.sent, window.chunk(), window.end) == (6, b"67", 8)


def test_a_message_that_arrives_after_its_commit_says_nothing_new() -> None:
    window = Window(0)
    window.add(0, b"0123")
    window.commit(4)
    window.mark_sent(2)
    assert (window.sent, window.chunk()) == (4, b"")


def test_after_a_rewind_everything_uncommitted_is_sent_again() -> None:
    window = Window(10)
    window.add(10, b"0123")
    window.mark_sent(14)
    window.commit(12)
    window.rewind()
    assert (window.sent, window.chunk()) == (12, b"23")


def test_a_chunk_has_a_limit() -> None:
    window = Window(0)
    window.add(0, bytes(MAX_CHUNK_BYTES + 1))
    assert len(window.chunk()) == MAX_CHUNK_BYTES


def test_of_very_many_lines_a_chunk_holds_no_more_than_are_stored_at_once() -> None:
    window = Window(0)
    window.add(0, b"y\n" * (2 * MAX_CHUNK_LINES))
    assert MAX_CHUNK_LINES // 2 < window.chunk().count(b"\n") <= MAX_CHUNK_LINES

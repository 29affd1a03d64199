"""The whole reader: equal bytes give equal outcomes, and what is shown never goes backwards."""

from itertools import pairwise
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.logsink.understand import Line, Reader

_PARTS = [
    b"plain line\n",
    b"\n",
    b"\r\n",
    b"\r",
    b"\n\r",
    b"Processed 450/1000 patients\n",
    b"Imported 20/5000 appointments\n",
    b"\r 45%|####      | 45/100 [00:01<00:01]",
    b"\r 50%|#####     | 50/100 [00:01<00:01]",
    b"\r100%|##########| 100/100\n",
    b"ERROR: bad\n",
    b"Traceback (most recent call last):\n",
    b'  File "x.py", line 3\n',
    b"ValueError: no\n",
    b"\x1b[31mred\x1b[0m\n",
    b"\x1b[A",
    b"\x1b[2A",
    b"\x1b[2K",
    b"\x1b[K",
    b"\x1b[B",
    b"\x1b[?25l",
    b"\x1b[?25h",
    b"\x1b[J",
    b"\x1b[H",
    b"\x1b[2J",
    b"\x08\x08\x08",
    b"45%",
    b"a: 0%\n",
    b"b: 0%\n",
    b"\x1b]0;title\x07",
    b"\x1b]x\n",
    b"\x1b",
    b"\x1b[",
    "Ação é ü 漢字 🙂\n".encode(),
    b"\xff\xfe\n",
    b"\x00\x01\n",
    "é".encode(),
    b"\xe2\x82",
    b"\xc2\x85",
    b"tab\there\n",
    b"Found 1,234 patients\n",
    b"migrated 617\n",
    b"::progress value=30::half\n",
    b"::result migrated=5\n",
    b'{"progress": 0.5}\n',
    b'{"result": {"migrated": 3}}\n',
    b'{"level": "error"}\n',
    b"Step 2 of 4\n",
    b"x" * 700,
    b"Patients migrated: 12\n",
    b"\x1b[32m",
    b"\x1b[5C",
    b"\x1b7",
    b"\x1b8",
    b"\x1b[3G",
    b"Copying 3%\n",
    b"Copying 9%\n",
]
captured = st.lists(st.one_of(st.sampled_from(_PARTS), st.binary(max_size=6)), max_size=30).map(b"".join)
cuts = st.lists(st.integers(min_value=0, max_value=3_000), max_size=12)


@given(captured, cuts, st.booleans())
@settings(max_examples=600, deadline=None)
@example(b"a" * 15_999 + b"\x1b[31mbc\n", [16_000, 16_003], False)
@example(b"x" * 16_001 + b"\rab\n", [5], True)
def test_the_outcome_does_not_depend_on_how_the_bytes_are_cut(data: bytes, at: list[int], saved: bool) -> None:
    assert _outcome(_pieces(data, at), saved=saved) == _outcome([data], saved=False)


@given(captured)
@settings(max_examples=200, deadline=None)
def test_not_even_when_they_come_one_by_one(data: bytes) -> None:
    assert _outcome([data[index : index + 1] for index in range(len(data))], saved=False) == _outcome(
        [data], saved=False
    )


@given(captured, cuts)
@settings(max_examples=400, deadline=None)
@example(b"\r 50%|#####     | 50/100 [00:01<00:01]\r100%|##########| 100/100\n", [39, 57])
@example(b"45%\r 50%|#####     | 50/100 [00:01<00:01]", [8])
def test_progress_never_falls_and_is_never_whole_before_the_end(data: bytes, at: list[int]) -> None:
    reader = Reader.new()
    before: float = 0
    for piece in [*_pieces(data, at), b""]:
        progress = reader.feed(piece).progress
        if progress is not None:
            assert before <= progress.percent <= 99
            before = progress.percent
    last = reader.finish().progress
    assert last is None or before <= last.percent <= 99


@given(st.lists(st.sampled_from(_PARTS), max_size=300).map(b"".join))
@settings(max_examples=60, deadline=None)
def test_the_state_stays_small(data: bytes) -> None:
    reader = Reader.new()
    reader.feed(data)
    assert len(reader.save()) < 60_000


@given(captured)
@settings(max_examples=200, deadline=None)
def test_stored_text_is_bounded_and_has_no_control_characters_but_colours(data: bytes) -> None:
    reader = Reader.new()
    for line in [*reader.feed(data).lines, *reader.finish().lines]:
        assert len(line.text) <= 16_000
        assert not any(ord(letter) < 32 and letter not in "\t\x1b" for letter in line.text)


def test_a_saved_reader_continues_inside_a_character_and_a_control_sequence() -> None:
    reader = Reader.new()
    lines: list[Line] = []
    for byte in "é\x1b[31mrot\x1b[0m\r\n".encode():
        reader = Reader.load(reader.save())
        lines += reader.feed(bytes([byte])).lines
    assert lines == [Line("INFO", "é\x1b[31mrot\x1b[0m")]


def test_the_first_error_is_found_by_its_line_number() -> None:
    reader = Reader.new()
    reader.feed(b"one\ntwo\nERROR three\nWARN four\nERROR five\n")
    summary = _summary(reader)
    assert (summary["errors"], summary["warnings"], summary["first_error_seq"]) == (2, 1, 3)


def _pieces(data: bytes, at: list[int]) -> list[bytes]:
    borders = sorted({0, len(data), *(cut % (len(data) + 1) for cut in at)})
    return [data[start:end] for start, end in pairwise(borders)]


def _outcome(pieces: list[bytes], *, saved: bool) -> Any:
    reader = Reader.new()
    lines: list[Line] = []
    for piece in pieces:
        if saved:
            reader = Reader.load(reader.save())
        lines += reader.feed(piece).lines
    update = reader.finish()
    return lines + update.lines, update.progress, _summary(reader)


def _summary(reader: Reader) -> dict[str, Any]:
    return reader.summary(outcome="succeeded", exit_status=0, reason=None, result_json=None)

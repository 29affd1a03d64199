"""Bytes to lines: what is stored is what a terminal would have shown in the end."""

import pytest

from services.logsink.understand import Reader


@pytest.mark.parametrize(
    ("raw", "lines"),
    [
        (b"one\ntwo", ["one", "two"]),
        (b"one\r\ntwo\r\n", ["one", "two"]),
        (b"one\r\r\ntwo\n", ["one", "two"]),
        (b"\n\n", ["", ""]),
        (b" 10%\r 20%\r100%\n", ["100%"]),
        (b"\r 10%\r 20%\r100%", ["100%"]),
        (b"loading\rdone   \n", ["done"]),
        (b"10%\b\b\b20%\n", ["20%"]),
        (b"working...\x1b[2K\rdone\n", ["done"]),
        (b"working\x1b[3Ddone\n", ["workdone"]),
        (b"a: 0%\nb: 0%\n\x1b[2Aa: 50%\nb: 40%\n\x1b[2Aa: 100%\nb: 100%\nend\n", ["a: 100%", "b: 100%", "end"]),
        (b"\x1b[?25lx\ny\n\x1b[1A\x1b[2K\x1b[1A\x1b[2Kz\n\x1b[?25hend\n", ["z", "end"]),
        (b"\x1b[31mred\x1b[0m plain\n", ["\x1b[31mred\x1b[0m plain"]),
        (b"\x1b]0;title\x07text\n", ["text"]),
        (b"\x1b(Btext\x1b[?7h\n", ["text"]),
        (b"bell\x07\n", ["bell"]),
        (b"a\x00b\xffc\n", ["a\\0b\\xffc"]),
        ("ação 🙂\n".encode(), ["ação 🙂"]),
        (b"tab\tbed\n", ["tab\tbed"]),
        (b"gcc\x1b[K: \x1b[01merror\x1b[m\x1b[K\n", ["gcc: \x1b[01merror\x1b[m"]),
        (b"x" * 16_001 + b"\n", ["x" * 16_000, "x"]),
    ],
)
def test_lines_are_stored_as_they_last_stood(raw: bytes, lines: list[str]) -> None:
    reader = Reader.new()
    assert [line.text for line in [*reader.feed(raw).lines, *reader.finish().lines]] == lines


def test_the_unfinished_line_is_shown_live_and_stored_once() -> None:
    reader = Reader.new()
    update = reader.feed(b"begin\n\rpatients 10%")
    assert ([line.text for line in update.lines], update.live_line) == (["begin"], "patients 10%")
    assert reader.feed(b"\rpatients 20%").live_line == "patients 20%"
    assert reader.feed(b"\rpatients 99%\n").live_line is None


def test_several_bars_are_shown_live_together() -> None:
    reader = Reader.new()
    update = reader.feed(b"a: 0%\nb: 0%\n\x1b[2Aa: 50%\n")
    assert (update.lines, update.live_line) == ([], "a: 50%\nb: 0%")


def test_what_is_painted_over_leaves_the_state_at_once() -> None:
    reader = Reader.new()
    reader.feed(b"a secret of 20 letters\r" + b" " * 30 + b"\rnext")
    assert b"secret" not in reader.save().replace(b'"frame":"a secret', b"")
    reader.feed(b"\rlast\r")
    assert b"secret" not in reader.save()

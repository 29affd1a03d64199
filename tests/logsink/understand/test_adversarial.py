"""No line, however made, takes much longer than an ordinary one of the same length."""

import time

import pytest

from services.logsink.understand import Reader

LENGTH = 16_000
SAMPLES = [
    "1",
    "1,",
    "1.",
    "1 ",
    "1/",
    "1/1 ",
    "1%",
    "1% ",
    "% ",
    "1 of ",
    "1 of 1 ",
    "12,345,678 ",
    "[",
    "[[",
    "[#",
    "[=",
    "[ ",
    "(",
    "| ",
    "#",
    "=",
    "█",
    "━",
    "a",
    "a ",
    "a1",
    "a: ",
    "a=",
    "a=1,",
    "a.b.",
    "a:b:",
    "error",
    "error ",
    "error: ",
    "Error",
    "ERROR",
    "ERROR ",
    "[error] ",
    "warn(",
    "at ",
    "\tat x",
    "  ",
    " ",
    "\t",
    ".",
    "..",
    ".......... ",
    "-",
    "-- ",
    "_",
    "'",
    '"',
    "{",
    '{"a":',
    '{"a":[',
    "::",
    "::progress ",
    "::result a=",
    "::progress value=",
    "2026-01-01 ",
    "12:00:00 ",
    "[INFO] ",
    "INFO: ",
    "\x1b[m",
    "\x1b[1;",
    "\x1b]",
    "\x1b[A",
    "\x1b[2K",
    "\x1b",
    "\x08",
    "a\x08",
    "\r",
    "a\r",
    "\x1b[31mx",
    "\x1b7\x1b8",
    "\x1b[5C",
    "\x1b[H",
    "\x1b[?25l",
    "\x00",
    "\xff",
    "é",
    "漢",
    "🙂",
    "migrated ",
    "migrated 1 ",
    "1 patients migrated ",
    "patients migrated: 1 ",
    "total ",
    "total patients: ",
    "found 1 ",
    "step 1/",
    "Step 1 of 2 ",
    "to-chk=1/",
    "100% to-chk=",
    "remaining ",
    "x.y(",
    "A.B",
    "Exception",
    "x.Exception",
    "Caused by: ",
    "<1>",
    "E0101 ",
    "level=",
    "level=error ",
    "a b c d e f: ",
    "Total. ",
    "1:1:",
    "0:00:00 ",
    "1kB/1kB ",
    "0 as ",
    "1 patients, ",
    "a/a.",
    "Failed to ",
    "a: a: ",
    "x -> 1 ok ",
    "(1 + 1) / ",
    "| 1 ",
    "1 of 1 remaining ",
]


ORDINARY = "2026-01-01 12:00:00 ERROR migrated 5 of 7 patients\n" * (LENGTH // 50)


@pytest.fixture(scope="module")
def ordinary() -> float:
    return max(_seconds(ORDINARY) for _ in range(3))


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_hostile_line_costs_at_most_a_few_ordinary_ones(sample: str, ordinary: float) -> None:
    for end in ("", "!", "1", " 1/2 patients"):
        hostile = (sample * LENGTH)[: LENGTH - len(end)] + end + "\n"
        assert not _is_slow(hostile, ordinary)


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_hostile_line_in_a_json_mark_or_an_error_is_no_worse(sample: str, ordinary: float) -> None:
    for start in (
        '{"progress": 0.5, "x": "',
        "::progress value=1::",
        "::result a=b,",
        "ERROR: ",
        "Traceback (most recent call last):\n  ",
        "  45% ",
    ):
        assert not _is_slow(start + (sample * LENGTH)[:LENGTH] + "\n", ordinary)


def _is_slow(text: str, ordinary: float) -> bool:
    """What is too much is so each time; a machine that is busy, only now and then."""
    return all(_seconds(text) >= 40 * ordinary for _ in range(3))


def _seconds(text: str) -> float:
    data = text.encode()
    reader = Reader.new()
    started = time.process_time()
    reader.feed(data)
    reader.finish()
    reader.summary(outcome="succeeded", exit_status=0, reason=None, result_json=None)
    return time.process_time() - started

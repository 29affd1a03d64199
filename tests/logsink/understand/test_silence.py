"""A line that is passed over as silent would have told nothing, whatever its digits; and most lines are passed over."""

import random
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.logsink.understand import counts, readings
from services.logsink.understand.silence import is_silent
from services.logsink.understand.words import ANNOUNCING, DOING, NOUNS, PAST, TO_DO, TO_VERBS

CORPUS = Path(__file__).parent / "corpus"
NUMBERS = ["7", "10", "450/1000", "1,234", "12.5%", "1700000000000", "12:30:01", "2026-11-22", "3 of 12", "100%"]
SIGNS = [
    ":",
    "=",
    ", ",
    "[",
    "]",
    "(",
    ")",
    " | ",
    "/",
    "%",
    "#",
    "step ",
    "total ",
    " of ",
    " remaining",
    "::progress ",
]
WORDS = [*NOUNS, *PAST, *DOING, *ANNOUNCING, *TO_DO, *TO_VERBS, "and", "line", "port", "INFO", "bytes", "MB"]
LINES = st.lists(st.sampled_from([*NUMBERS * 8, *SIGNS * 4, *WORDS]), min_size=1, max_size=12).map(" ".join)


def tells(line: str) -> bool:
    readings_of_it = readings.readings_of(line, repainted=False) or readings.readings_of(line, repainted=True)
    return bool(
        readings_of_it
        or readings.stage_of(line)
        or counts.announcements_of(line)
        or counts.counter_of(line) is not None
    )


def with_other_digits(line: str, chance: random.Random) -> str:
    return re.sub("[0-9]", lambda _: chance.choice("0123456789"), line)


@settings(max_examples=1500, deadline=None)
@given(LINES, st.integers())
def test_a_line_that_tells_something_is_not_silent_and_nor_are_those_of_its_shape(line: str, seed: int) -> None:
    chance = random.Random(seed)
    same_shape = [line, *(with_other_digits(line, chance) for _ in range(3))]
    if any(map(tells, same_shape)):
        assert not any(map(is_silent, same_shape))


@pytest.mark.parametrize(
    "line",
    [
        "50.0%",
        "450 of 1000 patients imported",
        "processed=450 total=1000",
        "450 done, 550 remaining",
        "(12 + 4) / 100",
        "Step 3/7:10",
        " 12 19.0M   12 2345k    0     0  1200k      0  0:00:16  0:00:01  0:00:15 ",
        "Found 1,234 patients",
        "Total: 1234",
        "Migrated 617 patients",
        "450it [00:10, 44.9it/s]",
        "::progress::45",
        '{"progress": 45}',
    ],
)
def test_each_way_to_tell_something_is_read(line: str) -> None:
    assert tells(line)
    assert not is_silent(line)


@pytest.mark.parametrize("log", sorted(CORPUS.glob("*.log")), ids=lambda log: log.stem)
def test_nothing_that_a_real_program_tells_is_passed_over(log: Path) -> None:
    for line in re.split(r"[\r\n]+", log.read_text(encoding="utf-8", errors="replace")):
        assert not (tells(line) and is_silent(line)), line


@pytest.mark.parametrize(
    "line",
    [
        "2026-11-22 10:00:00,123 INFO imported patient 90017 of the clinic",
        "1764165015.123456 line 17 of a migration that tells the time",
        "INSERT INTO patients VALUES (17, 'Ana', 23)",
    ],
)
def test_what_only_looks_like_progress_is_silent(line: str) -> None:
    assert is_silent(line)

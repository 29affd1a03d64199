"""One bar or one count of a run, as it last stood."""

import math

import msgspec

from services.logsink.understand.numbers import plain
from services.logsink.understand.reading import Reading
from services.logsink.understand.words import stem

ALL = 99.5  # as good as done: bars are rounded
BARELY = 5.0


class Counter(msgspec.Struct):
    """One bar or one count, as it last stood."""

    label: str
    noun: str
    percent: float | None
    number: int = 0
    done: float | None = None
    total: float | None = None
    message: str | None = None
    key: str = ""
    named: bool = False
    overall: bool = False
    restarts: int = 0
    rises: int = 0


def looks_like(counter: Counter, reading: Reading) -> bool:
    """Whether the line is that of the counter but for its numbers."""
    if reading.apart:
        return counter.label == reading.label
    return bool(reading.key) and counter.key == reading.key and not _differs(counter, reading)


def same(counter: Counter, reading: Reading, *, current: bool) -> bool:
    """Whether the counter goes on in a line of another look."""
    if reading.apart:
        return False
    rises = value_of_reading(reading) >= value_of(counter)
    if counter.total == reading.total and rises:
        # Whatever name it bears now: many put the record at hand into the label.
        return current and not (_differs(counter, reading) and counter.named and reading.named)
    if _differs(counter, reading):
        return False
    if counter.label == reading.label:
        return rises or reading.total is not None or is_start(reading) or (current and not reading.key)
    return bool(counter.noun and counter.noun == reading.noun)


def _differs(counter: Counter, reading: Reading) -> bool:
    return bool(counter.noun and reading.noun and stem(counter.noun) != stem(reading.noun))


def is_start(reading: Reading) -> bool:
    return percent_of_reading(reading) < BARELY


def is_whole(reading: Reading) -> bool:
    return percent_of_reading(reading) >= ALL


def percent_of_reading(reading: Reading) -> float:
    if reading.percent is None and reading.done is not None and reading.total:
        return 100 * reading.done / reading.total
    return min(reading.percent or 0.0, 100.0)


def update(counter: Counter, reading: Reading) -> None:
    counter.percent, counter.done, counter.total = reading.percent, reading.done, reading.total
    counter.message = reading.message
    counter.key = reading.key or counter.key
    counter.named = reading.named
    counter.overall = reading.overall
    counter.noun = reading.noun or counter.noun
    counter.label = reading.label or counter.label


def percent_of(counter: Counter) -> float:
    if counter.done is not None and counter.total:
        return 100 * counter.done / counter.total
    return min(counter.percent or 0.0, 100.0)


def value_of(counter: Counter) -> float:
    return counter.done if counter.done is not None else counter.percent or 0.0


def value_of_reading(reading: Reading) -> float:
    return reading.done if reading.done is not None else reading.percent or 0.0


def describe(counter: Counter, *, with_percent: bool) -> str:
    percent = f"{plain(rounded(percent_of(counter)))}%" if with_percent else ""
    if counter.message:
        return f"{counter.message} ({percent})" if percent else counter.message
    if counter.done is None or counter.total is None:
        return " ".join(part for part in (counter.label or counter.noun, percent) if part)
    count = f"{plain(counter.done)} of {plain(counter.total)}"
    if counter.noun and with_percent:
        return f"{counter.noun} {count} ({percent})"
    if counter.noun:
        return f"{count} {counter.noun}" if counter.noun.endswith("s") else f"{counter.noun} {count}"
    return ": ".join(part for part in (counter.label, f"{count} ({percent})" if percent else count) if part)


def rounded(value: float) -> float | int:
    """Down, so that nothing is promised."""
    tenths = math.floor(value * 10 + 1e-6) / 10
    return int(tenths) if tenths == int(tenths) else tenths

"""What a line can say about progress."""

import msgspec

REPORT, PERCENTAGE, BAR, COUNT = 1, 2, 3, 4  # the less, the more it is trusted
LONGEST = 400  # no line about progress is longer


class Reading(msgspec.Struct):
    trust: int
    percent: float | None = None
    done: float | None = None
    total: float | None = None
    label: str = ""  # what the bar or the line is about
    noun: str = ""  # what is counted
    message: str | None = None  # as the script words it
    sure: bool = True  # else only if it goes on rising
    key: str = ""  # of the lines of one counter
    named: bool = False  # its noun stands behind the number
    overall: bool = False  # of the whole run
    nested: tuple[int, int] | None = None  # "file 3 of 12" with what is done of that file
    apart: bool = False  # one of several rows: its label tells it from the others


class Stage(msgspec.Struct):
    """ "Step 3 of 7": what follows is inside of it."""

    word: str
    number: int
    of: int


class Announcement(msgspec.Struct):
    total: int
    noun: str

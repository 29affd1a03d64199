"""The words that stand beside a number: in its clause, and up to the next number.

What is said further away says nothing about it: "Invoice 45/2024 of the patients imported by batch 3".
"""

import re

import msgspec

from services.logsink.understand.words import (
    FUNCTION_WORDS,
    MEASURE_WORDS,
    NOUN_WORDS,
    PROGRESS_WORDS,
    REMAINING_WORDS,
    TIME_UNITS,
    TRAP_WORDS,
    WORKING_WORDS,
    words_of,
)


class Beside(msgspec.Struct):
    before: list[str]
    after: list[str]
    touching: str  # the word directly before, without a mark between
    bracketed: bool  # "(45%)": what stands around the brackets is beside it too
    first: bool  # nothing but words before it
    noun: str = ""
    named: bool = False  # its noun stands behind it

    def measures_something_else(self, *, drawn: bool) -> bool:
        """A disk, a discount, failed checks, seconds of waiting."""
        traps = MEASURE_WORDS if drawn else TRAP_WORDS
        if not traps.isdisjoint([*self.before[-3:], *self.after[:3]]):
            return True
        return not drawn and not TIME_UNITS.isdisjoint(self.after[:1])

    def is_progress(self) -> bool:
        """Whether a word says so; a pair that a singular word of another kind names is no count of it."""
        named = self.touching and self.touching not in PROGRESS_WORDS and self.touching not in FUNCTION_WORDS
        if named and not self.named:
            return not WORKING_WORDS.isdisjoint(self.after) and self.bracketed
        return not PROGRESS_WORDS.isdisjoint([*self.before, *self.after]) or self.noun in NOUN_WORDS

    def is_working(self) -> bool:
        return not WORKING_WORDS.isdisjoint([*self.before, *self.after])

    def is_done_with(self) -> bool:
        """ "45% of the patients imported"."""
        return not WORKING_WORDS.isdisjoint(self.after)

    def is_what_is_left(self) -> bool:
        return not REMAINING_WORDS.isdisjoint([*self.before[-2:], *self.after[:3]])


def beside(line: str, start: int, end: int, between: str = "") -> Beside:
    left, right = line[max(0, start - _REACH) : start], line[end : end + _REACH]
    opened, closed = _OPENED.search(left), _CLOSED.match(right)
    bracketed = bool(opened and closed) and not (line[end - 1] == "%" and "[" in left[-6:])  # "test_x PASSED [45%]"
    if opened and closed and bracketed:
        left, right = left[: opened.start()], right[closed.end() :]
    parts = _CLAUSE.split(left)
    before = parts[-1]
    told = before.rpartition(": ")[2]
    before = _NUMBERED.split(before)[-1] if not bracketed else told if words_of(told) else before
    after = _NUMBERED.split(_CLAUSE.split(right)[0])[0]
    touching = _TOUCHING.search(left)
    found = Beside(
        words_of(before),
        words_of(after),
        touching.group(1).lower() if touching and not bracketed else "",
        bracketed,
        len(parts) == 1 and start < _REACH and not _NUMBERED.search(left),
    )
    _name(found, between.strip().lower(), after)
    return found


def _name(found: Beside, between: str, after: str) -> None:
    """What is counted: "450 patients of 1000", "450/1000 patients", "Patient 450/1000"."""
    word = _WORD_AFTER.match(after)
    following = word.group(1).lower() if word else ""
    if between in NOUN_WORDS:
        found.noun, found.named = between, True
    elif following and (following in NOUN_WORDS or _PLURAL.fullmatch(following)) and following not in FUNCTION_WORDS:
        found.noun, found.named = following, True
    else:
        found.noun = next((word for word in reversed(found.before) if word in NOUN_WORDS), "")


_REACH = 60
_OPENED = re.compile(r"[\[(]\s{0,6}$")
_CLOSED = re.compile(r"\s{0,4}[\])]")
_CLAUSE = re.compile(r"[,;|()\[\]{}]|\s-\s|(?<!\.)\.\s")
_NUMBERED = re.compile(r"\d[\w.,/%:-]*")
_TOUCHING = re.compile(r"([^\W\d_]{2,30})\s{1,4}#?$")
_PLURAL = re.compile(r"[a-zà-ÿ]{3,18}s")
_WORD_AFTER = re.compile(r"\s{0,2}([^\W\d_]{3,20})(?!\w)")

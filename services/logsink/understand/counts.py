"""Numbers with words beside them: announced totals and counters without a total."""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice

import msgspec

from services.logsink.understand.numbers import NUMBER, to_count
from services.logsink.understand.prefix import body_of
from services.logsink.understand.reading import COUNT, LONGEST, Announcement, Reading
from services.logsink.understand.words import (
    ANNOUNCING,
    AUXILIARY,
    DOING_WORDS,
    FUNCTION_WORDS,
    NOUN_WORDS,
    PAST_WORDS,
    TO_DO,
    TO_VERBS,
    TRAP_WORDS,
    listed,
    words_of,
)


def announcements_of(line: str) -> list[Announcement]:
    """ "Found 1,234 patients and 12 doctors", "Patients to migrate: 1,234"."""
    found = []
    open_list = False
    for beside in numbers_of(body_of(line[:LONGEST])):
        noun = _announced_noun(
            beside, beside.before[:-1] if open_list and beside.before[-1:] in _AND else beside.before
        )
        if noun is None and open_list and beside.follows and beside.after and _is_noun(beside.after[0]):
            noun = beside.after[0]  # "Found 12 patients, 5 doctors"
        open_list = noun is not None
        if noun is not None and beside.value > 1 and TRAP_WORDS.isdisjoint([*beside.before[-2:], *beside.after[:2]]):
            found.append(Announcement(beside.value, noun))
    return found


def counter_of(line: str) -> Reading | None:
    """A count without its total: "Migrated 617 patients", "450it [00:10, 44.9it/s]"."""
    line = body_of(line[:LONGEST])
    bare = _BARE_COUNT.search(line)
    if bare:
        return Reading(COUNT, done=int(bare.group(1) or bare.group(3)), noun=bare.group(2) or "bytes")
    counted = [(beside, noun) for beside in numbers_of(line) if (noun := _counted_noun(beside)) is not None]
    for beside, noun in [each for each in counted if "total" in each[0].before] or counted:
        return Reading(COUNT, done=beside.value, noun=noun)
    return None


def may_count(shape: str) -> bool:
    """Whether a line of this shape, whatever its digits, may announce a total or count."""
    nouns = (noun for each in _besides(shape) for noun in (_announced_noun(each, each.before), _counted_noun(each)))
    return any(noun is not None for noun in nouns) or _BARE_COUNT.search(shape) is not None


class Beside(msgspec.Struct):
    """A whole number with the words next to it, in small letters, up to the numbers before and behind it."""

    value: int
    before: list[str]
    after: list[str]
    labelled: bool  # "migrated: 5"
    follows: bool  # only "and" or a comma stands between the words of the number before and this one


@lru_cache(maxsize=1)  # a line is asked for its announcements, then for its counter
def numbers_of(line: str) -> list[Beside]:
    return list(islice((each for each in _besides(line) if each.value < _LARGEST), _NUMBERS))


def _besides(line: str) -> Iterator[Beside]:
    for match in _WHOLE_NUMBER.finditer(line):
        value = to_count(match.group(1))
        left = line[max(0, match.start() - 60) : match.start()]
        of_pair = left.endswith(_OF) and _OF_PAIR.search(left)
        if value is not None and not of_pair:
            before = _NUMBERED.split(_CLAUSE.split(left)[-1])[-1]
            after = _NUMBERED.split(_CLAUSE.split(line[match.end() : match.end() + 60])[0])[0]
            labelled = before.rstrip().endswith((":", "="))
            follows = left.endswith(_JOINING) and bool(_JOINED.search(left))
            yield Beside(value, words_of(before), words_of(after), labelled, follows)


def _announced_noun(beside: Beside, before: list[str]) -> str | None:
    noun = beside.after[0] if beside.after and _is_noun(beside.after[0]) else ""
    if beside.labelled:
        return _labelled_noun(before, noun)
    if not noun:
        return None
    last, after = before[-1] if before else "", beside.after[1:]
    rest = [word for word in after[:3] if word not in ("be", "will")]
    found = last in _FOUND or before[-2:] in (["total", "of"], ["total", "de"], ["there", "are"])
    begun = last in DOING_WORDS and (not after or after[0] in _FROM)
    read = last in _READ and after[:1] != ["in"] and not _FROM.isdisjoint(after[:1])
    to_do = len(rest) > 1 and rest[0] in _TO and rest[1] in TO_VERBS
    return noun if found or begun or read or to_do or rest[:1] in _FOUND_AFTER or rest[:2] == ["in", "total"] else None


def _labelled_noun(before: list[str], noun: str) -> str | None:
    """ "Total patients: 5", "patients to migrate: 5", "found: 5 patients"; not "total of records imported: 5"."""
    last = before[-1] if before else ""
    if not PAST_WORDS.isdisjoint(before) and last not in _FOUND:
        return None
    counted = before[:2] in (["number", "of"], ["count", "of"]) or (len(before) > 2 and last in TO_VERBS)
    if "total" in before or counted:
        return next((word for word in before if _is_noun(word)), "") or noun
    return noun if last in _FOUND and noun else None


def _counted_noun(beside: Beside) -> str | None:
    before, after = beside.before, beside.after
    if before[-2:] == ["so", "far"]:
        before = before[:-2]
    noun = after[0] if after and _is_noun(after[0]) else ""
    if before[-2:] == ["record", "count"]:
        return noun or "records"
    if before and before[-1] in PAST_WORDS and not (after and after[0] in _UNITS):
        return noun or (before[-2] if len(before) > 1 and _is_noun(before[-2]) else "")
    if before and not beside.labelled and _is_name(before[-1]):
        return None  # "Patient 90017 imported"
    verbs = [word for word in after[:4] if word not in AUXILIARY]
    if verbs and verbs[0] in PAST_WORDS:
        return ""
    return noun if noun and len(verbs) > 1 and verbs[1] in PAST_WORDS else None


def _is_name(word: str) -> bool:
    """A singular word: the number behind it is which one, not how many."""
    return not word.endswith("s") and word not in FUNCTION_WORDS and word not in PAST_WORDS and word not in DOING_WORDS


def _is_noun(word: str) -> bool:
    return (word in NOUN_WORDS or bool(_PLURAL.fullmatch(word))) and word not in PAST_WORDS


_WHOLE_NUMBER = re.compile(rf"(?<![\w.,/:#+~-])({NUMBER})(?![\w%/]|[.,:-]\d| ?%)")
_NUMBERS = 6
_LARGEST = 10**12  # longer ones are times and keys
_NUMBERED = re.compile(r"\d[\w.,/%:-]*")
# How the text before a number must end for the two that follow, which try each digit of it.
_OF = tuple(word + space for word in ("/", *listed("de di of sur van von")) for space in ("", " "))
_JOINING = (", ", *(f" {word} " for word in listed("and e et und y")))
_OF_PAIR = re.compile(r"\d(?: [^\W\d_]{3,20})? ?(?:/|of|de|von|sur|di|van) ?$")  # "7 of 10": no count of its own
_JOINED = re.compile(r"\d[\w.,]* [^\W\d_]{3,30}(?:,? (?:and|e|y|et|und) |, )$")
_BARE_COUNT = re.compile(r"(?:^|: )(\d{1,12})([a-z]{1,12}) \[\d\d:\d\d|(?:^|\s)(\d{3,15}) bytes \([^)]{1,40}\) copied")
_CLAUSE = re.compile(r"[,;|()\[\]{}]|\s-\s|\.\s")
_PLURAL = re.compile(r"[a-zà-ÿ]{3,18}s")
_READ = frozenset(listed("extracted fetched lidos lidas loaded read"))
_FOUND = frozenset(ANNOUNCING) - _READ
_FOUND_AFTER = [[word] for word in _FOUND]
_AND = (["and"], ["e"], ["y"], ["et"], ["und"])
_TO = frozenset(TO_DO)
_FROM = frozenset(
    listed("""
    aus de em from in into nach para to vers
""")
)
_UNITS = frozenset(
    listed("""
    gb hours kb kib mb mib min mins minutes ms of sec second seconds secs
""")
)

"""Percentages, progress bars and counts with their total, and what tells them from other numbers."""

import re

from services.logsink.understand.numbers import NUMBER, SIZE_UNIT, SPACES, to_count, to_number, to_percent
from services.logsink.understand.reading import BAR, COUNT, Reading
from services.logsink.understand.words import (
    MEASURE_WORDS,
    NOUN_WORDS,
    PAST,
    PROGRESS_WORDS,
    TRAP_WORDS,
    WORKING_WORDS,
    words_of,
)


def bar_of(line: str, repainted: bool) -> Reading | None:
    for found in _PERCENT.finditer(line):
        percent = to_percent(found.group(1))
        if percent is None:
            continue
        drawn = _DRAWN.search(line)
        counted, counted_at = _counted(line, percent)
        if _measures_something_else(line, found, drawn=bool(drawn or counted)):
            continue
        evidence = drawn or counted or repainted or _RATE.search(line) or _BRACKETED.search(line)
        working = evidence or not WORKING_WORDS.isdisjoint(words_of(line))
        reading = Reading(BAR if evidence else COUNT, percent, sure=bool(working))
        starts = [found.start(), *([drawn.start()] if drawn else [])]
        if counted:
            reading.done, reading.total, reading.noun = counted.done, counted.total, counted.noun
            starts.append(counted_at)
        reading.label = _label(line[: min(starts)], bool(drawn) and drawn.start() == min(starts))  # type: ignore[union-attr]
        return reading
    return None


def _counted(line: str, percent: float) -> tuple[Reading | None, int]:
    """The count beside a percentage, if it says the same, and where it stands."""
    for found in _PAIR.finditer(line):
        pair = _numbers(found)
        if pair and abs(100 * pair[0] / pair[1] - percent) <= 1.5:
            if _is_sized(found):
                return Reading(BAR, percent=percent), found.start()
            return Reading(BAR, done=pair[0], total=pair[1], noun=_noun(line, found)), found.start()
    return None, 0


def pair_of(line: str, repainted: bool) -> Reading | None:
    for found in _PAIR.finditer(line):
        pair = _numbers(found)
        drawn = _DRAWN.search(line)
        if pair is None or _measures_something_else(line, found, drawn=bool(drawn)):
            continue
        sized = _is_sized(found)
        bar = bool(drawn or (sized and (repainted or _RATE.search(line))))
        noun = "" if sized else _noun(line, found)
        sure = bar or repainted or (not sized and not PROGRESS_WORDS.isdisjoint([noun, *words_of(line)]))
        start = min([found.start(), *([drawn.start()] if drawn else [])])
        label = _label(line[:start], bool(drawn) and start < found.start())
        trust = BAR if bar else COUNT
        if sized:
            return Reading(trust, percent=100 * pair[0] / pair[1], label=label, sure=sure)
        return Reading(trust, done=pair[0], total=pair[1], label=label, noun=noun, sure=sure)
    return _spelled(line)


def _spelled(line: str) -> Reading | None:
    """ "processed=450 total=1000", "450 done, 550 remaining"."""
    found = _DONE_TOTAL.search(line)
    if found:
        done, total = to_count(found.group(1)), to_count(found.group(2))
    else:
        found = _DONE_LEFT.search(line)
        done, left = (to_count(found.group(1)), to_count(found.group(2))) if found else (None, None)
        total = done + left if done is not None and left is not None else None
    if found is None or done is None or total is None or not 0 <= done <= total or total < 2:
        return None
    return Reading(COUNT, done=done, total=total, label=_label(line[: found.start()], False))


def _is_sized(found: re.Match[str]) -> bool:
    return any(unit and _SIZE.fullmatch(unit.strip()) for unit in found.group("unit", "done_unit"))


def _numbers(found: re.Match[str]) -> tuple[float, float] | None:
    done, total = found.group("done"), found.group("total")
    units = found.group("unit"), found.group("done_unit")
    if _is_sized(found):
        pair = _in_bytes(done, units[1] or units[0]), _in_bytes(total, units[0])
    else:
        whole = to_count(done), to_count(total)
        pair = whole if None not in whole else (to_number(done), to_number(total))
    if pair[0] is None or pair[1] is None or not 0 <= pair[0] <= pair[1] or pair[1] < 2:
        return None
    return pair[0], pair[1]


def _in_bytes(text: str, unit: str | None) -> float | None:
    value = to_number(text)
    letter = (unit or "B").strip()[0].upper()
    base = 1024 if unit and "i" in unit else 1000
    return None if value is None else value * base ** " KMGTP".find(letter) if letter in "KMGTP" else value


def _measures_something_else(line: str, number: re.Match[str], *, drawn: bool) -> bool:
    """A disk, a discount, failed checks: told by the words next to the number, up to the next comma."""
    before = _CLAUSE.split(line[max(0, number.start() - 40) : number.start()])[-1]
    after = _CLAUSE.split(line[number.end() : number.end() + 40])[0]
    beside = [*words_of(before)[-3:], *words_of(after)[:3]]
    traps = MEASURE_WORDS if drawn else TRAP_WORDS
    return not traps.isdisjoint(beside) or bool(_OF_SOMETHING.match(line, number.end()))


def _noun(line: str, found: re.Match[str]) -> str:
    after = _WORD_AFTER.match(line, found.end())
    between = (found.group("done_unit") or "").strip().lower()
    if between and between in NOUN_WORDS:
        return between
    if after and (after.group(1).lower() in NOUN_WORDS or _PLURAL.fullmatch(after.group(1))):
        return after.group(1).lower()
    before = [word for word in words_of(line[max(0, found.start() - 60) : found.start()]) if word in NOUN_WORDS]
    return before[-1] if before else ""


def _label(text: str, whole: bool) -> str:
    """The words before a bar; a number among them counts only if it names the bar ("worker 2:")."""
    whole = whole or text.rstrip().endswith(":")
    words: list[str] = []
    for token in _TOKENS.findall(text):
        word = token.strip(":")
        if (any(letter.isalpha() for letter in word) and not _MEASURE.fullmatch(word)) or (
            whole and words and word.isdigit() and len(word) <= 4
        ):
            words.append(word)
    return " ".join(words)[:60]


_PERCENT = re.compile(rf"(?<![\w.,/+\u2013-])({NUMBER})[ {SPACES}]?(?:%|percent\b|por ?cento\b|Prozent\b)(?![\w%])")
_BETWEEN = r"\s{0,3}(?:/|(?:out )?of(?: a total of| the| total)?|de|von|sur|di|van|из|från|af)\s{0,3}"
_PAIR = re.compile(
    rf"(?<![\w.,/+#~-])(?<!\d:)(?<!chk=)(?P<done>{NUMBER})(?P<done_unit> ?{SIZE_UNIT}|\s[^\W\d_]{{3,20}}(?=\s))?"
    rf"{_BETWEEN}(?P<total>{NUMBER})(?P<unit>\s?{SIZE_UNIT})?(?![\w/%]|[.,:-]\d)"
)
_BRACKETED = re.compile(r"[\[(]\s{0,4}\d{1,3}(?:[.,]\d{1,2})?\s?%\s?\]")
_DRAWN = re.compile(
    r"[█▉▊▋▌▍▎▏▓▒░■□▪▫▰▱●○━╸╺─⣿⣀⠿]{2,200}"
    r"|\[[#=*+>.oO|:xX-]{0,200}[#=*>\u2588.-][ #=*+>._oO|:xX\u2591-]{1,200}\]"
    r"|\[[ ]{4,200}\]|\|[#=* .>-]{4,200}\||(?:^|\s)[#=]{4,200}(?:>|\s|$)"
    r"|\.{5,10}(?: \.{1,10}){1,9}(?:\s|$)"
)
_RATE = re.compile(
    r"\d ?(?:[kKMGT]i?)?(?:B|b|it|bytes|rows|records|files|docs)(?:/s|ps)\b"
    r"|\bETA\b|\b(?:eta|in|remain(?:ing)?) \d|\d:\d\d(?::\d\d)?(?:$|[\s\])])"
)
_SIZE = re.compile(SIZE_UNIT)
_PLURAL = re.compile(r"[a-zà-ÿ]{3,18}s")
_CLAUSE = re.compile(r"[,;|()\[\]{}]|\s-\s|\.\s")
_OF_SOMETHING = re.compile(r"\s(?:of|de|da|do|von|off)\s(?:the\s)?(?!\d)(?!total|work|task|stage|all)\w")
_WORD_AFTER = re.compile(r"[ \])]{0,2}([^\W\d_]{3,20})(?!\w)")
_TOKENS = re.compile(r"[\w.,:/'\u2019&+@-]{1,60}")
_MEASURE = re.compile(r"[\d.,:/-]{1,20}(?:[kKMGTP]?i?[Bb]?(?:/s|ps)?|it|bytes|s|m|h)|[kKMGT]?i?B/s")
_DONE_TOTAL = re.compile(
    rf"(?<!\w)(?:done|processed|migrated|imported|completed|current|count|progress)\"?\s?[=:]\s?({NUMBER})"
    rf"\s?[,;| ]\s?\"?(?:of |total)\"?\s?[=:]\s?({NUMBER})(?!\w)",
    re.IGNORECASE,
)
_DONE_LEFT = re.compile(
    rf"(?<![\w.,])({NUMBER}) (?:\w{{3,20}} )?(?:{'|'.join(PAST)}),? (?:and )?"
    rf"({NUMBER}) (?:\w{{3,20}} )?(?:remaining|left|to go|pending|restantes)(?!\w)",
    re.IGNORECASE,
)

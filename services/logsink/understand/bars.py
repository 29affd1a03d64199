"""Percentages, progress bars and counts with their total, and what tells them from other numbers."""

import re

import msgspec

from services.logsink.understand.clauses import Beside, beside
from services.logsink.understand.labels import key_of, label_of, noun_of
from services.logsink.understand.numbers import NUMBER, SIZE_UNIT, SPACES, to_count, to_number, to_percent
from services.logsink.understand.reading import BAR, COUNT, Reading
from services.logsink.understand.words import NOUN_WORDS, OVERALL_WORDS, PAST, TIME_UNITS


def measures_of(line: str, repainted: bool) -> list[Reading]:
    """What the line says about progress: one reading, or one for each of several counters."""
    found_percents = list(_PERCENT.finditer(line)) if PERCENT_SIGN.search(line) else []
    found_pairs = list(_PAIR.finditer(line)) if _BEFORE_TOTAL.search(line) else []
    if not found_percents and not found_pairs:
        return _spelled(line)
    drawing = _DRAWN.search(line)
    drawn = drawing.start() if drawing else None
    is_row = drawing is None and line.count(" | ") > 1  # of a result set: its cells are data
    percents = [each for found in found_percents if (each := _percent(line, found, drawn)) is not None]
    pairs = [each for found in found_pairs if (each := _pair(line, found, drawn)) is not None]
    for percent in percents[:_MANY]:
        same = next((pair for pair in pairs if abs(pair.share - percent.share) <= _ROUNDING), None)
        if same is not None:
            pairs.remove(same)
            _join(percent, same)
    measures = sorted([*percents[:_MANY], *pairs[:_MANY]], key=lambda each: each.start)
    measures = _judged(measures, line, repainted, drawn is not None, is_row)
    if not measures:
        return [] if percents or pairs else _spelled(line)
    return _together(measures, line, drawn)


def may_measure(shape: str) -> bool:
    """Whether a line of this shape, whatever its digits, may have measures."""
    spelled = _DONE_TOTAL.search(shape) or _RUNNING.search(shape) or _DONE_LEFT.search(shape)
    return PERCENT_SIGN.search(shape) is not None or _PAIR.search(shape) is not None or spelled is not None


class _Measure(msgspec.Struct):
    start: int
    end: int
    share: float
    beside: Beside
    reading: Reading
    percent: bool = False
    counted: bool = False  # a percentage with its count
    trapped: bool = False
    likely: bool = False  # a word says that it is progress


def _percent(line: str, found: re.Match[str], drawn: int | None) -> _Measure | None:
    percent = to_percent(found.group(1))
    if percent is None:
        return None
    words = beside(line, found.start(), found.end())
    of_something = bool(_OF_SOMETHING.match(line, found.end())) and drawn is None and not words.is_done_with()
    trapped = words.measures_something_else(drawn=drawn is not None) or of_something
    if words.is_what_is_left() and drawn is None:
        percent = 100 - percent
    return _Measure(found.start(), found.end(), percent, words, Reading(BAR, percent), percent=True, trapped=trapped)


def _pair(line: str, found: re.Match[str], drawn: int | None) -> _Measure | None:
    numbers = _numbers(found)
    if numbers is None:
        return None
    done, total = numbers
    words = beside(line, found.start(), found.end(), found.group("done_unit") or "")
    trapped = words.measures_something_else(drawn=drawn is not None) or (
        bool(_OF_SOMETHING.match(line, found.end())) and drawn is None
    )
    if words.is_what_is_left():
        done = total - done
    sized = _is_sized(found)
    reading = Reading(COUNT, done=done, total=total, noun=words.noun)
    if sized:
        reading = Reading(COUNT, percent=100 * done / total)
    year = not words.named and found.group("between").strip() == "/" and _YEARS[0] < total < _YEARS[1]
    if year and words.touching:
        words.touching = "year"  # "Invoice 45/2024"
    return _Measure(found.start(), found.end(), 100 * done / total, words, reading, trapped=trapped)


def _join(percent: _Measure, pair: _Measure) -> None:
    """A percentage and the count that says the same are one."""
    percent.counted = True
    percent.trapped = percent.trapped or pair.trapped
    percent.reading.done, percent.reading.total = pair.reading.done, pair.reading.total
    percent.reading.noun = pair.reading.noun
    percent.start, percent.end = min(percent.start, pair.start), max(percent.end, pair.end)
    if pair.beside.noun or not percent.beside.before:
        percent.beside = pair.beside


def _judged(measures: list[_Measure], line: str, repainted: bool, drawn: bool, is_row: bool) -> list[_Measure]:
    """Those that can be progress: with their trust, and whether that is sure."""
    rated = bool(_RATE.search(line))
    kept = []
    for each in measures:
        if each.trapped:
            continue
        reading, words = each.reading, each.beside
        if each.percent:
            evidence = drawn or repainted or rated or (each.counted and not is_row) or bool(_BRACKETED.search(line))
            reading.trust = BAR if evidence else COUNT
            named = bool(words.before) and NOUN_WORDS.issuperset(words.before) and not line[each.end :].strip()
            reading.sure = evidence or words.is_working() or (named and not words.touching)
        else:
            sized = reading.percent is not None
            bar = drawn or (sized and (repainted or rated))
            reading.trust = BAR if bar else COUNT
            each.likely = not sized and not is_row and words.is_progress()
            reading.sure = bar or repainted or each.likely
            aside = not words.first or (words.bracketed and bool(words.before))
            if reading.sure and not bar and aside and (reading.total or _FEW) < _FEW and reading.trust == COUNT:
                reading.sure = False  # "reading the configuration, file 2 of 3": a step on the way, or all there is
        if not OVERALL_WORDS.isdisjoint([*words.before[-1:], *words.after[:1]]):
            reading.overall = True
        kept.append(each)
    return kept


def _together(measures: list[_Measure], line: str, drawn: int | None) -> list[Reading]:
    """Disagreeing numbers: the whole, outer and inner, or counters of different things."""
    for each in measures:
        starts = [each.start, *([drawn] if drawn is not None else [])]
        each.reading.label = label_of(line[: min(starts)], drawn is not None and drawn == min(starts))
        between = line[drawn : each.start] if drawn is not None and not each.reading.label else ""
        each.reading.noun = each.reading.noun or noun_of(each.reading.label) or noun_of(between)
        each.reading.key = key_of(line, each.reading)
        each.reading.named = each.beside.named
    first, *others = measures
    leading = first.percent and line[: first.start].strip() in ("[", "(")
    if not others or (leading and first.reading.sure):
        return [first.reading]  # "[2.5%] table 1/10": the whole comes first
    outer = _outer(first, others)
    if outer is not None:
        return [outer]
    sure = [each.reading for each in measures if each.reading.sure]
    counts = [each for each in measures if each.reading.sure and each.reading.total and not each.percent]
    if len(counts) > 1 and len({each.reading.noun or each.reading.label for each in counts}) == len(counts):
        return [each.reading for each in counts]
    drawings = [each.reading for each in measures if each.percent and each.reading.sure]
    return (drawings or sure or [first.reading])[:1]


def _outer(first: _Measure, others: list[_Measure]) -> Reading | None:
    """ "file 3 of 12: x.csv (45%)", "Table 1/3 (patients): batch 1/4": the first is under way as far as the second."""
    reading = first.reading
    done, total = reading.done, reading.total
    inner = next((each for each in others if each.reading.sure or each.percent or each.likely), None)
    if first.percent or inner is None or done is None or not total or not 1 <= done <= total or total > _OUTER:
        return None
    name = first.beside.touching or reading.noun
    if first.beside.named or not reading.sure or name.endswith("s") or not (name or first.beside.bracketed):
        return None
    share = (done - 1 + inner.share / 100) / total
    key = f"{reading.key} in {total:.0f}"
    return Reading(
        inner.reading.trust, percent=100 * share, label=reading.label, key=key, nested=(int(done), int(total)),
        message=f"{reading.noun or reading.label} {done:.0f} of {total:.0f}".strip(),
    )  # fmt: skip


def _spelled(line: str) -> list[Reading]:
    """ "processed=450 total=1000", "450 done, 550 remaining", "(12 + 4) / 100"."""
    if (found := _DONE_TOTAL.search(line)) or (found := _RUNNING.search(line)):
        done, total = to_count(found.group(1)), to_count(found.group(2))
    elif any(word in line.lower() for word in _LEFT) and (found := _DONE_LEFT.search(line)):
        done, left = to_count(found.group(1)), to_count(found.group(2))
        total = done + left if done is not None and left is not None else None
    else:
        return []
    if done is None or total is None or not 0 <= done <= total or total < 2:
        return []
    reading = Reading(COUNT, done=done, total=total, label=label_of(line[: found.start()], False))
    reading.key = key_of(line, reading)
    return [reading]


def _is_sized(found: re.Match[str]) -> bool:
    return any(unit and _SIZE.fullmatch(unit.strip()) for unit in found.group("unit", "done_unit"))


def _numbers(found: re.Match[str]) -> tuple[float, float] | None:
    done, total = found.group("done"), found.group("total")
    units = found.group("unit"), found.group("done_unit")
    if units[1] and units[1].strip().lower() in TIME_UNITS:
        return None
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


_ROUNDING = 1.5
_MANY = 4  # numbers of one line that are looked at
_FEW = 10
_OUTER = 1_000
_YEARS = (2000, 2100)
_PERCENT = re.compile(rf"(?<![\w.,/+\u2013-])({NUMBER})[ {SPACES}]?(?:%|percent\b|por ?cento\b|Prozent\b)(?![\w%])")
_PAIR = re.compile(
    rf"(?<![\w.,/+#~-])(?<!\d:)(?<!chk=)(?<!in )(?:(?<=\s)#|\b)(?P<done>{NUMBER})"
    rf"(?P<done_unit> ?{SIZE_UNIT}|\s[^\W\d_]{{3,20}}(?=\s))?"
    r"(?P<between>\s{0,3}(?:/|(?:out )?of(?: a total of| the| total)?|de|von|sur|di|van|из|från|af)\s{0,3})"
    rf"[~#]?(?P<total>{NUMBER})(?P<unit>\s?{SIZE_UNIT})?(?![\w/%]|[.,:-]\d|\.[a-z]{{2}})"
)
# What the two cannot be without, which is found sooner.
PERCENT_SIGN = re.compile(r"%|percent|cento|Prozent")
_BEFORE_TOTAL = re.compile(r"(?:/|of|the|total|de|von|sur|di|van|из|från|af)\s{0,3}[~#]?\d")
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
_OF_SOMETHING = re.compile(r"\s(?:of|de|da|do|von|off)\s(?:the\s)?(?!\d)(?!total|work|task|stage|all)\w")
_DONE_TOTAL = re.compile(
    rf"(?<!\w)(?:done|processed|migrated|imported|completed|current|count|progress)\"?\s?[=:]\s?({NUMBER})"
    rf"\s?[,;| ]\s?\"?(?:of |total)\"?\s?[=:]\s?({NUMBER})(?!\w)",
    re.IGNORECASE,
)
_RUNNING = re.compile(rf"\(({NUMBER}) \+ \d{{1,9}}\) / ({NUMBER})(?!\w)")  # Spark: done + running / all
_LEFT = ("remaining", "left", "to go", "pending", "restantes")
_DONE_LEFT = re.compile(
    rf"(?<![\w.,])({NUMBER}) (?:\w{{3,20}} )?(?:{'|'.join(PAST)}),? (?:and )?"
    rf"({NUMBER}) (?:\w{{3,20}} )?(?:{'|'.join(_LEFT)})(?!\w)",
    re.IGNORECASE,
)

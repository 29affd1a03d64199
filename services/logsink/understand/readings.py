"""What one line says about progress, highest trust first."""

import re

from services.logsink.understand import marks
from services.logsink.understand.bars import PERCENT_SIGN, measures_of
from services.logsink.understand.numbers import NUMBER, to_percent
from services.logsink.understand.prefix import body_of
from services.logsink.understand.reading import BAR, LONGEST, PERCENTAGE, REPORT, Reading, Stage


def readings_of(line: str, repainted: bool) -> list[Reading]:
    """The line's progress, highest trust first; several only of several counters. The line is without colours."""
    report = marks.report_of(line)
    if report is not None:
        return [Reading(REPORT, report.percent, report.done, report.total, report.phase or "", message=report.message)]
    line = body_of(line) if len(line) <= LONGEST else ""
    if _ANY_DIGIT.search(line) is None:
        return []
    only = _ONLY_PERCENT.match(line)
    reading = _percentage(only.group(1), repainted) if only else _curl(line) or _to_check(line)
    if reading is not None or only:
        return [reading] if reading is not None else []
    if PERCENT_SIGN.search(line) or _BETWEEN_SIGN.search(line):
        return measures_of(line, repainted)
    return []


def stage_of(line: str) -> Stage | None:
    if len(line) > LONGEST or _BETWEEN_SIGN.search(line) is None:
        return None
    found = _STAGE.search(body_of(line))
    if found is None:
        return None
    word, number, of = (found.group(1) or "step").lower(), int(found.group(2)), int(found.group(3))
    if found.group(1) is None and of > _FEW_STEPS:
        return None
    return Stage(word, number, of) if 1 <= number <= of and of >= 2 else None


def may_be_told(shape: str) -> bool:
    """Whether a line of this shape, whatever its digits, may say by its form what no measure in it says."""
    return _CURL.match(shape) is not None or _STAGE.search(shape) is not None


def _percentage(text: str, repainted: bool) -> Reading | None:
    """In a repainted line it is a bar: the next repaint may say more beside it."""
    percent = to_percent(text)
    return None if percent is None else Reading(BAR if repainted else PERCENTAGE, percent)


def _curl(line: str) -> Reading | None:
    found = _CURL.match(line)
    return Reading(BAR, float(found.group(1))) if found and int(found.group(1)) <= 100 else None


def _to_check(line: str) -> Reading | None:
    """Rsync that tells of one file in percent tells beside it how many files are left of all."""
    found = _RSYNC.search(line)
    if found is None:
        return None
    left, total = int(found.group(1)), int(found.group(2))
    return Reading(PERCENTAGE, done=total - left, total=total, noun="files", label="rsync") if left <= total else None


_ANY_DIGIT = re.compile(r"\d")
_BETWEEN_SIGN = re.compile(r"/| (?:of|de|von|sur|di|van|out) |total|left|remaining|to go|pending|restantes")
_ONLY_PERCENT = re.compile(rf"({NUMBER})\s?%\s*$")
_CURL = re.compile(
    r"\s{0,3}(\d{1,3})\s+[\d.]{1,8}[kMGTP]?\s+\d{1,3}\s+[\d.]{1,8}[kMGTP]?\s+\d{1,3}\s+[\d.]{1,8}[kMGTP]?\s+[\d.]{1,8}[kMGTP]?\s+"
    r"[\d.]{1,8}[kMGTP]?\s+[-\d:dhms]{1,10}\s"
)
_RSYNC = re.compile(r" 100%.{1,60}\b(?:to|ir)-ch(?:ec)?k=(\d{1,12})/(\d{1,12})\)")
_STAGE = re.compile(
    r"(?:^|[\[(:>=#*-] ?)"
    r"(?:(step|stage|phase|part|epoch|pass|etapa|passo|fase|paso|étape|schritt|teil|parte)[ :#]{1,2}|(?<=\[))"
    r"(\d{1,4}) ?(?:/|of|de|von|sur|di)\s?(\d{1,4})(?![\w/%]|[.,]\d)", re.IGNORECASE,
)  # fmt: skip
_FEW_STEPS = 20  # "[3/7] Importing" names a step, "[45/300] Importing" counts

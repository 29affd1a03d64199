"""Report lines: what a script says on purpose, `::verb key=value,…::message` or a JSON object.

They count only at the start of a line, and only as data: nothing in them is carried out.
"""

import math
import re
from typing import Any

import msgspec

LONGEST = 65_536


class Report(msgspec.Struct):
    percent: float | None = None
    done: float | None = None
    total: float | None = None
    phase: str | None = None
    message: str | None = None


def report_of(line: str) -> Report | None:
    """The progress that the line reports."""
    if line.startswith("{"):
        return _report_of_json(line)
    mark = _PROGRESS.match(line) or _AZURE.match(line)
    if mark is None:
        return None
    values = _pairs(mark.group("values") or "")
    return _report(values, mark.group("message"))


def result_of(line: str) -> dict[str, Any] | None:
    """The results that the line reports."""
    if line.startswith("{"):
        result = (_object(line) or {}).get("result")
        return result if isinstance(result, dict) else None
    mark = _RESULT.match(line)
    if mark is None:
        return None
    values: dict[str, Any] = dict(_pairs(mark.group("values")))
    if mark.group("message"):
        values.setdefault("message", mark.group("message").strip())
    return values or None


def number(value: Any) -> float | None:
    if isinstance(value, str):
        try:
            value = float(value.strip().rstrip("%").strip())
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return value if 0 <= value < 1e15 else None


def _report_of_json(line: str) -> Report | None:
    record = _object(line)
    if record is None or not ("progress" in record or "percent" in record):
        return None
    values = {**record, **record["progress"]} if isinstance(record.get("progress"), dict) else record
    percent = number(values.get("percent"))
    share = number(record.get("progress"))
    if percent is None and share is not None:
        percent = share * 100 if share <= 1 and not str(record["progress"]).endswith("%") else share
    return _report({**values, "value": percent}, values.get("message") or values.get("msg"))


def _report(values: dict[str, Any], message: Any) -> Report | None:
    done, total = number(values.get("done")), number(values.get("total"))
    percent = number(values.get("value", values.get("percent")))
    if percent is not None and done is None and total and values.get("percent") is None:
        done, percent = percent, None  # value of a total
    if percent is None and not (done is not None and total and done <= total):
        percent = number(message) if not values else None
        if percent is None and done is None:
            return None
        message = None if percent is not None else message
    phase = values.get("phase")
    text = message.strip()[:200] if isinstance(message, str) else ""
    return Report(percent, done, total, str(phase)[:80] if phase not in (None, "") else None, text or None)


def _object(line: str) -> dict[str, Any] | None:
    if len(line) > LONGEST:
        return None
    try:
        record = msgspec.json.decode(line)
    except (msgspec.DecodeError, RecursionError, ValueError):
        return None
    return record if isinstance(record, dict) else None


def _pairs(text: str) -> dict[str, str]:
    return {key: quoted or bare for key, quoted, bare in _PAIR.findall(text)}


_PROGRESS = re.compile(r"::progress(?:[ \t]+(?P<values>[^:\s=,]+=[^:]*))?[ \t]*(?:::(?P<message>.*))?$", re.DOTALL)
_AZURE = re.compile(r"##vso\[task\.setprogress (?P<values>[^\]]{1,200})\](?P<message>.*)$", re.DOTALL)
_RESULT = re.compile(r"::result[ \t]+(?P<values>[^\s=,]+=.*?)(?:::(?P<message>.*))?$", re.DOTALL)
_PAIR = re.compile(r"([\w.-]{1,64})=(?:\"([^\"]*)\"|([^,;\"]*))")

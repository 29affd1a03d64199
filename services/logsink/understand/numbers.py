"""Numbers as people print them: 1234, 1,234, 1.234, 1 234, 1'234, 12,34,567; and 45.5 or 45,5."""

import re

SPACES = "\u00a0\u202f\u2009"
NUMBER = (
    rf"\d{{1,15}}(?:[.,'\u2019_{SPACES}]\d{{1,3}}(?!\d)|[.,'\u2019_{SPACES}]\d{{2,3}}(?=[.,'\u2019_{SPACES}]\d)){{0,5}}"
)
SIZE_UNIT = r"(?:bytes?|[kKMGTP]i?[bB]?|B)(?![\w])"


def to_count(text: str) -> int | None:
    """A whole number, with or without thousands separators; None when it has decimals."""
    if text.isascii() and text.isdigit():
        return int(text)
    groups = _SEPARATOR.split(text)
    if not all(group.isascii() and group.isdigit() for group in groups):
        return None
    if len(set(_SEPARATOR.findall(text))) > 1 or not 1 <= len(groups[0]) <= 3 or len(groups[-1]) != 3:
        return None
    middle = {len(group) for group in groups[1:-1]}
    return int("".join(groups)) if len(middle) <= 1 and middle <= {2, 3} else None


def to_number(text: str) -> float | None:
    """A measure: one mark before other than three digits is a decimal point, whichever it is."""
    count = to_count(text)
    if count is not None and (text.isdigit() or len(_SEPARATOR.findall(text)) > 1):
        return count
    whole, _, decimals = _last_mark(text)
    digits = _SEPARATOR.sub("", whole)
    return float(f"{digits}.{decimals}") if digits and decimals else None


def to_percent(text: str) -> float | None:
    value = to_number(text)
    return value if value is not None and value <= 100 else None


def plain(value: float) -> str:
    return str(int(value)) if value == int(value) else f"{value:.1f}"


def _last_mark(text: str) -> tuple[str, str, str]:
    at = max(text.rfind("."), text.rfind(","))
    return text[:at], text[at : at + 1], text[at + 1 :]


_SEPARATOR = re.compile(rf"[.,'\u2019_{SPACES}]")

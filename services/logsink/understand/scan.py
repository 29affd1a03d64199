"""Which lines of many deserve a closer look: a few searches over all of them at once.

What is found here is only a suspicion; a line that is not found says nothing about level or progress. Whether
a line is found depends on that line alone. Digits are all the same here, and most logs repeat few shapes.
What is searched for comes from the tables of words (needles.py).
"""

import re
from collections.abc import Iterable

from services.logsink.understand import needles


def suspects(lines: list[str]) -> tuple[list[int], list[int]]:
    """(for levels, for progress): indexes of lines."""
    folded = "\n".join(lines).encode().translate(_FOLDED)
    shapes = folded.split(b"\n")
    if len(shapes) > _FEW:
        kinds = dict.fromkeys(shapes)
        if len(kinds) * 3 < len(shapes):
            levels, progress = _suspects(list(kinds), b"\n".join(kinds))
            return _with(shapes, levels), _with(shapes, progress)
    levels, progress = _suspects(shapes, folded)
    return sorted(levels), sorted(progress)


def _with(shapes: list[bytes], found: Iterable[int]) -> list[int]:
    if not found:
        return []
    kinds = list(dict.fromkeys(shapes))
    wanted = {kinds[index] for index in found}
    return [index for index, shape in enumerate(shapes) if shape in wanted]


def _suspects(shapes: list[bytes], folded: bytes) -> tuple[set[int], set[int]]:
    consonants = folded.translate(None, needles.NOT_CONSONANTS)
    levels = _found(folded, needles.LEVEL) | _found(consonants, needles.LEVEL_CONSONANTS)
    together = folded.translate(None, needles.NOT_ALPHANUMERIC)
    progress = (
        _found(folded, needles.PROGRESS)
        | _found(consonants, needles.PROGRESS_CONSONANTS)
        | _found(together, needles.PROGRESS_TOGETHER)
        | _matched(folded, needles.DONE)
    )
    if b"/" in folded:
        progress |= {index for index in _found(folded, (b"/",)) if needles.FRACTION.search(shapes[index])}
    if not folded.isascii():  # only saves the search
        levels |= _found(folded, needles.LEVEL_SIGNS)
        progress |= _found(folded, needles.PROGRESS_SIGNS)
    special: set[int] = set()
    if not needles.FIRST.isdisjoint({shape[:1] for shape in shapes}):
        special = {index for index, shape in enumerate(shapes) if needles.START.match(shape)}
    return levels | special, progress | special


def _matched(text: bytes, pattern: re.Pattern[bytes]) -> set[int]:
    lines: set[int] = set()
    line = before = 0
    for found in pattern.finditer(text):
        line += text.count(b"\n", before, found.start())
        before = found.start()
        lines.add(line)
    return lines


def _found(text: bytes, needles: tuple[bytes, ...]) -> set[int]:
    """Indexes of the lines that have one of the needles."""
    lines: set[int] = set()
    for needle in needles:
        at = text.find(needle)
        line = before = 0
        while at >= 0:
            line += text.count(b"\n", before, at)
            lines.add(line)
            before = text.find(b"\n", at)
            if before < 0:
                break
            at = text.find(needle, before)
    return lines


_FEW = 16
_FOLDED = bytes(48 if 48 <= code < 58 else code + 32 if 65 <= code < 91 else code for code in range(256))

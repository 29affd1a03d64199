"""Which lines of many deserve a closer look: a few searches over all of them at once.

What is found here is only a suspicion; a line that is not found says nothing about level or progress. Whether
a line is found depends on that line alone. Digits are all the same here, and most logs repeat few shapes.
"""

import re
from collections.abc import Iterable


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
    consonants = folded.translate(None, _NOT_CONSONANTS)
    levels = _found(folded, _LEVEL) | _found(consonants, _LEVEL_CONSONANTS)
    together = folded.translate(None, _NOT_ALPHANUMERIC)
    progress = (
        _found(folded, _PROGRESS) | _found(consonants, _PROGRESS_CONSONANTS) | _found(together, _PROGRESS_TOGETHER)
    )
    if b"/" in folded:
        progress |= {index for index in _found(folded, (b"/",)) if _FRACTION.search(shapes[index])}
    if not folded.isascii():
        levels |= _found(folded, _SIGNS)
    special: set[int] = set()
    if not _FIRST.isdisjoint({shape[:1] for shape in shapes}):
        special = {index for index, shape in enumerate(shapes) if _START.match(shape)}
    return levels | special, progress | special


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
_CONSONANTS = frozenset(b"bcdfghjklmnpqrstvwxyz\n")
_NOT_CONSONANTS = bytes(code for code in range(256) if code not in _CONSONANTS)
_ALPHANUMERIC = frozenset(b"0\n" + bytes(range(97, 123)))
_NOT_ALPHANUMERIC = bytes(code for code in range(256) if code not in _ALPHANUMERIC)
_LEVEL = (b"err", b"fail:", b"aviso")
# error, erro, erreur; warn, warning, wrn; fatal, ftl; critical; exception; trace; panic; debug, dbg; severe; …
# Each costs time on every line: only what is not found otherwise.
_LEVEL_CONSONANTS = (
    b"rrr", b"wrn", b"ftl", b"fhlr", b"crt", b"xcptn", b"trc", b"pnc", b"dbg", b"svr", b"dprct", b"lvl", b"flt",
)  # fmt: skip
_SIGNS = tuple(sign.encode() for sign in ("❌", "✖", "✗", "✘", "⛔", "⚠", "atenÇ", "atenç", "advert"))
_PROGRESS = (b"%", b"it [0")
# patients migrated, rows processed, found, total, remaining, percent …
_PROGRESS_CONSONANTS = (
    b"smgr", b"sprc", b"smprt", b"snsrt", b"sld", b"scp", b"tmgrt",
    b"fnd", b"ttl", b"rmnng", b"prcnt", b"ncntrd", b"lft",
)  # fmt: skip
# of 7, de 7, migrated: 7, importados 7, importing 7, 7 migrated, so far: 7 …
_PROGRESS_TOGETHER = (
    b"of0", b"de0", b"von0", b"ed0", b"os0", b"as0", b"ing0", b"done0", b"0migr", b"0proc", b"re0",
)  # fmt: skip
_FIRST = frozenset(bytes([code]) for code in b"{<:#ewfid")
_START = re.compile(rb"[{<:#]|[ewfid]0000 00:|[diwef], \[|fine")
_FRACTION = re.compile(rb"0 ?[kmgtp]?i?b? ?/ ?0|bytes ?/ ?0")

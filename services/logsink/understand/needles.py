"""What the scan searches for, from the tables of words; each needle costs time on every line, so they are few.

Three texts are searched: the lines in small letters with every digit 0, their consonants alone, and their letters
and digits alone ("Patients migrated: 5" -> "patientsmigrated0").
"""

import re
from collections.abc import Iterable

from services.logsink.understand.words import (
    ANNOUNCING,
    AUXILIARY,
    BETWEEN,
    DOING,
    NOUNS,
    PAST,
    REMAINING_WORDS,
    TO_DO,
    TO_VERBS,
    listed,
)

_CONSONANTS = frozenset(b"bcdfghjklmnpqrstvwxyz\n")
NOT_CONSONANTS = bytes(code for code in range(256) if code not in _CONSONANTS)
_ALPHANUMERIC = frozenset(b"0\n" + bytes(range(97, 123)))
NOT_ALPHANUMERIC = bytes(code for code in range(256) if code not in _ALPHANUMERIC)


def _endings(words: Iterable[str]) -> tuple[bytes, ...]:
    """The last letters of the words, with the number that follows them: three, or two where many words share them
    and no common word has them."""
    plain = [word.encode().translate(None, NOT_ALPHANUMERIC) for word in words]
    shared = {end for end in (word[-2:] for word in plain) if sum(word.endswith(end) for word in plain) >= _MANY}
    nouns = tuple({noun.encode().translate(None, NOT_ALPHANUMERIC)[-3:] for noun in NOUNS})  # "patient 17"
    ends = {
        word[-2:] if word[-2:] in shared - _COMMON else word if word.endswith(nouns) else word[-3:] for word in plain
    }
    return tuple(sorted(end + b"0" for end in ends))


_MANY = 3
_COMMON = frozenset(end.encode() for end in listed("at de er es id in is nd nt of on or rt st te to"))
LEVEL = tuple(
    needle.encode()
    for needle in (
        "err", "eror", "fail", "fehl", "falh", "aviso", "advert", "avert", "fine", "alert", "debu", "fata", "pani",
        "emerg",
        "silly",
        "notset",
        "killed", "out of memory", "segmentation", "aborted", "ora-0", "sqlstate", "caused by", "uncaught", "unhandled",
        "could not", "couldn't", "cannot", "can't ", "unable to", "not found", "no such ", "denied", "no se pudo",
        "interrupt", "impossible", "konnte", "fallo", "refused", "no space", "bus er", "msg 0",
    )
)  # fmt: skip
# error, erreur; warn, wrn; fatal, ftl; critical; exception; trace; panic; debug; severe; deprecated; level; fault …
LEVEL_CONSONANTS = tuple(
    needle.encode() for needle in listed("wrn ftl crt xcptn trc pnc dbg svr dprct lvl flt vvs vrb")
)
LEVEL_SIGNS = tuple(
    sign.encode()
    for sign in (
        "❌",
        "✖",
        "✗",
        "✘",
        "⛔",
        "⚠",
        "🔴",
        "🚨",
        "atenÇ",
        "atenç",
        "Échec",
        "échec",
        "não foi",
        "\ufeff",
        "╭",
    )
)
PROGRESS = (b"%", b"it [0", b") copied", b"number of", b"count of", b"count 0", b"to go", b"por cento", b"0) / 0")
PROGRESS_CONSONANTS = tuple(
    {word.encode().translate(None, NOT_CONSONANTS) for word in ("total", "percent", "prozent", *REMAINING_WORDS)}
)
PROGRESS_TOGETHER = _endings([*PAST, *DOING, *ANNOUNCING, *TO_VERBS, *BETWEEN, "total", "are", "far", "progress"])
PROGRESS_SIGNS = ("из".encode(),)
_VERBS = "|".join(sorted({*PAST, *ANNOUNCING, *TO_VERBS, "in"}, key=len, reverse=True))
_HELPERS = "|".join([*AUXILIARY, *TO_DO])
# "5 migrated", "5 patients have been migrated"; not "12:00:05 migrated".
DONE = re.compile(
    rf"0 (?<![:-]00 )(?:[a-z\x80-\xff-]{{2,29}}[ns],? )?(?:(?:{_HELPERS}) ){{0,3}}(?:{_VERBS})(?![a-z0])".encode()
)
FIRST = frozenset(bytes([code]) for code in b"{<:#ewfid\xef*")
START = re.compile(rb"[{<:#]|[ewfid]0000 00:|[diwef], \[|[ew]: |\xef\xbb\xbf|\*\* ")
FRACTION = re.compile(rb"0 ?[kmgtp]?i?b? ?/ ?[~#]?0|bytes ?/ ?0")

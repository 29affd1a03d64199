"""Numbers with words beside them: announced totals and counters without a total."""

import re

import msgspec

from services.logsink.understand.numbers import NUMBER, to_count
from services.logsink.understand.prefix import body_of
from services.logsink.understand.reading import COUNT, LONGEST, Announcement, Reading
from services.logsink.understand.words import DOING_WORDS, NOUN_WORDS, PAST_WORDS, TRAP_WORDS, listed, words_of


def announcement_of(line: str) -> Announcement | None:
    """ "Found 1,234 patients", "Patients to migrate: 1,234"."""
    for beside in numbers_of(body_of(line[:LONGEST])):
        noun = _announced_noun(beside)
        if noun is not None and beside.value > 1 and TRAP_WORDS.isdisjoint([*beside.before[-2:], *beside.after[:2]]):
            return Announcement(beside.value, noun)
    return None


def counter_of(line: str) -> Reading | None:
    """A count without its total: "Migrated 617 patients", "450it [00:10, 44.9it/s]"."""
    line = body_of(line[:LONGEST])
    bare = _BARE_COUNT.search(line)
    if bare:
        return Reading(COUNT, done=int(bare.group(1) or bare.group(3)), noun=bare.group(2) or "bytes")
    for beside in numbers_of(line):
        noun = _counted_noun(beside)
        if noun is not None:
            return Reading(COUNT, done=beside.value, noun=noun)
    return None


class Beside(msgspec.Struct):
    """A whole number with the words next to it, in small letters."""

    value: int
    before: list[str]
    after: list[str]
    labelled: bool  # "migrated: 5"


def numbers_of(line: str) -> list[Beside]:
    found = []
    for match in _WHOLE_NUMBER.finditer(line):
        value = to_count(match.group(1))
        if value is not None:
            before = _CLAUSE.split(line[max(0, match.start() - 60) : match.start()])[-1]
            after = _CLAUSE.split(line[match.end() : match.end() + 60])[0]
            labelled = before.rstrip().endswith((":", "="))
            found.append(Beside(value, words_of(before), words_of(after), labelled))
        if len(found) == _NUMBERS:
            break
    return found


def _announced_noun(beside: Beside) -> str | None:
    before, after = beside.before, beside.after
    noun = after[0] if after and _is_noun(after[0]) else ""
    last = before[-1] if before else ""
    if beside.labelled:
        named = next((word for word in before if _is_noun(word)), "")
        if (
            "total" in before
            or before[:2] in (["number", "of"], ["count", "of"])
            or (len(before) > 2 and before[-1] in _TO_VERBS)
        ):
            return named
        return noun if last in _FOUND and noun else None
    if noun and (last in _FOUND or before[-2:] in (["total", "of"], ["total", "de"], ["there", "are"])):
        return noun
    if noun and last in DOING_WORDS and (len(after) == 1 or after[1] in _FROM):
        return noun
    if noun and len(after) > 1:
        rest = [word for word in after[1:4] if word not in ("be", "will")]
        if rest and (
            rest[0] in _FOUND
            or (rest[0] in _TO and len(rest) > 1 and rest[1] in _TO_VERBS)
            or rest[:2] == ["in", "total"]
        ):
            return noun
    return None


def _counted_noun(beside: Beside) -> str | None:
    before, after = beside.before, beside.after
    if before[-2:] == ["so", "far"]:
        before = before[:-2]
    noun = after[0] if after and _is_noun(after[0]) else ""
    if before and before[-1] in PAST_WORDS and not (after and after[0] in _UNITS):
        return noun or (before[-2] if len(before) > 1 and _is_noun(before[-2]) else "")
    verbs = [word for word in after[:4] if word not in _AUXILIARY]
    if verbs and verbs[0] in PAST_WORDS:
        return ""
    return noun if noun and len(verbs) > 1 and verbs[1] in PAST_WORDS else None


def _is_noun(word: str) -> bool:
    return (word in NOUN_WORDS or bool(_PLURAL.fullmatch(word))) and word not in PAST_WORDS


_WHOLE_NUMBER = re.compile(rf"(?<![\w.,/:#+~-])({NUMBER})(?![\w%/]|[.,:-]\d| ?%)")
_NUMBERS = 6
_BARE_COUNT = re.compile(r"(?:^|: )(\d{1,12})([a-z]{1,12}) \[\d\d:\d\d|(?:^|\s)(\d{3,15}) bytes \([^)]{1,40}\) copied")
_CLAUSE = re.compile(r"[,;|()\[\]{}]|\s-\s|\.\s")
_PLURAL = re.compile(r"[a-zà-ÿ]{3,18}s")
_FOUND = frozenset(
    listed("""
    discovered encontradas encontrados encontramos encontraron existem expecting found gefunden got have
    queued selected total trouvé trouvés
""")
)
_TO = frozenset(
    listed("""
    a para por to will zu à
""")
)
_TO_VERBS = frozenset(
    listed("""
    carregar convert converter copiar copy do export handle import importar importer importieren inserir
    insert load migrar migrate migrer migrieren procesar process processar sync traiter transfer update
""")
)
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
_AUXILIARY = frozenset(
    listed("""
    already been foram has have was were wurden
""")
)

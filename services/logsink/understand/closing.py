"""The counters in a run's closing lines: "Patients migrated: 1,234". Nobody promised them: they are detected."""

import re
from collections.abc import Iterator

import msgspec

from services.logsink.understand.numbers import NUMBER, to_count
from services.logsink.understand.prefix import body_of
from services.logsink.understand.words import NOUN_WORDS, PAST_WORDS, listed

LINES = 60
WIDTH = 240


class Found(msgspec.Struct):
    counts: dict[str, int] = {}
    entities: dict[str, dict[str, int]] = {}
    announced: dict[str, int] = {}  # "Found 1,234 patients": what there was, before anything was done
    processed: dict[str, int] = {}  # "Processed 450/450 patients"


def counters_of(lines: list[str]) -> Found:
    found = Found()
    section = ""
    columns: list[str] = []
    for line in map(body_of, lines):
        cells = [cell.strip() for cell in _CELLS.split(line.strip(" |│┃\t")) if cell.strip()]
        header = [field_of(cell) or "" for cell in cells[1:]]
        if len(cells) >= 3 and sum(map(bool, header)) >= 2 and not _DIGIT.search(line):
            columns = header
            continue
        if columns and len(cells) == len(columns) + 1 and all(to_count(cell) is not None for cell in cells[1:]):
            name = cells[0].strip().lower()
            row = {field: to_count(cell) or 0 for field, cell in zip(columns, cells[1:], strict=True) if field}
            _put(found, "" if name in _TOTALS else name, row)
            continue
        title = _SECTION.match(line)
        if title:
            section = "" if title.group(1).lower().strip() in _NO_SECTIONS else title.group(1).lower().strip()
            continue
        if not line.strip():
            continue
        _remember(found, line)
        values = _values(line)
        if values and not line.startswith((" ", "\t", "-", "*", "•")):
            section = section if section and not any(name for name, _, _ in values) else ""
        for name, field, value in values:
            _put(found, name or section, {field: value})
    _add_what_was_read(found)
    return found


def field_of(word: str) -> str | None:
    """Which of read, migrated, skipped, failed a word means."""
    return _FIELDS.get(word.lower().strip(" :"))


def _values(line: str) -> list[tuple[str, str, int]]:
    return list(_labelled(line)) or list(_told(_ANNOUNCED.sub("", line)))


def _labelled(line: str) -> Iterator[tuple[str, str, int]]:
    """ "Patients migrated: 1,234" """
    noun = ""
    for match in _LABELLED.finditer(line):
        if " = " in match.group() and _NUMBER_BEFORE.search(line, 0, match.start()):
            continue  # in "3512 read = 3463 migrated" each word belongs to the number before it
        value = to_count(match.group(2))
        words = [word for word in re.split(r"[\s_.-]+", match.group(1).lower()) if word]
        fields = [_FIELDS[word] for word in words if word in _FIELDS]
        names = [word for word in words if word not in _FIELDS and word not in _FILLERS]
        if not fields and words and _WHOLE.issuperset(words):
            fields = ["read"]
        if value is not None and fields and (not names or (len(names) <= 2 and _is_entity(names[-1]))):
            noun = " ".join(names) or noun
            yield noun, min(fields, key=_STRENGTH.index), value


def _told(line: str) -> Iterator[tuple[str, str, int]]:
    """ "1,234 patients migrated, 5 of 10 skipped" """
    noun = ""
    for match in _SENTENCE.finditer(line):
        verb = match.group("before") or match.group("after")
        value = to_count(match.group("value"))
        field = field_of(verb or "")
        name = (match.group("noun") or "").lower().strip()
        noun = name if name and _is_entity(name) else noun
        if value is not None and field:
            yield noun, field, value
        if match.group("of") and (whole := to_count(match.group("of"))) is not None:
            yield noun, "read", whole


def _remember(found: Found, line: str) -> None:
    for match in _DONE_OF_TOTAL.finditer(line):
        if (done := to_count(match.group(1))) is not None and done == to_count(match.group(2)):
            found.processed[match.group(3).lower()] = done
    if (announced := _ANNOUNCED.search(line)) and (value := to_count(announced.group(1))) is not None:
        found.announced[announced.group(2).lower()] = value


def _add_what_was_read(found: Found) -> None:
    """Where the summary does not say it. An announcement is worth something only beside what came of it: a run may
    have been asked for a part of what was found."""
    for name, counts in found.entities.items():
        if name in found.processed:
            counts.setdefault("read", found.processed[name])
        elif name in found.announced and "migrated" in counts:
            counts.setdefault("read", found.announced[name])


def _is_entity(word: str) -> bool:
    if word in _FILLERS or word in _FIELDS or word in PAST_WORDS or word.endswith(("ed", "ss", "us")):
        return False
    return word in NOUN_WORDS or (len(word) > 3 and word.endswith("s"))


def _put(found: Found, name: str, values: dict[str, int]) -> None:
    if name in _WHOLE:
        name = ""
    target = found.counts if not name else found.entities.setdefault(name, {})
    target.update(values)
    if name:
        for field, value in values.items():
            if found.counts.get(field, value) < value:
                del found.counts[field]  # less than a part: it was said on the way


_BY_FIELD = {
    "failed": listed("""
    failed failures failure errors error rejected invalid falhas falha erros erro fallidos rejeitados
    errores échecs fehler fehlgeschlagen fehlerhaft
    """),
    "skipped": listed("""
    skipped ignored duplicates duplicate unchanged existing excluded pulados puladas ignorados ignoradas
    omitidos omitidas duplicados duplicadas ignorés übersprungen
    """),
    "migrated": listed("""
    migrated imported inserted created loaded copied exported transferred converted succeeded success
    successful successfully saved written upserted migrados migradas importados importadas inseridos
    inseridas criados criadas sucesso insertados creados migrés importés migriert importiert
    """),
    "read": listed("""
    read total found processed source fetched input scanned extracted lidos lidas encontrados
    encontradas processados processadas leídos procesados lus traités gelesen verarbeitet gesamt
    """),
}
_FIELDS = {word: field for field, words in _BY_FIELD.items() for word in words}
_STRENGTH = ["failed", "skipped", "migrated", "read"]
_FILLERS = frozenset(
    listed("""
    a all already and as been com completed count de done entries final finished have import importing
    in items migration number of os overall records result results rows summary the to total totals was
    were with
""")
)
_TOTALS = {"total", "totals", "sum", "all", "overall", "total geral", "gesamt"}
_WHOLE = {"record", "records", "row", "rows", "item", "items", "registros", "linhas", "total"}
_NO_SECTIONS = {
    "summary",
    "results",
    "result",
    "totals",
    "total",
    "final report",
    "report",
    "statistics",
    "stats",
    "migration summary",
    "import summary",
    "done",
    "finished",
    "resumo",
}
_CELLS = re.compile(r"\s*[|│┃]\s*|\s{2,}|\t+")
_DIGIT = re.compile(r"\d")
_SECTION = re.compile(r"\s{0,4}(?:[=#*-]{1,40} {0,2})?([^\W\d_][\w ]{1,40}?)\s{0,3}(?::|[=#*-]{2,40})\s*$")
_ANNOUNCED = re.compile(
    rf"^\s{{0,8}}(?:found|discovered|encontrad[oa]s|gefunden)\s({NUMBER})\s([^\W\d_]{{3,30}})", re.IGNORECASE
)
_DONE_OF_TOTAL = re.compile(rf"(?<![\w.,:/-])({NUMBER})\s?/\s?({NUMBER})\s([^\W\d_]{{3,30}})")
_NUMBER_BEFORE = re.compile(r"\d $")
_LABELLED = re.compile(
    rf"(?<![\w.])([^\W\d_][\w-]{{1,40}}(?: [^\W\d_][\w-]{{1,40}}){{0,4}}?)\s{{0,20}}"
    rf"(?:\.{{2,60}}\s?|[:=]\s{{0,20}})({NUMBER})(?![\w%/:]|[.,:]\d)"
)
_VERBS = "|".join(sorted(_FIELDS, key=len, reverse=True))
_SENTENCE = re.compile(
    rf"(?:(?<!\w)(?P<before>{_VERBS})\s)?(?<![\w.,:/-])(?P<value>{NUMBER})"
    rf"(?: (?:of|out of|de) (?P<of>{NUMBER}))?(?![\w%/:]|[.,:]\d)"
    rf"(?: (?!(?:{_VERBS})(?!\w))(?P<noun>[^\W\d_]{{3,30}}))?"
    rf"(?: (?:were|was|have been|already|foram))?(?: (?P<after>{_VERBS})(?!\w))?",
    re.IGNORECASE,
)

"""The counters in a run's closing lines: "Patients migrated: 1,234". Nobody promised them: they are detected."""

import re

import msgspec

from services.logsink.understand import counts
from services.logsink.understand.fields import ANNOUNCED, CONTAINERS, CREATED, UPDATED, VAGUE, WHOLE, field_of, name_of
from services.logsink.understand.numbers import NUMBER, to_count
from services.logsink.understand.prefix import body_of
from services.logsink.understand.tables import Table
from services.logsink.understand.told import Told, told_of
from services.logsink.understand.words import stem, words_of

LINES = 60
WIDTH = 240


class Found(msgspec.Struct):
    counts: dict[str, int] = {}
    entities: dict[str, dict[str, int]] = {}
    others: dict[str, list[int]] = {}  # counters that nobody can interpret, by entity
    announced: dict[str, int] = {}  # "Found 1,234 patients": what there was, before anything was done
    processed: dict[str, int] = {}  # "Processed 450/450 patients"


class _Spoken(msgspec.Struct):
    """What a word without a name said so far: a counter that goes on, or parts ("90 rows copied", "7 rows copied")."""

    last: int = 0
    whole: int = 0  # the sum of all
    rose: bool = False
    fell: bool = False

    def next(self, value: int) -> int | None:
        """What it amounts to; None: whether these are parts or restarts cannot be told."""
        self.fell = self.fell or value < self.last
        is_whole = self.fell and value >= self.whole
        self.rose = self.rose or (bool(self.whole) and not self.fell and value > self.last)
        self.last, self.whole = value, value if is_whole else self.whole + value
        if is_whole or not self.fell:
            return value
        return None if self.rose else self.whole


class _Parts(msgspec.Struct):
    """Each field of one entity by the word that said it."""

    fields: dict[str, dict[str, int]] = {}
    spoken: dict[str, _Spoken] = {}
    line: int = 0  # of the last one

    def put(self, told: Told, line: int) -> None:
        words = self.fields.setdefault(told.field, {})
        words.pop(told.word, None)
        self.line = line
        value: int | None = told.value
        if not told.name and told.word not in _ONCE:
            value = self.spoken.setdefault(f"{told.field} {told.word}", _Spoken()).next(told.value)
        if value is not None:
            words[told.word] = value
        if not words:
            del self.fields[told.field]

    def counts(self) -> dict[str, int]:
        return {field: self._value(words) for field, words in self.fields.items()}

    def _value(self, words: dict[str, int]) -> int:
        """The last clear word, else the last vague one; what was created and what was updated are two parts."""
        clear = [word for word in words if word not in VAGUE]
        if clear:
            added = sum(value for word, value in words.items() if word in UPDATED) if {*clear} <= _IMPORTED else 0
            return words[clear[-1]] + added
        parts = [next((words[word] for word in reversed(words) if word in part), 0) for part in (CREATED, UPDATED)]
        return sum(parts) if all(part & words.keys() for part in (CREATED, UPDATED)) else list(words.values())[-1]


class _Reader:
    def __init__(self) -> None:
        self.found = Found()
        self.parts: dict[str, _Parts] = {}
        self.table = Table()
        self.section = ""
        self.indented = False  # the section's counters are
        self.bare = ""  # the line before, if it is but a name: the title of what is indented below
        self.line = 0

    def read(self, line: str) -> None:
        self.line += 1
        body = body_of(line)
        if line.lstrip() == body:
            body = line  # columns and sections are told by what stands before
        if self.table.opens(body) or not body.strip():
            return
        row = self.table.row(body)
        if row is not None:
            for field, value in row.values.items():
                self._put(Told(row.name, field, "table", value))
            return
        title = _SECTION.match(body)
        if title:
            self.section, self.indented = name_of(words_of(title.group(1))) or "", False
            return
        bare, self.bare = self.bare, body.strip() if _BARE.fullmatch(body) else ""
        _remember(self.found, body)
        told = [each for each in told_of(body) if not each.name or name_of(each.name.split()) is not None]
        indented = body[:1] in " \t-*•"
        if told and indented and bare:
            self.section, self.indented = name_of(words_of(bare)) or "", True
        if told:
            self._tell(told, indented=indented)

    def _tell(self, told: list[Told], *, indented: bool) -> None:
        if any(each.name for each in told) or (self.indented and not indented):
            self.section = ""
        self.indented = self.indented or indented
        for each in told:
            each.name = each.name or self.section
            self._put(each)

    def _put(self, told: Told) -> None:
        name = "" if told.name in WHOLE else told.name
        if told.field:
            self.parts.setdefault(name, _Parts()).put(told, self.line)
        else:
            self.found.others.setdefault(name, []).append(told.value)

    def finish(self) -> Found:
        found = self.found
        announced: dict[str, dict[str, int]] = {}
        for name, parts in self.parts.items():
            values = parts.counts()
            unused = [each for words in parts.fields.values() for each in words.values() if each not in values.values()]
            found.others.setdefault(name, []).extend(unused)
            if values.keys() == {"read"} and parts.fields["read"].keys() <= ANNOUNCED:
                announced[name] = values
            elif name:
                found.entities[name] = values
            else:
                found.counts = values
        announced = announced or {name: {"read": total} for name, total in found.announced.items()}
        if len(announced) == 1 and not found.entities and "migrated" in found.counts:
            found.entities = {  # the only one spoken of
                name: values for name, values in announced.items() if name and name not in CONTAINERS
            }
        self._bring_up_to_date()
        _add_what_was_read(found)
        for entity in found.entities.values():
            for field, value in entity.items():
                if found.counts.get(field, value) < value:
                    del found.counts[field]  # less than a part: it was said on the way
        return found

    def _bring_up_to_date(self) -> None:
        """The only entity was counted on the way; what is said later without its name is how it ended."""
        found = self.found
        if len(found.entities) != 1 or not found.counts:
            return
        (name,) = found.entities
        own, told, ended = found.entities[name], self.parts.get(name, _Parts()), self.parts[""]
        alike = all(told.fields.get(field, {}).keys() & ended.fields.get(field, {}).keys() for field in told.fields)
        later = ended.line > told.line and alike
        if later and all(found.counts.get(field, value) >= value for field, value in own.items()):
            own.update({field: value for field, value in found.counts.items() if field in own})


def counters_of(lines: list[str]) -> Found:
    reader = _Reader()
    for line in lines:
        reader.read(line)
    return reader.finish()


def _remember(found: Found, line: str) -> None:
    for match in _DONE_OF_TOTAL.finditer(line):
        if (done := to_count(match.group(1))) is not None and done == to_count(match.group(2)):
            found.processed[stem(match.group(3))] = done
    for announced in counts.announcements_of(line):
        if announced.noun not in ("", *WHOLE):
            found.announced[announced.noun] = announced.total


def _add_what_was_read(found: Found) -> None:
    """Where the summary does not say it. An announcement is worth something only beside what came of it: a run may
    have been asked for a part of what was found."""
    announced = {stem(name): total for name, total in found.announced.items()}
    for name, values in found.entities.items():
        if stem(name) in found.processed:
            values.setdefault("read", found.processed[stem(name)])
        elif stem(name) in announced and "migrated" in values:
            values.setdefault("read", announced[stem(name)])


_ONCE = ("table", "of")  # a total row, "5 of 7"
_IMPORTED = frozenset({"imported", "importados", "importadas", "importés"})
_SECTION = re.compile(r"\s{0,4}(?:[=#*-]{1,40} {0,2})?([^\W\d_][\w ]{1,40}?)\s{0,3}(?::|[=#*-]{2,40})\s*$")
_BARE = re.compile(r"[^\W\d_][\w ]{1,40}")
_DONE_OF_TOTAL = re.compile(rf"(?<![\w.,:/-])({NUMBER})\s?/\s?({NUMBER})\s([^\W\d_]{{3,30}})")
__all__ = ["LINES", "WIDTH", "Found", "counters_of", "field_of"]

"""What one line tells of the result: "Patients: 990 migrated, 10 failed" -> (patients, migrated, 990), …

A number is a counter only with its evidence beside it, in its clause: a label that it ends ("Failed: 10"), or a
verb ("990 patients migrated"). Behind a singular noun it is a name ("patient 7 failed"), behind an error a code.
"""

import re
from typing import Any

import msgspec

from services.logsink.understand.fields import (
    CODES,
    FIELDS,
    FILLERS,
    FUNCTION,
    STRENGTH,
    UNITS,
    WHOLE,
    is_entity,
    is_many,
    name_of,
)
from services.logsink.understand.numbers import NUMBER, to_count
from services.logsink.understand.words import listed


class Told(msgspec.Struct):
    name: str  # empty: not said
    field: str  # empty: a counter that nobody can interpret
    word: str
    value: int


def told_of(line: str) -> list[Told]:
    if "{" in line and (record := _object(line[line.index("{") :])) is not None:
        return _told_of_record(record, "")
    line = _LEADERS.sub(": ", _PLURAL_S.sub("s", line.replace('"', "").replace("'", "")))
    told = _Line(line).read()
    return [] if all(each.word in _WEAK and not each.name for each in told) else told


class _Token(msgspec.Struct):
    kind: str
    text: str
    value: int = 0
    of: int | None = None


class _Line:
    """Reads from left to right; a name that stands before counters goes on to be theirs."""

    def __init__(self, line: str) -> None:
        self.tokens = [token for found in _TOKEN.finditer(line) if (token := _token(found)) is not None]
        self.name = ""
        self.verb = ""  # of "Migrated 990 patients, 5000 appointments"
        self.found: list[Told] = []

    def read(self) -> list[Told]:
        for index, token in enumerate(self.tokens):
            if token.kind == "number":
                if self._names_a_part(index):
                    break
                self._count(index, token)
            elif token.kind in ("label", "arrow", "close", "dash") and not self._own(index):
                break
        return self.found

    def _own(self, index: int) -> bool:
        """Whose counters follow: "patients: …", "[patients] …", "patients -> …". False: of something else."""
        if self._kind(index - 1) == "number" or (self._kind(index) == "dash" and self.found):
            return True
        words = self._before(index, through=self._kind(index) == "label")
        following = self.tokens[index + 1] if index + 1 < len(self.tokens) else None
        if words and words[-1] in _NAMING and following is not None and following.kind == "word":
            words = [following.text.lower()]
        if words and FIELDS.keys().isdisjoint(words) and (name := name_of(words)):
            self.name = name
        return not (words and words[-1] in UNITS and is_many(words[-1]))

    def _names_a_part(self, index: int) -> bool:
        """ "Batch 3: …": one of many, its counters are not those of the whole."""
        before = self._before(index)
        return (
            self._kind(index + 1) in ("label", "close")
            and self._kind(index - 1) == "word"
            and bool(before)
            and not is_many(before[-1])
            and before[-1] not in FIELDS
        )

    def _count(self, index: int, token: _Token) -> None:
        after = self._after(index)
        if self._kind(index - 1) == "label" and self._labelled(index, token, after):
            return
        before = self._before(index) if self._kind(index - 1) == "word" else []
        if not (self._counted_before(token, before, after) or self._counted_after(token, before, after)):
            if not (self.verb and after and is_entity(after[0]) and is_many(after[0]) and _AND.issuperset(before[-1:])):
                self.verb = ""
                return
            self._tell(after[0], self.verb, token)

    def _labelled(self, index: int, token: _Token, after: list[str]) -> bool:
        """ "Patients migrated: 1,234": the number ends its clause, or only its noun follows."""
        label = self._before(index - 1, through=True)
        if self._is_taken(index - 2):
            return False
        if after and not (is_entity(after[0]) or after[0] in FILLERS):
            return False
        fields = [word for word in label if word in FIELDS]
        name = name_of(label)
        if not fields and label and WHOLE.issuperset(label):
            fields, name = ["total"], ""
        if not fields or not _DENIALS.isdisjoint(label):
            if label and not after and len(label) <= 2:
                self.found.append(Told(self.name, "", label[-1], token.value))
            return False
        if name is None:
            return True  # a number of something else
        if after and is_entity(after[0]):
            name = name or after[0]
        word = min(fields, key=lambda word: STRENGTH.index(FIELDS[word]))
        self._tell(name, "success" if word == "ok" else word, token)  # "ok: 5" is no "200 OK"
        return True

    def _is_taken(self, index: int) -> bool:
        """Whether the words up to here are of a number before them: "3512 read = 3463 migrated", "Phase 1 total: 5"."""
        label = index + 1
        while self._kind(index) == "word":
            index -= 1
        labelled = self._kind(index - 1) == "label" and (
            self.tokens[label].text == ":" or not FIELDS.keys().isdisjoint(self._before(index - 1))
        )
        return self._kind(index) == "number" and not labelled

    def _counted_before(self, token: _Token, before: list[str], after: list[str]) -> bool:
        """ "Migrated 990 patients", "patients migrated 990"."""
        verb = next((word for word in reversed(before) if word not in _ADVERBS), "")
        field = FIELDS.get(verb)
        if field is None or verb in CODES or verb in _ANNOUNCING or not _SHARES.isdisjoint(after[:1]):
            return False
        noun = next((word for word in after[:3] if is_entity(word) or word in WHOLE), "")
        if (after and not noun and after[0] not in _FOLLOWING) or (verb == "total" and not noun):
            return False
        if noun and not is_many(noun) and token.value != 1:
            return False
        behind = after[after.index(noun) + 1 :] if noun else []
        if behind and behind[0] in FIELDS and FIELDS[behind[0]] != field:
            return False
        name = name_of(before) or ""
        if field == "migrated" and verb in _INTO and noun and behind[:1] and behind[0] in _FROM:
            verb = "read"
        self._tell(noun if noun and noun not in WHOLE else name, verb, token)
        self.verb = verb
        return True

    def _counted_after(self, token: _Token, before: list[str], after: list[str]) -> bool:
        """ "990 patients migrated", "10 errors", "5 com erro"."""
        owner = before[-1] if before else ""
        if owner and not is_many(owner) and owner not in FUNCTION and owner not in FIELDS:
            return False  # "patient 7 failed"
        at = next((place for place, word in enumerate(after[:6]) if word in FIELDS), None)
        if at is None or not _SHARES.isdisjoint(after[:1]) or not _DENIALS.isdisjoint(after[:at]):
            return False
        words = [word for word in after[:at] if word not in FILLERS and word not in _ADVERBS]
        noun = words[-1] if words and is_entity(words[-1]) else ""
        if (words and not noun) or (noun and not is_many(noun) and token.value != 1):
            return False
        behind = [word for word in after[at + 1 :] if word not in FIELDS]
        if behind and behind[0] not in _FOLLOWING:
            if noun or after[at] in _TROUBLES or not (is_entity(behind[0]) and is_many(behind[0])):
                return False
            noun = behind[0]
        if owner and is_entity(owner) and not noun:
            noun = owner
        if after[at] in CODES and token.value > 1 and not (at and after[at - 1] in _WITH):
            return False  # "1062 error"
        self._tell(noun, after[at], token)
        return True

    def _tell(self, name: str, word: str, token: _Token) -> None:
        if name and name not in FILLERS:
            self.name = name
        field = FIELDS[word]
        if field == "read" and token.of not in (None, token.value):
            return  # it is still being read
        self.found.append(Told(self.name, field, word, token.value))
        if token.of is not None:
            self.found.append(Told(self.name, "read", "of", token.of))

    def _kind(self, index: int) -> str:
        return self.tokens[index].kind if 0 <= index < len(self.tokens) else ""

    def _before(self, index: int, *, through: bool = False) -> list[str]:
        """The words before, up to the clause's start; `through`: also those before what stands in brackets."""
        words: list[str] = []
        index -= 1
        while index >= 0 and len(words) < _WORDS:
            token = self.tokens[index]
            if token.kind == "word":
                words[:0] = _parts(token.text)
            elif through and token.kind == "close":
                while index >= 0 and self.tokens[index].kind != "open":
                    index -= 1
            else:
                break
            index -= 1
        return words

    def _after(self, index: int) -> list[str]:
        words: list[str] = []
        index += 1
        while index < len(self.tokens) and len(words) < _WORDS and self.tokens[index].kind == "word":
            words += _parts(self.tokens[index].text)
            index += 1
        return [] if self._kind(index) == "label" and not self._is_taken(index - 1) else words


def _token(found: re.Match[str]) -> _Token | None:
    kind = found.lastgroup or ""
    if kind == "number":
        value, of = to_count(found.group("value")), found.group("of")
        whole = to_count(of) if of else None
        if value is None or value >= _LARGEST or (of and (whole is None or whole < value)):
            return _Token("other", found.group())
        return _Token("number", found.group(), value, whole)
    return _Token(kind, found.group())


def _parts(word: str) -> list[str]:
    word = word.lower()
    return word.split("_") if "_" in word and not FIELDS.keys().isdisjoint(word.split("_")) else [word]


def _object(text: str) -> dict[str, Any] | None:
    try:
        record = msgspec.json.decode(text if '"' in text else text.replace("'", '"'))
    except (msgspec.DecodeError, RecursionError, ValueError):
        return None
    return record if isinstance(record, dict) else None


def _told_of_record(record: dict[str, Any], name: str) -> list[Told]:
    told: list[Told] = []
    own = next((record[key] for key in _NAMING if isinstance(record.get(key), str)), name)
    for key, value in list(record.items())[:_KEYS]:
        if isinstance(value, dict) and not name:
            told += _told_of_record(value, "" if name_of([key.lower()]) is None else key.lower())
        elif isinstance(value, str) and key in _MESSAGES:
            told += _Line(value[:400]).read()
        elif type(value) is int and 0 <= value < _LARGEST:
            told += [
                Told(each.name or own.lower()[:80], each.field, each.word, value)
                for each in _Line(f"{key}: {value}").read()
                if each.field
            ]
    return told


_WORDS = 8
_KEYS = 40
_LARGEST = 10**12  # longer ones are times and keys
_MESSAGES = ("msg", "message", "event", "text", "@m", "@mt")
_NAMING = ("entity", "table", "collection", "model", "entidade", "tabela", "resource")
_AND = frozenset(listed("and e y et und plus"))
_WITH = frozenset(listed("com con with had avec mit"))
_ADVERBS = frozenset(listed("already so far about only successfully apenas só"))
_WEAK = frozenset({"ok", "error", "erro", "exception"})  # "200 OK", "Error: 5": only beside other counters
_SHARES = frozenset(listed("percent por pct prozent cento"))
_TROUBLES = frozenset(listed("errors erros errores failures falhas fehler duplicates")) | CODES  # nouns, no adjectives
_ANNOUNCING = frozenset(listed("found encontrados encontradas"))
_DENIALS = frozenset(listed("not no never não nao nicht pas without sem cannot can"))
_INTO = frozenset(listed("loaded"))
_FROM = frozenset(listed("from de aus desde do da"))
_FOLLOWING = (
    FILLERS
    | _AND
    | _WITH
    | _FROM
    | frozenset(listed("into at because due during em on since so using via without sem after out until within ago"))
) - {"not", "no"}
_PLURAL_S = re.compile(r"(?<=\w)\((?:e?s)\)")
_LEADERS = re.compile(r"\s?\.{2,80}\s?:?")
_NUMERIC = (
    rf"(?<![\w.,/:#@$€£+~-])(?:(?<=\w)-)?(?P<value>{NUMBER})(?:(?: ?/ ?| (?:out )?of | de | von )(?P<of>{NUMBER}))?"
)
_TOKEN = re.compile(
    rf"(?P<number>{_NUMERIC}(?![\w%/°]|[.,:-]\d| ?%))"
    r"|(?P<word>[^\W\d_]+(?:[._-][^\W\d_]+)*)"
    r"|(?P<arrow>[-=]>|→|⇒)|(?P<label>[:=])|(?P<open>[(\[{])|(?P<close>[)\]}])"
    r"|(?P<separator>[,;|│•/+]|\.(?=\s|$))|(?P<dash>\s[-\u2013\u2014]\s)|(?P<other>[\w%#@$€£°])"
)

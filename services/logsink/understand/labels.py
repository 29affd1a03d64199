"""What a bar or a count is about, and what tells its lines from those of another."""

import re

from services.logsink.understand.reading import Reading
from services.logsink.understand.words import NOUN_WORDS, words_of


def label_of(text: str, whole: bool) -> str:
    """The words before a bar; a number among them counts only if it names the bar ("worker 2:")."""
    whole = whole or text.rstrip().endswith(":")
    words: list[str] = []
    for token in _TOKENS.findall(text):
        word = token.strip(":")
        if (any(letter.isalpha() for letter in word) and not _MEASURE.fullmatch(word)) or (
            whole and words and word.isdigit() and len(word) <= 4
        ):
            words.append(word)
    return " ".join(words)[:60]


def noun_of(label: str) -> str:
    return next((word for word in reversed(words_of(label)) if word in NOUN_WORDS), "")


def key_of(line: str, reading: Reading) -> str:
    """The line without its numbers and its drawing, and the total: equal for the lines of one counter."""
    words = [word for word in _WORDS.findall(line.lower()) if word not in _UNITS]
    one_of_many = _ONE_OF_MANY.match(line)
    if one_of_many:
        words.insert(0, one_of_many.group(1))
    return f"{' '.join(words)[:80]} /{reading.total or ''}"


_TOKENS = re.compile(r"[\w.,:/'\u2019&+@-]{1,60}")
_MEASURE = re.compile(r"[\d.,:/-]{1,20}(?:[kKMGTP]?i?[Bb]?(?:/s|ps)?|it|bytes|s|m|h)|[kKMGT]?i?B/s")
_ONE_OF_MANY = re.compile(r"\W{0,4}[^\W\d_]{2,20} ?#?(\d{1,4}):")  # "worker 2: …"
_WORDS = re.compile(r"(?<![^\W_])[^\W\d]{2,40}")
_UNITS = frozenset(["ab", "bytes", "eta", "gb", "gib", "hours", "it", "kb", "kib", "mb", "mib", "min", "ms", "sec"])

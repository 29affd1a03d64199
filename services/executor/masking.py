"""Masking: a secret's bytes become equally many `*` before they leave the executor, so that offsets stay true. Pure.

Every byte that is part of any occurrence is masked, also where occurrences overlap or are cut by a read.
"""

import json
import re
from collections.abc import Iterable, Iterator


class Mask:
    """Feed it a log in pieces; it holds back what could be the beginning of a secret until it knows."""

    def __init__(self, secrets: Iterable[bytes]) -> None:
        known = {form for secret in secrets if secret for form in (secret, *_in_json(secret))}
        longest_first = sorted(known, key=lambda form: (-len(form), form))
        self._forms = longest_first
        self._pattern = re.compile(b"(?=(" + b"|".join(map(re.escape, longest_first)) + b"))") if known else None
        self.context_bytes = max((len(form) for form in known), default=1) - 1
        self._held = b""
        self._masked = 0  # how many of the held bytes belong to an occurrence that was found

    def feed(self, data: bytes) -> bytes:
        return self._take(data, final=False)

    def flush(self, *, cut_short: bool = False) -> bytes:
        """What was held back. A log that was cut short may end within a secret, so that beginning is masked too."""
        return b"*" * len(self._held) if cut_short else self._take(b"", final=True)

    def whole(self, data: bytes) -> bytes:
        return _cover(data, self._occurrences(data))

    def _take(self, data: bytes, *, final: bool) -> bytes:
        raw = self._held + data
        spans = [(0, self._masked), *self._occurrences(raw)]
        keep_from = len(raw) if final else self._possible_start(raw)
        # An occurrence that reaches into what is held back is not found again: its beginning has left.
        self._masked = max(0, max((end for start, end in spans if start < keep_from), default=self._masked) - keep_from)
        self._held = raw[keep_from:]
        return _cover(raw, spans)[:keep_from]

    def _occurrences(self, raw: bytes) -> list[tuple[int, int]]:
        return [] if self._pattern is None else [match.span(1) for match in self._pattern.finditer(raw)]

    def _possible_start(self, raw: bytes) -> int:
        """Where the earliest secret could begin that is not complete yet."""
        for start in range(max(0, len(raw) - self.context_bytes), len(raw)):
            tail = raw[start:]
            if any(len(form) > len(tail) and form.startswith(tail) for form in self._forms):
                return start
        return len(raw)


class MaskedLog:
    """A log from `committed` on, masked: `next` is the byte to read next.

    Reading begins a little earlier, for an occurrence of a secret may have begun there.
    """

    def __init__(self, mask: Mask, committed: int) -> None:
        self._mask = mask
        self.next = max(0, committed - mask.context_bytes)
        self._skip = committed - self.next
        self.shown = committed

    def feed(self, data: bytes) -> tuple[int, bytes]:
        """Offset and bytes that may be shown now."""
        self.next += len(data)
        return self._show(self._mask.feed(data))

    def flush(self, *, cut_short: bool = False) -> tuple[int, bytes]:
        """Nothing more will be read: the rest. What was held back is the beginning of a secret, or of nothing."""
        return self._show(self._mask.flush(cut_short=cut_short))

    def _show(self, masked: bytes) -> tuple[int, bytes]:
        dropped = min(self._skip, len(masked))
        self._skip -= dropped
        offset = self.shown
        self.shown += len(masked) - dropped
        return offset, masked[dropped:]


def _cover(raw: bytes, spans: list[tuple[int, int]]) -> bytes:
    covered = bytearray(raw)
    for start, end in spans:
        covered[start:end] = b"*" * (end - start)
    return bytes(covered)


def _in_json(secret: bytes) -> Iterator[bytes]:
    """As it would stand inside a JSON text, where a log line or a result file quotes it."""
    try:
        text = secret.decode()
    except UnicodeDecodeError:
        return
    for only_ascii in (False, True):
        yield json.dumps(text, ensure_ascii=only_ascii)[1:-1].encode()

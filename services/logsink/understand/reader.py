"""The raw bytes of a script's log, in whatever pieces, to lines, levels, progress and the result."""

import re
from typing import Any, Self

import msgspec

from services.logsink.understand import closing, marks, results, scan
from services.logsink.understand.blocks import Levels
from services.logsink.understand.results import FIELDS, Result
from services.logsink.understand.screen import Event, How
from services.logsink.understand.shapes import Line, Progress, Update
from services.logsink.understand.terminal import Terminal
from services.logsink.understand.tracker import Tracker

VERSION = 1


class _State(msgspec.Struct):
    version: int = VERSION
    terminal: Terminal = msgspec.field(default_factory=Terminal)
    levels: Levels = msgspec.field(default_factory=Levels)
    tracker: Tracker = msgspec.field(default_factory=Tracker)
    stated: Result = msgspec.field(default_factory=Result)
    closing: list[str] = []
    frame: str = ""  # the latest repaint
    ahead: str = ""  # what was read of a text that nothing has ended yet


class Reader:
    """Equal bytes give equal lines, however they are cut and however often the state is saved in between."""

    def __init__(self, state: _State) -> None:
        self._state = state

    @classmethod
    def new(cls) -> Self:
        return cls(_State())

    @classmethod
    def load(cls, state: bytes) -> Self:
        return cls(msgspec.json.decode(state, type=_State))

    def save(self) -> bytes:
        return msgspec.json.encode(self._state)

    def feed(self, data: bytes) -> Update:
        return self._update(self._state.terminal.feed(data))

    def finish(self) -> Update:
        return self._update(self._state.terminal.finish())

    def summary(
        self, *, outcome: str, exit_status: int | None, reason: str | None, result_json: str | None
    ) -> dict[str, Any]:
        """The execution's result_summary. A result never changes the status: that is the caller's `outcome`."""
        told = results.from_json(result_json) if result_json is not None else Result()
        detected = not told.is_known() and not self._state.stated.is_known()
        found = results.from_closing_lines(self._state.closing) if detected else Result()
        whole = results.together([told, self._state.stated, found])
        levels = self._state.levels
        return {
            "outcome": outcome,
            "exit_status": exit_status,
            "reason": reason,
            "message": "; ".join([*([whole.message] if whole.message else []), *whole.problems[:5]]) or None,
            "detected": found.is_known(),
            "counts": results.totals(whole),
            "entities": [
                {"name": name, **{field: counts.get(field) for field in FIELDS}}
                for name, counts in whole.entities.items()
            ],
            "reconciled": results.reconciled(whole),
            "outputs": whole.outputs,
            "warnings": levels.warnings,
            "errors": levels.errors,
            "first_error_seq": levels.first_error_seq,
        }

    def _update(self, events: list[Event]) -> Update:
        lines: list[Line] = []
        if events:  # it has ended, and is read for good
            self._state.ahead = ""
        for how, texts in events:
            plain = _without_colours(texts)
            if how in ("frame", "panel"):
                self._state.frame = plain[-1][:_FRAME]
                self._read(plain, how)
                continue
            suspects, tellers = scan.suspects(plain)
            if how != "stored":
                self._read([plain[index] for index in tellers], how)
            if how in ("line", "stored"):
                levels = self._state.levels.read(plain, suspects)
                lines += map(Line, levels, texts)
                self._close(plain, levels)
        return Update(lines, self._state.terminal.live(), self._progress())

    def _read(self, lines: list[str], how: How) -> None:
        for line in lines:
            self._state.tracker.read(line, how)
            stated = marks.result_of(line)
            if stated is not None:
                self._state.stated.merge(stated)

    def _close(self, lines: list[str], levels: list[str]) -> None:
        """What a warning or an error says is no total."""
        last = zip(lines[-closing.LINES :], levels[-closing.LINES :], strict=True)
        kept = [line[: closing.WIDTH] for line, level in last if level in ("INFO", "DEBUG")]
        self._state.closing = (self._state.closing + kept)[-closing.LINES :]

    def _progress(self) -> Progress | None:
        """With the repaint that nothing has ended yet, if it looks as whole as the one before; while that goes on, it
        is as far as it was."""
        unread = self._state.terminal.unread()
        if unread is None:
            return self._state.tracker.progress()
        (text,), (_, how, whole) = _without_colours([unread[0]]), unread
        if how == "line":
            whole = whole and bool(scan.suspects([text])[1])
        if whole or (how != "line" and _alike(text, self._state.frame)):
            self._state.ahead = text[:_FRAME]
        elif self._state.ahead and text.startswith(self._state.ahead):
            text = self._state.ahead
        else:
            return self._state.tracker.progress()
        ahead = msgspec.json.decode(msgspec.json.encode(self._state.tracker), type=Tracker)
        ahead.read(text, how)
        return ahead.progress()


def _alike(text: str, before: str) -> bool:
    """Whether only numbers differ, and not a last number, which may be cut off."""
    same = len(text) <= _FRAME and _skeleton(text) == _skeleton(before)
    return same and _LAST_NUMBER.findall(text) == _LAST_NUMBER.findall(before)


def _skeleton(text: str) -> str:
    return _DRAWING.sub("", _NUMBER.sub("0", text))


def _without_colours(texts: list[str]) -> list[str]:
    return [_COLOUR.sub("", text) if "\x1b" in text else text for text in texts]


_COLOUR = re.compile(r"\x1b\[[0-9;:]*m")
_FRAME = 400
_NUMBER = re.compile(r"\d+")
_DRAWING = re.compile(r"[^\w,;:()\[\]%/]+")
_LAST_NUMBER = re.compile(r"\d+\Z")

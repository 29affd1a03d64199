"""The rows that may still change: painted, erased, held back, and given out when they cannot change any more."""

import re
from typing import Literal

import msgspec

from services.logsink.understand.row import LIMIT, Row

How = Literal["line", "seen", "frame", "panel", "stored"]
# line: stored and to be read; seen: to be read now, stored later; frame: a repaint, to be read;
# panel: a repaint with other rows beside it; stored: read before
Event = tuple[How, list[str]]


class Screen(msgspec.Struct):
    rows: list[Row] = msgspec.field(default_factory=lambda: [Row()])  # the last one is the unfinished line
    at: int = 0
    column: int = 0
    colour: str = ""  # to be set where the next character goes
    returning: bool = False  # after "\r": the next byte tells a repaint from a plain "\r\n"
    saved: tuple[int, int] = (0, 0)
    display: bool = False  # the program paints a display: cursor hidden, or moved to the corner
    reach: int = 0  # how many rows up it has gone

    def live(self) -> str | None:
        """The rows that may still change."""
        shown = [row.render().rstrip() for row in self.rows if row.text.strip()]
        return "\n".join(shown)[-LIMIT:] or None

    def unread(self) -> tuple[str, How, bool] | None:
        """What stands in the current row and was not read yet, as what, and whether it is whole."""
        row = self.rows[self.at]
        if self.column < len(row.text) and not self.returning:
            return None  # half painted over: a mixture of what was and what will be
        how: How = "line" if not row.repainted else "panel" if len(self.rows) > 1 else "frame"
        return (row.render(), how, self.returning) if row.fresh else None

    def _write(self, text: str, events: list[Event]) -> None:
        self._apply_colour()
        while text:
            row = self.rows[self.at]
            over = len(row.text) - self.column
            if over > 0:
                row.write(self.column, text[:over])
                self.column += len(text[:over])
                text = text[over:]
                continue
            room = (LIMIT if self.at == len(self.rows) - 1 else _SHORT) - row.size + over
            if room > 0:
                row.write(self.column, text[:room])
                self.column += len(text[:room])
            elif self.at < len(self.rows) - 1:
                return
            else:
                self._complete(events)
                continue
            text = text[room:]

    def _apply_colour(self) -> None:
        if self.colour:
            row = self.rows[self.at]
            if row.size + len(self.colour) + max(0, self.column - len(row.text)) <= LIMIT:
                row.colour(self.column, self.colour)
            self.colour = ""

    def _return(self, events: list[Event]) -> None:
        if self.returning:
            self.returning = False
            self._move(self.at, 0, events)

    def _move(self, at: int, column: int, events: list[Event]) -> None:
        """Away from what was just painted: from now on this is a repainted row."""
        self._apply_colour()
        self._read(events)
        self.rows[self.at].repainted = True
        if at < 0:
            above = min(-at, _HELD - len(self.rows))
            self.rows[:0] = [Row(repainted=True) for _ in range(above)]
            at = 0
        while at >= len(self.rows) and len(self.rows) < _HELD:
            self.rows.append(Row(repainted=True))
        self.at = min(at, len(self.rows) - 1)
        self.column = min(max(column, 0), _SHORT)
        self.rows[self.at].repainted = True

    def _read(self, events: list[Event]) -> None:
        row = self.rows[self.at]
        if row.fresh:
            events.append(("panel" if len(self.rows) > 1 else "frame", [row.render()]))
            row.fresh = False

    def _newline(self, events: list[Event]) -> None:
        self.returning = False
        self._apply_colour()
        if self.at < len(self.rows) - 1:
            self._read(events)
            self.at, self.column = self.at + 1, 0
        else:
            self._complete(events)

    def _complete(self, events: list[Event]) -> None:
        """The last row is whole: hold it back if it may still change, else give it out."""
        row = self.rows[-1]
        if row.repainted:
            self._read(events)
        if self.display or (self.reach and row.repainted) or _STANDS_AT_NOTHING.search(row.text[:_BAR]):
            if not row.repainted:
                events.append(("seen", [row.render()]))
                row.fresh = False
            self.rows.append(Row())
            self._trim(events)
        else:
            self._release(len(self.rows) - 1, events)
            if not row.repainted:
                self.reach = 0
                events.append(("line", [row.render()]))
            elif row.text.strip():
                events.append(("stored", [row.settled()]))
            self.rows = [Row()]
        self.at, self.column = len(self.rows) - 1, 0

    def _trim(self, events: list[Event]) -> None:
        held = len(self.rows) - 1
        if not self.reach and held >= _HELD - 1:
            self.display = False
            self._release(held, events)
        elif self.reach and held > self.reach + _SPARE:
            self._release(held - self.reach - _SPARE, events)
        while len(self.rows) > 1 and sum(row.size for row in self.rows) > LIMIT:
            self._release(1, events)

    def _release(self, count: int, events: list[Event]) -> None:
        texts = [row.settled() for row in self.rows[:count] if row.text.strip() or not row.repainted]
        del self.rows[:count]
        if texts:
            events.append(("stored", texts))

    def _vertical(self, count: int, final: str, events: list[Event]) -> None:
        count = min(count, _HELD)
        up = final in "AF"
        if up:
            self.reach = max(self.reach, min(count + len(self.rows) - 1 - self.at, _HELD - 1))
        self._move(self.at - count if up else self.at + count, self.column if final in "AB" else 0, events)

    def _erase(self, what: int, final: str, events: list[Event]) -> None:
        row = self.rows[self.at]
        if final == "K" and what == 0 and self.column >= len(row.text) and row.text:
            return  # compilers and grep end every coloured word so
        self._apply_colour()
        self._read(events)
        if final == "P":
            row.text = row.text[: self.column] + row.text[self.column + max(what, 1) :]
            row.keep(0)
        elif final == "X":
            row.write(self.column, " " * min(max(what, 1), len(row.text) - self.column))
        elif what == 0:
            row.keep(0, self.column)
        elif what == 1:
            row.keep(self.column)
        else:
            row.keep(0, 0)
        row.fresh = False
        row.repainted = True
        if final == "J":
            below = self.rows[self.at + 1 :] if what == 0 else self.rows[: self.at] if what == 1 else self.rows
            for other in below:
                other.keep(0, 0)
                other.fresh = False


_HELD = 32  # rows held back at most
_SPARE = 8  # rows below a display that may still be painted
_BAR = 300  # no progress bar is longer
_SHORT = 1_000  # columns that can be reached by moving
_STANDS_AT_NOTHING = re.compile(r"(?:^|[:\s])0(?:[.,]0{1,3})? ?%\s*(?:$|[|\[])")  # its next move may be a repaint

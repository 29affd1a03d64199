"""Bytes to lines, as a terminal would have shown them: what is painted over is gone.

A repainted row is one line, given out once, as it last stood. While a program moves its cursor over
several rows (it hid the cursor, or moved up before) they are held back, since they may change.
"""

import re
from codecs import utf_8_decode

from services.logsink.understand.row import LIMIT, Row
from services.logsink.understand.screen import Event, Screen


class Terminal(Screen):
    undecoded: bytes = b""  # the start of a character
    escape: str = ""  # the start of a control sequence

    def feed(self, data: bytes) -> list[Event]:
        text = self._decode(data)
        events: list[Event] = []
        cut = text.rfind("\n") + 1
        if cut and _is_ordinary(data) and self._is_plain():
            lines = (self._take() + text[: cut - 1]).split("\n")
            if max(map(len, lines)) <= LIMIT and "%" not in text and "%" not in lines[0]:
                events.append(("line", lines))
            else:
                self._by_line(lines, events)
        elif cut:
            self._by_line(text[: cut - 1].split("\n"), events)
        self._paint(text[cut:], events)
        return events

    def finish(self) -> list[Event]:
        events: list[Event] = []
        text, _ = utf_8_decode(self.undecoded, "backslashreplace", True)
        self._paint(text, events)
        self.escape = ""
        self.returning = False
        self._apply_colour()
        if self.rows[self.at].repainted:
            self._read(events)
        row = self.rows.pop()
        self._release(len(self.rows), events)
        if row.repainted and row.text.strip():
            events.append(("stored", [row.settled()]))
        elif not row.repainted and row.size:
            events.append(("line", [row.render()]))
        self.rows, self.at, self.column = [Row()], 0, 0
        return events

    def _decode(self, data: bytes) -> str:
        data = self.undecoded + data
        text, used = utf_8_decode(data, "backslashreplace", False)
        self.undecoded = data[used:]
        if not _is_ordinary(data):
            text = text.translate(_SHOWN).replace("\r\n", "\n")
        return text

    def _is_plain(self) -> bool:
        row = self.rows[0]
        return not (
            len(self.rows) > 1
            or row.repainted
            or self.returning
            or self.display
            or self.reach
            or self.escape
            or self.colour
            or self.column != len(row.text)
        )

    def _take(self) -> str:
        text = self.rows[0].render()
        self.rows[0], self.column = Row(), 0
        return text

    def _by_line(self, lines: list[str], events: list[Event]) -> None:
        plain: list[str] = []
        for line in lines:
            if self._is_plain() and self.rows[0].size + len(line) <= LIMIT:
                whole = self.rows[0].render() + line
                if _UNUSUAL.search(whole) is None:
                    self._take()
                    plain.append(whole)
                    continue
            if plain:
                events.append(("line", plain))
                plain = []
            self._paint(line + "\n", events)
        if plain:
            events.append(("line", plain))

    def _paint(self, text: str, events: list[Event]) -> None:
        text, self.escape = self.escape + text, ""
        for token in _TOKEN.finditer(text):
            kind = token.lastgroup
            if kind == "text":
                self._return(events)
                self._write(token.group(), events)
            elif kind == "newline":
                self._newline(events)
            elif kind == "return":
                self.returning = True
            elif kind == "final":
                self._sequence(token.group("parameters"), token.group("final"), token.group(), events)
            elif kind == "back":
                self._return(events)
                self._move(self.at, self.column - 1, events)
            elif kind == "single":
                self._single(token.group("single"), events)
            elif kind == "other" and token.group() == "\x1b" and _PARTIAL.fullmatch(text, token.start()):
                self.escape = text[token.start() :]
                return

    def _sequence(self, parameters: str, final: str, whole: str, events: list[Event]) -> None:
        if final == "m":
            if not parameters.lstrip("0123456789;:"):
                self._return(events)
                if len(self.colour) + len(whole) <= LIMIT:
                    self.colour += whole
            return
        self._return(events)
        if parameters in ("?25", "?1049"):
            self._show_cursor(final, parameters, events)
        elif not parameters.startswith("?"):
            self._control(parameters, final, events)

    def _control(self, parameters: str, final: str, events: list[Event]) -> None:
        numbers = [int(number) if number.isdigit() else 0 for number in parameters[:12].split(";")]
        first = min(numbers[0], 10_000)
        if final in "ABEF":
            self._vertical(first or 1, final, events)
        elif final in "CDG":
            step = first or 1
            column = {"C": self.column + step, "D": self.column - step, "G": step - 1}[final]
            self._move(self.at, column, events)
        elif final in "Hf":
            self.display = True
            self.reach = max(self.reach, self.at)
            self._move(max(first, 1) - 1, (numbers[1] if len(numbers) > 1 else 1) - 1, events)
        elif final in "KJPX":
            self._erase(first, final, events)
        elif final in "su":
            self._single("7" if final == "s" else "8", events)

    def _show_cursor(self, final: str, parameters: str, events: list[Event]) -> None:
        hide = (final == "l") == (parameters == "?25")
        if hide and not self.display:
            self.display, self.reach = True, 0
        elif not hide:
            self._read(events)
            self.display, self.reach = False, 0
            if self.at == len(self.rows) - 1:
                self._release(self.at, events)
                self.at = 0

    def _single(self, letter: str, events: list[Event]) -> None:
        self._return(events)
        if letter == "7":
            self.saved = (self.at, self.column)
        elif letter == "8":
            self._move(min(self.saved[0], len(self.rows) - 1), self.saved[1], events)
        elif letter == "M":
            self._vertical(1, "A", events)
        elif letter == "D":
            self._vertical(1, "B", events)
        elif letter == "E":
            self._newline(events)


def _is_ordinary(data: bytes) -> bool:
    return not data.translate(None, _ORDINARY) and (b"\xc2" not in data or _C1.search(data) is None)


_ORDINARY = bytes(set(range(256)) - set(range(32)) - {127} | {9, 10})
_C1 = re.compile(rb"\xc2[\x80-\x9f]")
_ESCAPED = (*range(1, 7), 11, 12, *range(16, 27), *range(28, 32), *range(128, 160))
_SHOWN = {code: f"\\x{code:02x}" for code in _ESCAPED} | {0: "\\0", 14: None, 15: None, 127: None}
_UNUSUAL = re.compile(r"[\x00-\x08\x0b-\x1a\x1c-\x1f]|\x1b(?!\[[0-9;:]*m)|(?:^|[:\s.,0])0 ?%\s*(?:$|[|\[])")
_TOKEN = re.compile(
    r"(?P<text>[^\x00-\x08\x0a-\x1f]+)|(?P<newline>\n)|(?P<return>\r)|(?P<back>\x08)"
    r"|\x1b\[(?P<parameters>[0-?]{0,64})[ -/]{0,8}(?P<final>[@-~])"
    r"|\x1b[\]PX^_][^\x07\x1b\n]{0,2048}(?:\x07|\x1b\\)"  # a title, a link: not for reading
    r"|\x1b[ -/]{1,4}[0-~]|\x1b(?P<single>[0-OQ-WYZ\\`-~])"
    r"|(?P<other>[\x00-\x1f])"
)
_PARTIAL = re.compile(r"\x1b(?:\[[0-?]{0,64}[ -/]{0,8}|[\]PX^_][^\x07\x1b\n]{0,2048}\x1b?|[ -/]{0,4})")

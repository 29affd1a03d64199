"""One row of the screen: what it shows now, with its colours."""

import msgspec

LIMIT = 16_000


class Row(msgspec.Struct):
    text: str = ""
    colours: list[tuple[int, str]] = []  # (column, colour sequence), in order of the columns
    repainted: bool = False  # something moved over it: it is no plain line
    fresh: bool = False  # painted since progress last looked at it
    size: int = 0  # characters that render() gives

    def render(self) -> str:
        if not self.colours:
            return self.text
        parts: list[str] = []
        start = 0
        for column, sequence in self.colours:
            parts += self.text[start:column], sequence
            start = column
        parts.append(self.text[start:])
        return "".join(parts)

    def settled(self) -> str:
        """As it is stored: what a repaint left blank at the end is not part of it."""
        if not self.repainted:
            return self.render()
        visible = len(self.text.rstrip())
        self.text = self.text[:visible]
        self.colours = [(min(column, visible), sequence) for column, sequence in self.colours]
        return self.render() if visible else ""

    def write(self, column: int, text: str) -> None:
        end = column + len(text)
        if column >= len(self.text):
            self.size += end - len(self.text)
            self.text += " " * (column - len(self.text)) + text
        else:
            self._drop_colours(column, end)
            self.text = self.text[:column] + text + self.text[end:]
            self._measure()
        self.fresh = True

    def colour(self, column: int, sequence: str) -> None:
        if column > len(self.text):
            self.size += column - len(self.text)
            self.text += " " * (column - len(self.text))
        self.size += len(sequence)
        self.colours.append((column, sequence))
        if len(self.colours) > 1 and self.colours[-2][0] > column:
            self.colours.sort(key=_column)

    def keep(self, start: int, end: int | None = None) -> None:
        """Erases all but the given columns."""
        self.text = " " * start + self.text[start:end] if start else self.text[:end]
        if not self.text.strip():
            self.text = ""
        last = len(self.text)
        self.colours = [mark for mark in self.colours if start <= mark[0] < last]
        self.repainted = True
        self._measure()

    def _drop_colours(self, start: int, end: int) -> None:
        last = len(self.text)
        if self.colours:
            self.colours = [mark for mark in self.colours if not (start <= mark[0] < end or mark[0] >= last <= end)]

    def _measure(self) -> None:
        self.size = len(self.text) + sum(len(sequence) for _, sequence in self.colours)


def _column(mark: tuple[int, str]) -> int:
    return mark[0]

"""Tables in the closing lines, by their columns: a cell belongs to the header that it stands under."""

import re

import msgspec

from services.logsink.understand.fields import FIELDS, STRENGTH, TOTALS, is_entity
from services.logsink.understand.numbers import to_count
from services.logsink.understand.words import listed


class Cell(msgspec.Struct):
    text: str
    start: int
    end: int


class Row(msgspec.Struct):
    name: str  # empty: the total
    values: dict[str, int]


class Table(msgspec.Struct):
    """The table that is being read: where its columns are and which fields they count."""

    columns: list[Cell] = []
    fields: list[str] = []

    def opens(self, line: str) -> bool:
        """Whether the line is a header; the rows that follow are then of its columns."""
        cells = cells_of(line)
        if len(cells) < 2 or any(any(letter.isdigit() for letter in cell.text) for cell in cells):
            return False
        fields = [_field(cell.text) for cell in cells]
        known = sum(field not in ("", "rows") for field in fields)
        if known + ("rows" in fields) < 2 or not known or (fields[0] and len(cells) > 2 and cells[0].start == 0):
            return False
        moved = "read" if "migrated" in fields else "migrated"
        self.columns, self.fields = cells, [moved if field == "rows" else field for field in fields]
        return True

    def row(self, line: str) -> Row | None:
        cells = cells_of(line)
        if not self.columns or len(cells) < 2:
            return None
        values: dict[str, int] = {}
        names: list[str] = []
        for cell in cells:
            field = self._field_at(cell, cells)
            count = to_count(cell.text)
            if field and count is not None and names:
                values.setdefault(field, count)
            elif field and cell.text not in ("", "-", "n/a"):
                return None
            elif not field and cell.text and count is None:
                names.append(cell.text.strip("*_`'\": ").lower())
        if not values or not names:
            return None
        if names[0] in TOTALS or names[0].split()[0] in TOTALS:
            return Row("", values)
        return Row(names[0], values) if _is_name(names[0]) else None

    def _field_at(self, cell: Cell, cells: list[Cell]) -> str:
        if cell.start == cells[0].start and not self._is_drawn(cells):
            return ""  # the first one is the name, also where its column has no header
        nearest = min(self.columns, key=lambda column: _distance(column, cell))
        return self.fields[self.columns.index(nearest)]

    def _is_drawn(self, cells: list[Cell]) -> bool:
        return len(cells) == len(self.columns) and [c.start for c in cells] == [c.start for c in self.columns]


def cells_of(line: str) -> list[Cell]:
    """Of a drawn table the columns are those between its lines, else they are told by the gaps."""
    if _DRAWN.search(line):
        cells = _DRAWN.split(line.strip().strip("|│┃║ "))
        return [Cell(cell.strip(), index, index) for index, cell in enumerate(cells)]
    if "\t" in line.strip():
        return [Cell(cell.strip(), index, index) for index, cell in enumerate(line.rstrip().split("\t"))]
    if "," in line and "  " not in line and ", " not in line:
        return [Cell(cell.strip(), index, index) for index, cell in enumerate(line.strip().split(","))]
    return [Cell(found.group().rstrip(": "), found.start(), found.end()) for found in _WIDE.finditer(line)]


def _field(header: str) -> str:
    words = _WORD.findall(header.lower())
    fields = [FIELDS[word] for word in words if word in FIELDS]
    if fields and len(words) <= 3 and _UNCOUNTED.isdisjoint(words):
        return min(fields, key=STRENGTH.index)
    return "rows" if words and words[-1] in _ROWS and len(words) <= 2 else ""


def _is_name(name: str) -> bool:
    words = name.split()
    return len(words) == 1 or (len(words) <= 3 and is_entity(words[-1]) and words[0] not in _COMMANDS)


def _distance(column: Cell, cell: Cell) -> int:
    if column.start < cell.end and cell.start < column.end:
        return -(min(column.end, cell.end) - max(column.start, cell.start))
    return min(abs(column.end - cell.end), abs(column.start - cell.start))


_DRAWN = re.compile(r"[|│┃║]")
_WIDE = re.compile(r"[^\s:]\S*(?: \S+)*")
_WORD = re.compile(r"[^\W\d_]{2,30}")
_ROWS = frozenset(listed("rows row records registros linhas count filas zeilen"))
_UNCOUNTED = frozenset(listed("time bytes size rate mb kb tempo duration"))
_COMMANDS = frozenset(listed("create reset set fetch copy install build primary drop index load prepare"))

"""What understanding gives out."""

import msgspec


class Line(msgspec.Struct, frozen=True, gc=False, array_like=True):
    level: str
    text: str


class Progress(msgspec.Struct, frozen=True):
    percent: float | int
    origin: str  # "reported" or "detected"
    message: str | None
    known: bool = True  # False: it counts, but nobody knows up to what; then percent is 0 and says nothing


class Update(msgspec.Struct):
    lines: list[Line]
    live_line: str | None
    progress: Progress | None

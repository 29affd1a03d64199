"""Levels of lines in their order: a traceback, a stack trace, the indented rest of an error are one block."""

import re

import msgspec

from services.logsink.understand.levels import level_of, stated_level


class Levels(msgspec.Struct):
    level: str = ""  # of the block that may go on with the next line; empty: none
    paused: bool = False  # by a blank line: only what cannot stand alone goes on
    kind: str = ""  # "record", "traceback", "traced" (its last line was seen), "panic"
    seq: int = 0  # of the last line
    warnings: int = 0
    errors: int = 0
    first_error_seq: int | None = None

    def read(self, lines: list[str], suspects: list[int]) -> list[str]:
        """The level of each line; `suspects` are the only ones that may say one themselves."""
        levels = ["INFO"] * len(lines)
        index, waiting = 0, iter(suspects)
        suspect = next(waiting, None)
        while index < len(lines):
            if not self.level:
                while suspect is not None and suspect < index:
                    suspect = next(waiting, None)
                if suspect is None:
                    break
                index = suspect
            levels[index] = self._next(lines[index], self.seq + index + 1)
            index += 1
        self.seq += len(lines)
        return levels

    def _next(self, line: str, seq: int) -> str:
        if self.level and self.kind == "record" and not line.strip() and not self.paused:
            self.paused = True
            return "INFO"
        if self.level and self._continues(line):
            self.paused = False
            return self.level
        level = level_of(line)
        attached = self.kind == "record" and self.level in _ERRORS and _OPENS.match(line)
        self.paused = False
        if level in _ERRORS and not attached:
            self._count_error(seq)
        elif level == "WARNING":
            self.warnings += 1
        self.level = level if level and level != "INFO" else ""
        self.kind = _kind(line) if self.level else ""
        return level or "INFO"

    def _continues(self, line: str) -> bool:
        if self.kind in ("traceback", "traced"):
            return self._trace_goes_on(line)
        if self.kind == "panic":
            return not line.strip() or bool(_GOROUTINE.match(line))
        if self.kind == "panicked":
            self.kind = "record"
            return bool(line.strip())
        if self.level != "DEBUG" and (_FRAME.match(line) or _CONTINUED.match(line)):
            return True
        return not self.paused and bool(_INDENTED.match(line)) and stated_level(line.lstrip()) is None

    def _trace_goes_on(self, line: str) -> bool:
        if self.kind == "traceback":
            if line.strip() and not _INDENTED.match(line) and line[0] not in ">╭│╰":
                self.kind = "traced"
            return True
        if _PYTHON.match(line):
            self.kind = "traceback"
            return True
        return not line.strip() or bool(_CHAINED.match(line))

    def _count_error(self, seq: int) -> None:
        self.errors += 1
        if self.first_error_seq is None:
            self.first_error_seq = seq


def _kind(line: str) -> str:
    if _PYTHON.match(line):
        return "traceback"
    if _GO.match(line):
        return "panic"
    return "panicked" if _RUST.match(line) else "record"


_ERRORS = {"ERROR", "CRITICAL"}
_PYTHON = re.compile(r"(?:\s{0,40}╭─+ |\s{0,8}(?:\+ Exception Group )?)Traceback \(most recent call last\)")
_RUST = re.compile(r"thread '[^']{0,80}' panicked at .{1,200}:$")
# What servers and tools add to an error, each with its own word.
_CONTINUED = re.compile(
    r"(?:\S.{0,80}?[\s\]])?(?:DETAIL|CONTEXT|STATEMENT|HINT|QUERY|LOCATION|Command was):\s|LINE \d{1,9}: "
)
_GO = re.compile(r"panic: |fatal error: ")
_OPENS = re.compile(
    r"\s{0,40}╭─+ Traceback|\s{0,8}(?:\+ Exception Group )?Traceback \("
    r"|(?:[\w$]{1,60}[.\\:]{1,2}){0,12}[\w$]{1,80}(?:Error|Exception)(?::|$)|panic: "
)
_INDENTED = re.compile(r"(?:\t|  |  ?[|+])\s*\S|\s+\S")
_CHAINED = re.compile(
    r"During handling of the above exception|The above exception was the direct cause"
    r"|\[SQL: |\[parameters: |\(Background on this error"
)
_GOROUTINE = re.compile(
    r"\s|goroutine \d|created by |exit status |\[signal |[\w./*()\[\]-]{1,200}\([^)]{0,200}\)$|main\."
)
_FRAME = re.compile(
    r"/\S{1,200}:\d{1,6}:in |Tasks: TOP => |note: run with `RUST|"
    r"main\.[\w.()*]{1,80}$|[\w.-]{1,80}/[\w./-]{1,120}\.[\w(*).]{1,80}$|"
    r"\s{1,16}(?:at |from |File \"|\.\.\. \d+ more|--- |---> )|Caused by: |Suppressed: |Stack trace:|#\d{1,4} |"
    r"\s{1,4}thrown in |"
    r"--- End of |created by |\[stacktrace\]|[}\])]+[,;]?$|\"}\s*$"
)

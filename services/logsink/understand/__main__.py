"""Prints what would be stored and shown of a captured output: `python -m services.logsink.understand < captured`."""

import argparse
import json
import re
import sys
from collections.abc import Iterator
from typing import Any, BinaryIO, TextIO

import msgspec

from services.logsink.understand import Progress, Reader, Update


def main(arguments: list[str], captured: BinaryIO, out: TextIO) -> None:
    parser = argparse.ArgumentParser(prog="python -m services.logsink.understand", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object per line, as things become known")
    parser.add_argument("--exit-status", type=int, default=0, help="how the script ended (0)")
    options = parser.parse_args(arguments)
    printer = _JsonPrinter(out) if options.json else _TextPrinter(out)
    reader = Reader.new()
    for piece, whole, last in _pieces(captured):
        printer.show(reader.feed(piece), whole=whole, live=last)
    printer.show(reader.finish(), whole=True, live=False)
    outcome = "succeeded" if options.exit_status == 0 else "signal" if options.exit_status > 128 else "exit_status"
    printer.result(reader.summary(outcome=outcome, exit_status=options.exit_status, reason=None, result_json=None))


def _pieces(captured: BinaryIO) -> Iterator[tuple[bytes, bool, bool]]:
    """(bytes, whether a line or a repaint ends with them, whether they are the last that came).

    Progress is told where a line or a repaint ends, so that it does not depend on how the bytes arrive.
    """
    held = b""
    while data := captured.read1(65_536):  # type: ignore[attr-defined]  # of a buffered reader
        data = held + data
        unfinished = _UNFINISHED.search(data)
        held = data[unfinished.start() :] if unfinished else b""
        data = data[: len(data) - len(held)]
        start = 0
        for end in _ENDS.finditer(data):
            yield data[start : end.end()], True, end.end() == len(data)
            start = end.end()
        if start < len(data):
            yield data[start:], False, True
    if held:
        yield held, False, True


class _TextPrinter:
    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._seq = 0
        self._progress: Progress | None = None
        self._live_line: str | None = None

    def show(self, update: Update, *, whole: bool, live: bool) -> None:
        for line in update.lines:
            self._seq += 1
            self._line(line.level, line.text)
        if whole and update.progress is not None and update.progress != self._progress:
            self._progress = update.progress
            self._advance(update.progress)
        if live and update.live_line not in (None, self._live_line):
            self._live(update.live_line or "")
            self._live_line = update.live_line
        self._out.flush()

    def result(self, summary: dict[str, Any]) -> None:
        print("---", json.dumps(summary, indent=2, ensure_ascii=False), sep="\n", file=self._out)

    def _line(self, level: str, text: str) -> None:
        print(f"{self._seq:6} {level:8} {text}", file=self._out)

    def _advance(self, progress: Progress) -> None:
        percent = f"{progress.percent}%" if progress.known else "?"
        print(f"{'':6} -> {percent} {progress.origin} {progress.message or ''}".rstrip(), file=self._out)

    def _live(self, text: str) -> None:
        print(f"{'':6} .. {text}", file=self._out)


class _JsonPrinter(_TextPrinter):
    def result(self, summary: dict[str, Any]) -> None:
        self._print({"result": summary})

    def _line(self, level: str, text: str) -> None:
        self._print({"seq": self._seq, "level": level, "text": text})

    def _advance(self, progress: Progress) -> None:
        percent = progress.percent if progress.known else None
        self._print({"progress": percent, "origin": progress.origin, "message": progress.message})

    def _live(self, text: str) -> None:
        self._print({"live_line": text})

    def _print(self, value: dict[str, Any]) -> None:
        print(msgspec.json.encode(value).decode(), file=self._out)


_ENDS = re.compile(
    rb"[\r\n\x08]|\x1b\[[0-?]{0,64}[ -/]{0,8}[@-ln-~]|\x1b[78DEM]"
)  # what a repaint moves the cursor with
_UNFINISHED = re.compile(rb"\x1b(?:\[[0-?]{0,64}[ -/]{0,8})?\Z")

if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]  # a text file
    main(sys.argv[1:], sys.stdin.buffer, sys.stdout)

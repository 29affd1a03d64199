"""`make bench`: the rows of docs/performance.md, measured here beside their bounds. Nothing fails on a time."""

import argparse
import os
import shutil
import signal
import sys
import tempfile
import timeit
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from tests.bench.depth import depth
from tests.bench.flood import flood, scale_out
from tests.bench.many import many, watchers
from tests.bench.quick import delay, idle, start
from tests.bench.scene import Row, Scene, scene

ROWS: dict[str, Callable[[Scene], Iterator[Row]]] = {
    "start": start,
    "delay": delay,
    "idle": idle,
    "flood": flood,
    "scale-out": scale_out,
    "many": many,
    "watchers": watchers,
    "depth": depth,
}
HOW = (
    "On {cores} cores, of which one adds up a million squares in Python in {squares_ms:.0f} ms, and\n"
    "{memory_gb:.0f} GB, {day:%Y-%m-%d}: the product, MariaDB with its default settings, NATS, sshd, the scripts and\n"
    "the measuring clients, all on this one machine. For 200 runs and the watchers, what is on a MedPro host\n"
    "otherwise has a lower priority: it takes no more from the product than another machine would."
)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("rows", nargs="*", help=f"all, unless told: {', '.join(ROWS)}")
    parser.add_argument("--short", action="store_true", help="small amounts, only to see that everything works")
    parser.add_argument("--write", type=Path, help="write the table into this file")
    asked = parser.parse_args()
    if unknown := set(asked.rows) - set(ROWS):
        parser.error(f"no such row: {', '.join(sorted(unknown))}")
    for number in (signal.SIGTERM, signal.SIGHUP):  # so that the servers end with us
        signal.signal(number, lambda number, _frame: sys.exit(128 + number))
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    try:
        table = measure(folder, asked.rows or list(ROWS), short=asked.short)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if asked.write:
        asked.write.write_text(page(table))


def measure(folder: Path, names: list[str], *, short: bool) -> list[Row]:
    """Each on a stack of its own, so that no row pays for another's lines."""
    table = []
    for name in names:
        with scene(folder / name, short=short) as measured:
            for row in ROWS[name](measured):
                print(f"{row.what}: {row.measured}; bound: {row.bound}; must: {row.must} {_verdict(row)}", flush=True)
                table.append(row)
    return table


def page(table: list[Row]) -> str:
    squares_ms = min(timeit.repeat("sum(i * i for i in range(1_000_000))", number=1, repeat=5)) * 1000
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    lines = [
        "# Performance: the last `make bench`",
        "",
        HOW.format(cores=os.cpu_count(), squares_ms=squares_ms, memory_gb=memory_gb, day=datetime.now(UTC)),
        "",
        "| what | measured | bound, in the same run | must reach | | limited by |",
        "|---|---|---|---|---|---|",
        *(
            f"| {row.what} | {row.measured} | {row.bound} | {row.must} | {_verdict(row)} | {row.limited_by} |"
            for row in table
        ),
    ]
    return "\n".join(lines) + "\n"


def _verdict(row: Row) -> str:
    return {True: "reached", False: "**missed**", None: ""}[row.reached]


if __name__ == "__main__":
    main()

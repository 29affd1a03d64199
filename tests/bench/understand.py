"""Lines per second that understanding reads on one core: `python -m tests.bench.understand`."""

import random
import time
from collections.abc import Iterator

from services.logsink.understand import Reader

CHUNK = 256 * 1024
TARGET = 500_000


def ordinary(count: int) -> Iterator[bytes]:
    for number in range(count):
        second = number // 50 % 60
        yield (
            f"2026-01-01 12:00:{second:02} INFO migrated patient {number} of clinic {number % 7},"
            f" {number % 13} appointments and {number % 5} notes"
        ).encode()


def rate(data: bytes) -> float:
    reader = Reader.new()
    started = time.perf_counter()
    for start in range(0, len(data), CHUNK):
        reader.feed(data[start : start + CHUNK])
    reader.finish()
    return data.count(b"\n") / (time.perf_counter() - started)


def main() -> None:
    lines = list(ordinary(300_000))
    kinds = {
        "ordinary": b"\n".join(lines),
        "without numbers": b"\n".join([b"2026-01-01 12:00:00 INFO nothing to see here, " + b"word " * 11] * 300_000),
        "no two alike": b"\n".join(line + b" " + name for line, name in zip(lines, _names(len(lines)), strict=True)),
        "every tenth a warning": b"\n".join(
            line.replace(b"INFO", b"WARNING") if index % 10 == 0 else line for index, line in enumerate(lines)
        ),
        "debug": b"\n".join(line.replace(b"INFO", b"DEBUG") for line in lines[:100_000]),
        "colours": b"\n".join(line.replace(b"INFO", b"\x1b[32mINFO\x1b[0m") for line in lines[:100_000]),
        "counts": b"\n".join(b"Processed %d/100000 patients" % number for number in range(100_000)),
        "repaints (per frame)": b"\r".join(
            b"%3d%%|%-20s| %d/100000" % (n // 1000, b"#" * (n // 5000), n) for n in range(50_000)
        ),
    }
    for name, data in kinds.items():
        units = max(data.count(b"\r"), data.count(b"\n"))
        speed = (
            max(rate(data) * units / max(data.count(b"\n"), 1) for _ in range(2)) if b"\n" in data else _frames(data)
        )
        print(f"{name:24}{speed:12,.0f} lines/s")


def _names(count: int) -> Iterator[bytes]:
    chance = random.Random(1)
    for _ in range(count):
        yield "".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=10)).title().encode()


def _frames(data: bytes) -> float:
    started = time.perf_counter()
    rate(data)
    return data.count(b"\r") / (time.perf_counter() - started)


if __name__ == "__main__":
    main()

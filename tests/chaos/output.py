"""What the campaign's scripts print: numbered lines of every nasty kind, in the pieces in which they are written."""

import json
import random
from collections.abc import Callable, Iterator
from typing import Any

Pieces = Iterator[bytes]


def steady(dice: random.Random) -> Pieces:
    total = dice.randint(40, 160)
    for number in range(1, total + 1):
        yield f"line {number}\nProcessed {number}/{total} patients\n".encode()


def long_lines(dice: random.Random) -> Pieces:
    for number in range(1, 9):
        size = dice.choice([3_000, 15_999, 16_000, 16_001, 70_000, 300_000])
        line = f"{number} ".encode() + bytes(dice.choices(range(32, 127), k=97)) * (size // 97) + b"\n"
        cut = dice.randrange(len(line))
        yield line[:cut]
        yield line[cut:]


def raw_bytes(dice: random.Random) -> Pieces:
    for number in range(1, 31):
        yield f"{number} ".encode() + dice.randbytes(dice.randint(0, 900)) + b"\n"


def nul(dice: random.Random) -> Pieces:
    for number in range(1, 41):
        yield f"{number} before\0after\0\0".encode() + b"\0" * dice.randint(0, 300) + b"\n"


def repainted(dice: random.Random) -> Pieces:
    for bar in range(1, 4):
        for percent in range(0, 101, dice.randint(2, 9)):
            yield f"\rbar {bar}: {percent:3d}%|{'#' * (percent // 5):<20}| {percent}/100".encode()
        yield b"\r\n" if bar % 2 else b"\n"
        yield f"bar {bar} is done\n".encode()


def coloured(dice: random.Random) -> Pieces:
    for number in range(1, 61):
        yield f"\x1b[3{number % 8}m{number} \x1b[1mbold\x1b[0m\x1b[K ERROR \x1b]0;title\x07 end\n".encode()
        if number % 7 == 0:
            yield f"\x1b[2A\x1b[2Kover {number}\x1b[2B\rback\b\b\x1b[1Gstart\n".encode()
        if number % 11 == 0:
            yield b"half an escape \x1b"
            yield f"[{dice.randint(1, 7)}1mand its rest\x1b[m\n".encode()


def unfinished(dice: random.Random) -> Pieces:
    for number in range(1, 21):
        yield f"line {number}\r\n".encode() if number % 3 else f"line {number}\r".encode()
    yield b"the last line has no end: \xc3"
    yield b"\xa9\xf0\x9f\x98" if dice.random() < 0.5 else b"\xa9 never"


def bursts(dice: random.Random) -> Pieces:
    number = 0
    for _ in range(dice.randint(2, 4)):
        lines = []
        for _ in range(dice.choice([1_000, 4_000, 9_000])):
            number += 1
            lines.append(f"line {number} of a burst, {'x' * (number % 60)}\n")
        yield "".join(lines).encode()


def silent(dice: random.Random) -> Pieces:
    yield f"line 1 before a silence, {dice.random()}\n".encode()
    yield b"line 2 after it\n"


def mute(dice: random.Random) -> Pieces:
    yield b""


def torn(dice: random.Random) -> Pieces:
    """Characters, line ends and colours cut by writes and pauses."""
    text = "".join(f"línea {number} — 日本語 😀 \x1b[32mgrün\x1b[0m\r\n" for number in range(1, 25)).encode()
    while text:
        cut = dice.randint(1, 40)
        yield text[:cut]
        text = text[cut:]


def failing(dice: random.Random) -> Pieces:
    for number in range(1, 30):
        yield f"ERROR {number}: it failed\n".encode() if number % 5 == 0 else f"{number} warning: odd\n".encode()
    yield b'Traceback (most recent call last):\n  File "x.py", line 1, in <module>\nValueError: no\n'


def reporting(dice: random.Random) -> Pieces:
    for number in range(0, 101, dice.randint(1, 4)):
        report: dict[str, Any] = {"progress": number / 100, "n": number}
        yield (json.dumps(report) if number % 2 else f"::progress value={number}::step {number}").encode() + b"\n"
    yield b"::result migrated=97\nPatients migrated: 1,234\n"


KINDS: dict[str, Callable[[random.Random], Pieces]] = {
    "steady": steady, "long": long_lines, "raw": raw_bytes, "nul": nul, "repainted": repainted, "coloured": coloured,
    "unfinished": unfinished, "bursts": bursts, "silent": silent, "mute": mute, "torn": torn, "fails": failing,
    "kills itself": steady, "kills its session": unfinished, "result": reporting, "stubborn": steady,
}  # fmt: skip

"""What the campaign runs: scripts whose every byte, pause and ending is known beforehand, from a seed.

Each marks its start in a file, once, and then prints numbered lines of one nasty kind.
"""

import json
import random
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.output import KINDS

BODY = """#!{python} -IS
import os, signal, time
{first}
with open({mark!r}, "a") as mark:
    mark.write(os.environ["MEDPRO_RUN_KEY"] + "\\n")
for data, pause_s in {steps!r}:
    while data:
        data = data[os.write(1, data) :]
    time.sleep(pause_s)
{last}
"""


@dataclass(frozen=True)
class Script:
    """`steps` are what is written and how long it then waits; `status` is what the shell says of the end."""

    name: str
    steps: list[tuple[bytes, float]]
    status: int
    first: str
    last: str

    @property
    def output(self) -> bytes:
        return b"".join(data for data, _ in self.steps)

    @property
    def lasts_s(self) -> float:
        return sum(pause_s for _, pause_s in self.steps)

    def write(self, folder: Path, mark: Path) -> Path:
        path = folder / self.name
        values = {
            "python": sys.executable,
            "first": self.first,
            "mark": str(mark),
            "steps": self.steps,
            "last": self.last,
        }
        text = BODY.format_map(values)
        path.write_text(text)
        path.chmod(0o755)
        return path


def scripts(seed: int, count: int, longest_s: float) -> list[Script]:
    """Every kind comes up before one comes up again."""
    dice = random.Random(f"scripts {seed}")
    kinds = [kind for _ in range(0, count, len(KINDS)) for kind in dice.sample(sorted(KINDS), len(KINDS))][:count]
    return [_script(f"{kind}-{number}", kind, dice, longest_s) for number, kind in enumerate(kinds, 1)]


def _script(name: str, kind: str, dice: random.Random, longest_s: float) -> Script:
    pieces = list(KINDS[kind](dice))
    lasts_s = dice.uniform(min(4, longest_s), longest_s)
    weights = [dice.expovariate(1) for _ in pieces]
    steps = [(piece, round(lasts_s * weight / sum(weights), 3)) for piece, weight in zip(pieces, weights, strict=True)]
    status, last = _ending(kind, dice)
    first = "signal.signal(signal.SIGTERM, signal.SIG_IGN)" if kind == "stubborn" else ""
    return Script(name, steps, status, first, last)


def _ending(kind: str, dice: random.Random) -> tuple[int, str]:
    match kind:
        case "kills itself":
            number = dice.choice([signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV])
            return 128 + number, f"os.kill(os.getpid(), {int(number)})"
        case "kills its session":
            return 128 + signal.SIGKILL, "os.killpg(0, signal.SIGKILL)"
        case "fails":
            return (status := dice.choice([1, 3, 17, 255])), f"os._exit({status})"
        case "result":
            counts = {"read": 100, "migrated": 97, "skipped": 2, "failed": 1}
            text = json.dumps({"message": "done, ünïcode", "counts": counts, "outputs": {"file": "out.csv"}})
            return 0, f'open(os.environ["MEDPRO_RESULT_FILE"], "w").write({text!r})'
        case _:
            return 0, ""

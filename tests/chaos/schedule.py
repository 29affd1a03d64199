"""What harm is done when: drawn from the seed alone, so that the same seed repeats it."""

import random
from dataclasses import dataclass

from tests.chaos.scene import EXECUTORS, LOGSINKS, TARGETS

GAP_S = (1.5, 3.5)
EVERYTHING = "everything killed"


@dataclass(frozen=True)
class Kind:
    """`targets` are those harmed, or where `one` is set, those of which the dice choose one."""

    targets: tuple[str, ...]
    lasts_s: tuple[float, float]
    one: bool = False


@dataclass(frozen=True)
class Harm:
    number: int
    at_s: float
    kind: str
    targets: tuple[str, ...]
    lasts_s: float

    def __str__(self) -> str:
        return f"{self.kind}: {', '.join(self.targets)}, {self.lasts_s:.1f} s"


# The stack's redelivery time is 3 s, an executor that is not heard of for 5 s is taken for dead.
KINDS: dict[str, Kind] = {
    "gateway killed": Kind(("gateway",), (0, 3)),
    "catalog killed": Kind(("services.catalog",), (0, 5)),
    "a logsink killed": Kind(LOGSINKS, (0, 4), one=True),
    "both logsinks killed": Kind(LOGSINKS, (0, 6)),
    "an executor killed": Kind(EXECUTORS, (0, 6), one=True),
    "both executors killed": Kind(EXECUTORS, (0, 7)),
    "an executor stopped": Kind(EXECUTORS, (0, 4), one=True),
    "an executor frozen": Kind(EXECUTORS, (4, 9), one=True),
    "both executors frozen": Kind(EXECUTORS, (4, 9)),
    "a logsink frozen": Kind(LOGSINKS, (2, 7), one=True),
    "nats killed": Kind(("nats",), (0, 1.5)),
    "nats away": Kind(("nats",), (4, 8)),
    "nats wiped": Kind(("nats",), (0, 4)),
    "mariadb killed": Kind(("mariadb",), (0, 6)),
    "ssh sessions killed": Kind(("sshd",), (0, 0)),
    "sshd killed": Kind(("sshd",), (0.5, 6)),
    "command twice": Kind(("nats",), (0, 0)),
    "log repeated": Kind(("nats",), (0, 0)),
    "log shuffled": Kind(("nats", *LOGSINKS), (1, 3)),
    "nonsense sent": Kind(("nats",), (0, 0)),
}


def schedule(seed: int, seconds: float) -> list[Harm]:
    """Every kind comes up before one comes up again; in between, once, everything is killed."""
    dice = random.Random(f"harm {seed}")
    everything_at_s = seconds * dice.uniform(0.4, 0.75)
    planned: list[Harm] = []
    deck: list[str] = []
    at_s = dice.uniform(*GAP_S)
    everything = Harm(0, everything_at_s, EVERYTHING, tuple(dice.sample(TARGETS, len(TARGETS))), dice.uniform(0, 4))
    while at_s < seconds:
        if not deck:
            deck = dice.sample(sorted(KINDS), len(KINDS))
        planned.append(_harm(len(planned) + 1, at_s, deck.pop(), dice))
        at_s += dice.uniform(*GAP_S)
    return sorted([*planned, everything], key=lambda harm: harm.at_s)


def _harm(number: int, at_s: float, name: str, dice: random.Random) -> Harm:
    kind = KINDS[name]
    targets = (dice.choice(kind.targets),) if kind.one else kind.targets
    return Harm(number, at_s, name, targets, dice.uniform(*kind.lasts_s))

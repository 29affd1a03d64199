"""Plans: what a script does, which harm is done to it and when, how unreliable everything is. Drawn from a seed."""

import random
from dataclasses import dataclass, replace

SECRET = b"hunter2-secret"
LAST_HARM_S = 90.0
HARMS = {
    # our processes
    "kill executor": 5, "stop executor": 3, "start executor": 3, "kill logsink": 3, "kill catalog": 1,
    # the bus
    "bus away": 3, "bus wiped": 2, "commands again": 4, "logs lost": 3, "command lost": 1, "logs again": 2,
    # the host
    "connections lost": 4, "host silent": 2, "host away": 3, "reboot": 2, "directory lost": 2, "wrapper killed": 2,
    "script killed": 1, "another machine": 1, "another machine, same files": 1, "operations killed": 2,
    "script missing": 1,
    # people
    "cancel": 5, "environment removed": 1,
}  # fmt: skip


@dataclass(frozen=True)
class Script:
    output: tuple[tuple[float, bytes], ...] = ((1.0, b"line 1\n"), (1.0, b"line 2\n"))
    exit_status: int = 0
    on_term: str = "dies"  # or: ignores it, or: exits 0
    stray: tuple[tuple[float, bytes], ...] = ()
    result: bytes = b""

    @property
    def lasts_s(self) -> float:
        return sum(pause_s for pause_s, _ in self.output)


@dataclass(frozen=True)
class Harm:
    at_s: float
    what: str
    lasts_s: float


@dataclass(frozen=True)
class Plan:
    seed: int = 0
    script: Script = Script()
    harms: tuple[Harm, ...] = ()
    noise: float = 0.0
    noisy: tuple[str, ...] = ()
    executors: int = 2
    max_duration_s: float | None = None
    connect_timeout_s: float = 120.0
    secret: bool = False

    @property
    def last_s(self) -> float:
        """When the last harm begins."""
        return max((harm.at_s for harm in self.harms), default=0.0)

    @property
    def calm_s(self) -> float:
        """From here on nothing more goes wrong."""
        noisy_until_s = LAST_HARM_S if self.noise else 0.0
        return max([noisy_until_s, *(harm.at_s + harm.lasts_s for harm in self.harms)])


def plan_of(seed: int) -> Plan:
    draw = random.Random(seed)
    names, weights = list(HARMS), list(HARMS.values())
    script = _script(draw)
    spread_s = min(LAST_HARM_S, draw.choice([0.3, 1.0, 2.0]) * (1.0 + script.lasts_s) + draw.choice([0.0, 0.0, 40.0]))
    harms = [
        Harm(round(draw.uniform(0, spread_s), 3), name, round(draw.choice([0.3, 3, 15, 40, 150]) * draw.random(), 3))
        for name in draw.choices(names, weights, k=draw.choice([0, 1, 2, 3, 4, 6, 9]))
    ]
    if draw.random() < 0.35:  # two executors at the same run from the beginning, and something else
        harms.append(Harm(round(draw.uniform(0.003, 0.1), 3), "commands again", 0.0))
        harms.append(Harm(round(draw.uniform(0.05, 3), 3), draw.choices(names, weights)[0], 1.0))
    return Plan(
        seed=seed,
        script=script,
        harms=tuple(sorted(harms, key=lambda harm: harm.at_s)),
        noise=draw.choice([0, 0, 0.02, 0.08, 0.25]),
        noisy=tuple(draw.sample(["bus", "host", "database"], draw.randint(1, 3))),
        executors=draw.choice([1, 2, 2, 3]),
        max_duration_s=draw.choice([None, None, None, 4.0, 15.0]),
        connect_timeout_s=draw.choice([5.0, 120.0]),
        secret=draw.random() < 0.3,
    )


def simpler(plan: Plan) -> list[Plan]:
    """What to try when looking for the smallest plan that still fails."""
    without_one = [replace(plan, harms=plan.harms[:at] + plan.harms[at + 1 :]) for at in range(len(plan.harms))]
    fewer_noisy = [replace(plan, noisy=tuple(one for one in plan.noisy if one != name)) for name in plan.noisy]
    others = [
        replace(plan, noise=0.0),
        replace(plan, secret=False),
        replace(plan, max_duration_s=None),
        replace(plan, script=Script()),
        replace(plan, executors=1),
    ]
    return [candidate for candidate in [*without_one, *fewer_noisy, *others] if candidate != plan]


def _script(draw: random.Random) -> Script:
    lines = draw.choice([0, 1, 3, 10, 40, 200])
    pause_s = draw.choice([0.0, 0.0, 0.05, 0.4, 2.0]) if lines < 200 else draw.choice([0.0, 0.02])
    output = [
        (pause_s * draw.random() * 2, _line(draw, number) + (b"" if number == lines and draw.random() < 0.3 else b"\n"))
        for number in range(1, lines + 1)
    ]
    if draw.random() < 0.2:
        output.insert(0, (draw.choice([20.0, 70.0]), b"after a long silence\n"))
    return Script(
        output=tuple(output),
        exit_status=draw.choice([0, 0, 0, 3, 137]),
        on_term=draw.choice(["dies", "dies", "ignores it", "exits 0"]),
        stray=((1.0, b"\na stray child\n"), (3.0, b"prints on\n")) if draw.random() < 0.15 else (),
        result=b'{"counts": {"read": 3}}' if draw.random() < 0.3 else b"",
    )


def _line(draw: random.Random, number: int) -> bytes:
    shown = SECRET if draw.random() < 0.1 else b"x" * draw.choice([1, 5, 60])
    return b"line %d %s" % (number, shown)

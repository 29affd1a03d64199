"""What everything in a schedule shares: its plan, its dice, its trace, and the first thing that was found wrong."""

import asyncio
import random
from abc import ABC, abstractmethod

from tests.protocol.loop import now_s
from tests.protocol.plan import Plan
from tests.protocol.queues import Message
from tests.protocol.rundir import RunDirectory


class Scene(ABC):
    def __init__(self, plan: Plan, *, tracing: bool = False) -> None:
        self.plan = plan
        self.random = random.Random(plan.seed)
        self.trace: list[str] | None = [] if tracing else None
        self.wrong: str | None = None
        self.cause: BaseException | None = None
        self.changed = asyncio.Event()  # something was committed or went wrong: look whether it is over
        self.calm = False

    @property
    def hints_lost(self) -> float:
        return 0.5 if self.plan.noise and not self.calm else 0.0

    def fails(self, what: str, times: float = 1) -> bool:
        """Whether something of this kind goes wrong now; `times` as often as the plan says."""
        return (
            bool(self.plan.noise)
            and not self.calm
            and what in self.plan.noisy
            and self.random.random() < self.plan.noise * times
        )

    def note(self, text: str) -> None:
        if self.trace is not None:
            self.trace.append(f"{now_s():9.3f}  {text}")

    def fail(self, text: str, cause: BaseException | None = None) -> None:
        """The first one counts; what follows it is its consequence."""
        self.note(f"WRONG: {text}")
        if self.wrong is None:
            self.wrong, self.cause = f"at {now_s():.3f} s: {text}", cause
            self.changed.set()

    @abstractmethod
    def stored(self, subject: str, data: bytes, headers: dict[str, str]) -> None:
        """A stream is about to store a message."""

    @abstractmethod
    def acknowledging(self, message: Message) -> None:
        """A living process acknowledges a message."""

    @abstractmethod
    def script_starts(self, directory: RunDirectory) -> None:
        """On a host, right before the script's first instruction."""

"""A run directory, and the processes of a run: what `services/executor/launcher.sh` finds on a MedPro host."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

from tests.protocol.loop import now_s


@dataclass
class Running:
    """A process on the host, alive until its work is done or it is killed."""

    name: str
    task: asyncio.Task[Any] = field(init=False)

    @classmethod
    def start(cls, name: str, work: Coroutine[Any, Any, Any]) -> "Running":
        running = cls(name)
        running.task = asyncio.get_running_loop().create_task(work)
        return running

    @property
    def alive(self) -> bool:
        return not self.task.done()

    def kill(self) -> None:
        self.task.cancel()


@dataclass(frozen=True)
class Record:
    """The file `wrapper`."""

    machine: str
    boot: int
    began_s: float


@dataclass(frozen=True)
class Exit:
    """The file `exit`."""

    rc: str
    size: int


@dataclass
class RunDirectory:
    """Files, and the processes that belong to them. A wrapper whose directory was removed still holds this one."""

    born: str
    made_s: float = field(default_factory=now_s)
    nonces: set[str] = field(default_factory=set)
    started_s: float | None = None
    wrapper: Record | None = None
    log: bytearray = field(default_factory=bytearray)
    has_log: bool = False
    exit: Exit | None = None
    stop: str | None = None
    result: bytes = b""
    settled: bool = False
    wrapping: Running | None = None
    script: Running | None = None
    stray: Running | None = None
    killed_as: int | None = None
    truly_stopped: bool = False  # no file: a living process was signalled, or the claim was taken to cancel
    _waiting: list[asyncio.Future[None]] = field(default_factory=list)

    @property
    def left(self) -> list[Running]:
        """What belongs to the script and lives."""
        return [one for one in (self.script, self.stray) if one is not None and one.alive]

    def write(self, data: bytes) -> None:
        self.log += data
        self.wake()

    def wake(self) -> None:
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)

    async def changed(self, within_s: float) -> None:
        """As `tail` looks again after a while; sooner where something was written or has ended."""
        future = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        try:
            async with asyncio.timeout(within_s):
                await future
        except TimeoutError:
            return

    def age(self, since_s: float) -> int:
        return int(now_s() - since_s)

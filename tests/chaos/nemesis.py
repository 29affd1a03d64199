"""The nemesis: does the harm of a schedule at its times. Harm to different targets overlaps."""

import asyncio
import random
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from tests.chaos.scene import Scene
from tests.chaos.schedule import EVERYTHING, Harm
from tests.chaos.wire import FAILED, Wire

WITHIN_S, AGAIN_S = 5, 0.3


@dataclass
class Nemesis:
    seed: int
    scene: Scene
    wire: Wire
    known: Callable[[], list[int]]
    say: Callable[[str], None]
    done: Counter[str] = field(default_factory=Counter)

    async def harm(self, planned: list[Harm]) -> None:
        """Returns when all is done and everything that was killed has been started again."""
        began = time.monotonic()
        async with asyncio.TaskGroup() as tasks:
            for harm in planned:
                await asyncio.sleep(max(0, began + harm.at_s - time.monotonic()))
                tasks.create_task(self._do(harm), name=harm.kind)

    async def _do(self, harm: Harm) -> None:
        async with self.scene.hold(harm.targets):
            self.say(f"harm {harm.number:3}  {harm}")
            said = await self._method(harm.kind)(harm)
            self.done[harm.kind] += 1
            if said:
                self.say(f"harm {harm.number:3}  {said}")

    def _method(self, kind: str) -> Callable[[Harm], Awaitable[str | None]]:
        special: dict[str, Callable[[Harm], Awaitable[str | None]]] = {
            EVERYTHING: self._kill,
            "an executor stopped": self._stop,
            "ssh sessions killed": self._kill_sessions,
            "nats wiped": self._wipe,
            "command twice": self._command_twice,
            "log repeated": self._repeat,
            "log shuffled": self._shuffle,
            "nonsense sent": self._nonsense,
        }
        return special.get(kind) or (self._freeze if kind.endswith("frozen") else self._kill)

    async def _kill(self, harm: Harm) -> None:
        for name in harm.targets:
            self.scene.kill(name)
        await asyncio.sleep(harm.lasts_s)
        for name in harm.targets:
            await self.scene.start(name)

    async def _stop(self, harm: Harm) -> str | None:
        process = self.scene.process(harm.targets[0])
        status = await asyncio.to_thread(process.stop)
        await asyncio.sleep(harm.lasts_s)
        await self.scene.start(harm.targets[0])
        if status not in (0, -signal.SIGTERM):  # the latter: it had not come to handle signals yet
            self.scene.died.append(f"{harm.targets[0]}, asked to stop, ended with {status}: {process.said()[-1500:]}")
        return None

    async def _freeze(self, harm: Harm) -> None:
        for name in harm.targets:
            self.scene.freeze(name)
        await asyncio.sleep(harm.lasts_s)
        for name in harm.targets:
            self.scene.process(name).send(signal.SIGCONT)

    async def _kill_sessions(self, _harm: Harm) -> None:
        self.scene.kill_sessions()

    async def _wipe(self, harm: Harm) -> None:
        self.scene.kill("nats")
        self.scene.wipe_nats()
        await asyncio.sleep(harm.lasts_s)
        await self.scene.start("nats")

    async def _command_twice(self, harm: Harm) -> str:
        known = self.known()
        return await self._on_the_bus(lambda: self.wire.command_twice(self._dice(harm).choice(known)), known)

    async def _repeat(self, harm: Harm) -> str:
        return await self._on_the_bus(lambda: self.wire.repeat_log(self._dice(harm)))

    async def _nonsense(self, harm: Harm) -> str:
        known = self.known()
        return await self._on_the_bus(lambda: self.wire.send_nonsense(self._dice(harm).choice(known)), known)

    async def _shuffle(self, harm: Harm) -> str:
        for name in harm.targets[1:]:
            self.scene.freeze(name)
        await asyncio.sleep(harm.lasts_s)
        said = await self._on_the_bus(lambda: self.wire.shuffle_log(self._dice(harm)))
        for name in harm.targets[1:]:
            self.scene.process(name).send(signal.SIGCONT)
        return said

    async def _on_the_bus(self, work: Callable[[], Awaitable[str]], needed: object = True) -> str:
        """The streams may be missing still, after a wipe: in the end nothing is done, and that is said."""
        if not needed:
            return "nothing to do it to"
        deadline = time.monotonic() + WITHIN_S
        while True:
            await self.wire.back(WITHIN_S)
            try:
                return await work()
            except FAILED as error:
                if time.monotonic() > deadline:
                    return f"not done: {type(error).__name__}"
                await asyncio.sleep(AGAIN_S)

    def _dice(self, harm: Harm) -> random.Random:
        return random.Random(f"{self.seed} {harm.number}")

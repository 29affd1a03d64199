"""Processes of ours: started, stopped in order, or killed at once, after which nothing of them acts on the world."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from tests.protocol.scene import Scene

STOP_WITHIN_S = 10.0


class Process:
    def __init__(self, scene: Scene, name: str, main: "Callable[[Process], Coroutine[Any, Any, None]]") -> None:
        self.name = name
        self.alive = True
        self._scene = scene
        self._tasks: set[asyncio.Task[Any]] = set()
        self.spawn(main(self))

    def spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        """Work of this process; its failure is a failure of the schedule."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def check(self) -> None:
        """The gate to the world: whoever was killed does not pass."""
        if not self.alive:
            raise asyncio.CancelledError

    def kill(self) -> None:
        self.alive = False
        self._cancel()

    async def stop(self) -> None:
        self._cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=STOP_WITHIN_S)
        self.kill()

    def _cancel(self) -> None:
        for task in list(self._tasks):
            task.cancel()

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None and self.alive:
            self._scene.fail(f"{self.name} failed: {error!r}", error)

"""A MedPro host in memory, that keeps the launcher's contract (`services/executor/launcher.sh`) step by step.

Between two steps anything may happen: the operation or the wrapper is killed, the host is started anew, the
directory is removed.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.protocol.loop import now_s
from tests.protocol.rundir import Exit, Record, RunDirectory, Running
from tests.protocol.scene import Scene

Write = Callable[[bytes], None]


@dataclass
class Files:
    """A home directory; two machines may share it."""

    directory: RunDirectory | None = None
    script_there: bool = True


@dataclass
class Machine:
    scene: Scene
    name: str
    files: Files
    boot: int = 1
    processes: list[Running] = field(default_factory=list)

    async def operate(self, given: dict[str, str], write: Write) -> None:
        """One text sent to `sh`: its report, then what follows it."""
        await self._step()
        mark = given["mark"]
        match given["op"]:
            case "prepare" | "restage":
                self._say(write, mark, await self._prepare(given))
            case "start":
                await self._start(given["nonce"])
                await self._follow(mark, int(given["offset"]), write)
            case "follow":
                await self._follow(mark, int(given["offset"]), write)
            case "status":
                self._say(write, mark, state := self._look())
                if state.startswith("exited") and self.files.directory is not None:
                    write(self.files.directory.result[: int(given["offset"])])
            case "cancel":
                self._say(write, mark, await self._cancel(given["word"], int(given["grace_s"])))
            case "settle":
                if (directory := self.files.directory) is not None:
                    directory.nonces.clear()
                    directory.settled = True
                self._say(write, mark, "settled")

    def _say(self, write: Write, mark: str, state: str) -> None:
        self.scene.note(f"{self.name}: {state}")
        born = f" dir={self.files.directory.born}" if self.files.directory is not None else ""
        write(f"{mark} {state} host={self.name}{born}\n".encode())

    def _look(self) -> str:
        found = self.files.directory
        return "absent" if found is None else self._state(found, found.stop or "none")

    def _state(self, found: RunDirectory, stop: str) -> str:  # noqa: PLR0911 - the states, in the launcher's order
        if found.exit is not None:
            age = f" age={found.age(found.wrapper.began_s)}" if found.wrapper else ""
            return f"exited rc={found.exit.rc} size={found.exit.size} stop={stop}{age}"
        if found.started_s is None:
            return "staged"
        if found.wrapper is None:
            return f"starting age={found.age(found.started_s)}"
        if found.wrapper.machine != self.name:
            return "otherhost"
        about = f"size={len(found.log)} age={found.age(found.wrapper.began_s)} stop={stop}"
        if found.wrapper.boot != self.boot:
            return f"rebooted {about}"
        if found.wrapping is not None and found.wrapping.alive:
            return f"running {about}"
        return f"orphaned {about}" if found.script is not None and found.left else f"vanished {about}"

    async def _prepare(self, given: dict[str, str]) -> str:
        if given["op"] == "prepare":
            self.files.directory = self.files.directory or RunDirectory(given["nonce"])
            await self._step()
        if (state := self._look()) != "staged":
            return state
        if not self.files.script_there:
            return "error why=script-missing"
        await self._step()
        if self.files.directory is None:
            return "error why=no-space"
        self.files.directory.nonces.add(given["nonce"])
        return "staged"

    async def _start(self, nonce: str) -> None:
        directory = self.files.directory
        if self._look() != "staged" or directory is None or nonce not in directory.nonces:
            return
        wrapping = Running.start("wrapper", self._wrap(nonce))
        self.processes.append(wrapping)
        for _ in range(10):
            if directory.wrapper is not None or directory.exit is not None:
                break
            await directory.changed(1.0)

    async def _wrap(self, nonce: str) -> None:
        """The detached wrapper: the claim, the script, its exit status."""
        await self._step()
        directory = self.files.directory
        if directory is None or nonce not in directory.nonces:
            return
        if directory.started_s is not None:
            directory.nonces.discard(nonce)
            return
        directory.started_s = now_s()
        directory.wrapping = next(one for one in self.processes if one.task is asyncio.current_task())
        await self._step()
        if self.files.directory is not directory:
            return
        directory.wrapper = Record(self.name, self.boot, now_s())
        directory.has_log = True
        directory.wake()
        await self._step()
        if self.files.directory is not directory or nonce not in directory.nonces:
            rc, directory.script = 127, None  # the command file is gone: sh says so
        else:
            self.scene.script_starts(directory)
            directory.script = Running.start("script", self._run(directory))
            self.processes.append(directory.script)
            await asyncio.wait([directory.script.task])
            killed = directory.script.task.cancelled()
            rc = (directory.killed_as or 137) if killed else directory.script.task.result()
        await self._step()
        if self.files.directory is directory:
            directory.exit = Exit(str(rc), len(directory.log))
            directory.nonces.discard(nonce)
        asyncio.get_running_loop().call_later(0.001, directory.wake)

    async def _run(self, directory: RunDirectory) -> int:
        script = self.scene.plan.script
        for pause_s, data in script.output:
            if pause_s:
                await asyncio.sleep(pause_s)
            directory.write(data)
        if script.stray:
            directory.stray = Running.start("stray", self._stray(directory))
            self.processes.append(directory.stray)
        directory.result = script.result
        return script.exit_status

    async def _stray(self, directory: RunDirectory) -> None:
        for pause_s, data in self.scene.plan.script.stray:
            await asyncio.sleep(pause_s)
            directory.write(data)

    async def _follow(self, mark: str, offset: int, write: Write) -> None:
        directory, state = self.files.directory, self._look()
        self._say(write, mark, state)
        if directory is None or not directory.has_log:
            return
        watched = None
        if state.startswith("running"):
            watched = directory.wrapping
        elif state.startswith("orphaned"):
            watched = directory.script
        while True:
            over = watched is None or not watched.alive
            if len(directory.log) > offset:
                write(bytes(directory.log[offset:]))
                offset = len(directory.log)
            if over:
                return
            await directory.changed(5.0)

    async def _cancel(self, word: str, grace_s: int) -> str:
        directory = self.files.directory
        if directory is None:
            return "absent"
        if directory.started_s is None:
            directory.started_s = now_s()
            directory.truly_stopped = True
            await self._step()
            directory.stop = word
            await self._step()
            directory.exit = Exit("claimed", 0)
            directory.wake()
        await self._step()
        state = self._look()
        if not state.startswith(("running", "orphaned")) or directory.script is None or not directory.left:
            return state
        directory.stop = directory.stop or word
        self._terminate(directory)
        for _ in range(grace_s):
            if not directory.left:
                break
            await asyncio.sleep(1.0)
        for one in directory.left:
            directory.killed_as = 137
            one.kill()
        for _ in range(25):
            await asyncio.sleep(0.2)
            if directory.exit is not None:
                break
        return f"{self._look()} left={len(directory.left)}"

    def _terminate(self, directory: RunDirectory) -> None:
        how = self.scene.plan.script.on_term
        for one in directory.left:
            directory.truly_stopped = True
            if one is directory.script and how == "ignores it":
                continue
            directory.killed_as = 143 if how == "dies" else 0
            one.kill()

    async def _step(self) -> None:
        """The next instruction; a host under load takes its time."""
        slow = self.scene.fails("host")
        await asyncio.sleep(self.scene.random.choice([0.3, 2.0]) if slow else self.scene.random.uniform(0.001, 0.02))

"""The private stack that is harmed: real servers and services, each of which can be killed, frozen and brought back."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.servers import MariaDb, Nats, Process, Sshd, mariadb_server, nats_server, ssh_server
from tests.stack import Stack, environment, stack

ENVIRONMENT = "staging"
EXECUTORS = ("services.executor", "second executor")
LOGSINKS = ("services.logsink", "second logsink")
SERVICES = ("gateway", "services.catalog", *LOGSINKS, *EXECUTORS)
SERVERS = ("nats", "mariadb", "sshd")
TARGETS = (*SERVERS, *SERVICES)


@dataclass
class Scene:
    """`locks`: whoever harms a target holds it, so that harm to others overlaps and harm to one does not."""

    folder: Path
    stack: Stack
    nats: Nats
    mariadb: MariaDb
    sshd: Sshd
    locks: dict[str, asyncio.Lock] = field(default_factory=lambda: {name: asyncio.Lock() for name in TARGETS})
    died: list[str] = field(default_factory=list)
    wiped: list[Path] = field(default_factory=list)

    @asynccontextmanager
    async def hold(self, names: tuple[str, ...]) -> AsyncIterator[None]:
        ordered = sorted(names)
        for name in ordered:
            await self.locks[name].acquire()
        try:
            yield
        finally:
            for name in ordered:
                self.locks[name].release()

    def process(self, name: str) -> Process:
        match name:
            case "nats":
                return self.nats.process
            case "mariadb":
                return self.mariadb.process
            case "sshd":
                return self.sshd.process
            case _:
                return self.stack.processes[name]

    def kill(self, name: str) -> None:
        process = self.process(name)
        if not process.running:
            self.died.append(f"{name} ended by itself: {process.said()[-1500:]}")
        if name == "sshd":
            self.kill_sessions()
        process.kill()

    def freeze(self, name: str) -> None:
        self.process(name).send(signal.SIGSTOP)

    async def start(self, name: str) -> None:
        servers = {"nats": self.nats.start, "mariadb": self.mariadb.start, "sshd": self.sshd.start}
        await asyncio.to_thread(servers.get(name, self.process(name).start))

    def kill_sessions(self) -> None:
        """sshd's own processes for its connections; never what runs in them, for scripts are not theirs to end."""
        for pid in _descendants(self.sshd.process.pid):
            if _name(pid).startswith("sshd"):
                _kill(pid)

    def wipe_nats(self) -> None:
        """While it is down. The old data is set aside: the checker reads in it what had been published."""
        data = self.folder / "nats" / "data"
        self.wiped.append(data.rename(self.folder / "nats" / f"data-{len(self.wiped) + 1}"))


@contextmanager
def scene(folder: Path) -> Iterator[Scene]:
    with ExitStack() as opened:
        nats = opened.enter_context(nats_server(folder / "nats"))
        mariadb = opened.enter_context(mariadb_server(folder / "mariadb"))
        sshd = opened.enter_context(ssh_server(folder / "sshd"))
        environments = {ENVIRONMENT: environment(sshd, folder, max_concurrent=12)}
        running = opened.enter_context(stack(folder / "stack", nats, mariadb.create("chaos"), environments))
        running.start("second executor", "services.executor")
        running.start("second logsink", "services.logsink")
        made = Scene(folder, running, nats, mariadb, sshd)
        opened.callback(_thaw, made)
        yield made


def _thaw(made: Scene) -> None:
    for name in TARGETS:
        if made.process(name).running:
            made.process(name).send(signal.SIGCONT)


def _descendants(root: int) -> list[int]:
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, IndexError):
                continue
    found = [root]
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return found[1:]


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text()
    except OSError:
        return ""


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return

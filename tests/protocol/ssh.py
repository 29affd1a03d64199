"""A network address with a host behind it, and connections to it: as much of asyncssh as `services.executor.host` uses.

The product's own `Host` and `Stream` work on these.
"""

import asyncio
import re
import shlex
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import asyncssh

from process.environments import Environment
from services.executor.errors import HostUnreachable
from services.executor.host import Host
from tests.protocol.loop import now_s
from tests.protocol.machine import Files, Machine
from tests.protocol.processes import Process
from tests.protocol.rundir import Running
from tests.protocol.scene import Scene

KEEPALIVE_S = 45.0
CONNECT_WITHIN_S = 20.0
GIVEN = re.compile(r"^(\w+)=(.*)$")


class Address:
    """Which machine answers there, and whether any does."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.home = self.machine = Machine(scene, "m1", Files())
        self.away_until_s = 0.0
        self.connections: list[Connection] = []

    def lose_connections(self) -> None:
        for connection in self.connections[:]:
            connection.lose()

    def silence(self) -> None:
        for connection in self.connections[:]:
            connection.silence()

    def operations(self) -> list[Running]:
        return [process.work for one in self.connections for process in one.processes if process.work is not None]

    async def connect(self) -> "Connection":
        await asyncio.sleep(0.01)
        if now_s() < self.away_until_s or self.scene.fails("host"):
            if self.scene.random.random() < 0.3:
                await asyncio.sleep(CONNECT_WITHIN_S)
            raise HostUnreachable("does not answer")
        connection = Connection(self)
        self.connections.append(connection)
        return connection


@dataclass(frozen=True)
class Connector:
    """How a process of ours gets to the host, as `services.executor.host.Connector`."""

    address: Address
    process: Process

    @asynccontextmanager
    async def connect(self, _environment: Environment) -> AsyncIterator[Host]:
        self.process.check()
        connection: Any = await self.address.connect()
        self.process.check()
        try:
            yield Host(connection)
        finally:
            connection.abort()


@dataclass
class Connection:
    address: Address
    machine: Machine = field(init=False)
    lost: bool = False
    silent: bool = False
    processes: list["Command"] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.machine = self.address.machine

    def get_server_host_key(self) -> "Connection":
        return self

    def get_fingerprint(self) -> str:
        return "SHA256:key"

    async def create_process(self, _command: str, **_options: object) -> "Command":
        if self.silent:
            await asyncio.sleep(KEEPALIVE_S)
        if self.lost:
            raise asyncssh.ConnectionLost("lost")
        process = Command(self)
        self.processes.append(process)
        return process

    def abort(self) -> None:
        self.lose()
        if self in self.address.connections:
            self.address.connections.remove(self)

    def silence(self) -> None:
        self.silent = True
        asyncio.get_running_loop().call_later(KEEPALIVE_S, self.lose)

    def lose(self) -> None:
        if not self.lost:
            self.lost = True
            for process in self.processes:
                process.connection_lost()


class Command:
    """A command on the host: its input and output, and how it ended. It outlives the connection, or does not."""

    def __init__(self, connection: Connection) -> None:
        self.stdin = self.stdout = self
        self.work: Running | None = None
        self.exit_status: int | None = None
        self.exit_signal: str | None = None
        self._connection = connection
        self._text = b""
        self._output = bytearray()
        self._eof = False
        self._ready = asyncio.Event()

    def write(self, text: bytes) -> None:
        self._text += text

    def write_eof(self) -> None:
        if not (self._connection.lost or self._connection.silent):
            machine = self._connection.machine
            self.work = Running.start("operation", self._operate(machine, given_in(self._text)))
            machine.processes.append(self.work)

    async def read(self, limit: int) -> bytes:
        while self._connection.silent or not (self._output or self._eof):
            if self._connection.lost:
                if self._connection.address.scene.random.random() < 0.5:
                    raise asyncssh.ConnectionLost("lost")
                return b""
            self._ready.clear()
            await self._ready.wait()
        data = bytes(self._output[:limit])
        del self._output[:limit]
        return data

    async def wait_closed(self) -> None: ...

    def close(self) -> None:
        if self._connection.address.scene.random.random() < 0.5:
            self._end()
        if self in self._connection.processes:
            self._connection.processes.remove(self)

    def connection_lost(self) -> None:
        random = self._connection.address.scene.random
        del self._output[random.randint(0, len(self._output)) :]
        if random.random() < 0.5:
            self._end()
        self._ready.set()

    def _end(self) -> None:
        if self.work is not None:
            self.work.kill()

    async def _operate(self, machine: Machine, given: dict[str, str]) -> None:
        machine.scene.note(f"{machine.name}: {given['op']} {given['offset']} {given['word']} {given['nonce']}")
        try:
            await machine.operate(given, self._say)
            self._exited(0)
        except asyncio.CancelledError:
            self._exited(None)
            raise

    def _exited(self, status: int | None) -> None:
        if not self._connection.lost:
            self.exit_status, self.exit_signal = status, "KILL" if status is None else None
            self._eof = True
            self._ready.set()

    def _say(self, data: bytes) -> None:
        if not (self._connection.lost or self._connection.silent):
            self._output += data
            self._ready.set()


def given_in(text: bytes) -> dict[str, str]:
    """The variables at the head of the launcher's text."""
    given = {}
    for line in text[:4000].decode().splitlines()[1:]:
        if (found := GIVEN.match(line)) is None:
            break
        given[found[1]] = shlex.split(found[2])[0] if found[2] != "''" else ""
    return given

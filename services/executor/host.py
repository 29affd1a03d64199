"""One SSH connection to a host for one run, and the launcher's operations on it.

Bytes throughout: with a text encoding, asyncssh kills the connection silently at the first byte that does not fit.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import asyncssh

from process.environments import Environment
from services.executor.errors import HostRefused, HostUnreachable
from services.executor.launcher import MAX_REPORT_BYTES, Operation, Report

CONNECT_WITHIN_S = 20
ANSWER_WITHIN_S = 60
KEEPALIVE_COUNT = 3
HANDSHAKES_AT_ONCE = 5
# Before asyncssh's own order: a packet, so a line that comes alone, is one call of its crypto, with ChaCha20 five.
ENCRYPTION = "^aes256-gcm@openssh.com,aes128-gcm@openssh.com"
# A read takes all that the channel may hold: asyncssh widens the window after each read as if it had, so that smaller
# reads by a slow reader let its buffer grow without end.
WINDOW_BYTES = 1024 * 1024
NOT_NOW = (OSError, asyncssh.Error, TimeoutError)


@dataclass(frozen=True)
class Connector:
    """How this process connects. At most five handshakes at a time for each host: sshd drops more than ten that have
    not finished (MaxStartups). A peer that says nothing for three keepalives is gone."""

    keepalive_s: float = 15
    _limits: dict[tuple[str, int], asyncio.Semaphore] = field(default_factory=dict)

    @asynccontextmanager
    async def connect(self, environment: Environment) -> AsyncIterator["Host"]:
        """Raises HostUnreachable, and HostRefused for what stays wrong. The host key is always verified."""
        limit = self._limits.setdefault((environment.host, environment.port), asyncio.Semaphore(HANDSHAKES_AT_ONCE))
        async with limit:
            connection = await _connect(environment, self.keepalive_s)
        try:
            yield Host(connection)
        finally:
            connection.abort()


class Stream:
    """The answer to an operation: first the report, then bytes until the end."""

    def __init__(self, process: "asyncssh.SSHClientProcess[bytes]", operation: Operation) -> None:
        self._process = process
        self._operation = operation
        self._rest = b""

    async def report(self) -> Report:
        """What a login shell prints before it is passed over."""
        read = b""
        while len(read) < MAX_REPORT_BYTES:
            data = await self._read()
            read += data
            start = read.find(self._operation.mark)
            if start >= 0 and (end := read.find(b"\n", start)) >= 0:
                self._rest = read[end + 1 :]
                return self._operation.report(read[start:end])
            if not data:
                break
        raise HostUnreachable("the host's shell did not answer as the launcher does")

    async def read(self) -> bytes:
        """The next bytes; empty at the end. Raises HostUnreachable where the connection, not the process, ended."""
        if self._rest:
            data, self._rest = self._rest, b""
            return data
        return await self._read()

    async def read_all(self, limit_bytes: int) -> bytes:
        data = b""
        while len(data) <= limit_bytes and (more := await self.read()):
            data += more
        return data

    def close(self) -> None:
        self._process.close()

    async def _read(self) -> bytes:
        try:
            data = await self._process.stdout.read(2 * WINDOW_BYTES)
            if data:
                return data
            await self._process.wait_closed()
        except NOT_NOW as error:
            raise HostUnreachable(f"the connection was lost ({type(error).__name__})") from error
        if self._process.exit_status is None and self._process.exit_signal is None:
            raise HostUnreachable("the connection was lost")
        return b""


@dataclass(frozen=True)
class Host:
    connection: asyncssh.SSHClientConnection

    @property
    def key(self) -> str:
        """The fingerprint of the host key that was verified."""
        key = self.connection.get_server_host_key()
        return key.get_fingerprint() if key is not None else ""

    @asynccontextmanager
    async def open(self, operation: Operation) -> AsyncIterator[Stream]:
        """Raises HostUnreachable."""
        try:
            process = await self.connection.create_process(
                "sh", encoding=None, stderr=asyncssh.DEVNULL, window=WINDOW_BYTES
            )
            process.stdin.write(operation.text)
            process.stdin.write_eof()
        except NOT_NOW as error:
            raise HostUnreachable(f"cannot open a session ({type(error).__name__})") from error
        try:
            yield Stream(process, operation)
        finally:
            process.close()

    async def ask(
        self, operation: Operation, within_s: float = ANSWER_WITHIN_S, rest_bytes: int = 0
    ) -> tuple[Report, bytes]:
        """The report, and up to `rest_bytes` (and a little) of what follows it. Raises HostUnreachable."""
        try:
            async with asyncio.timeout(within_s), self.open(operation) as stream:
                report = await stream.report()
                return report, await stream.read_all(rest_bytes)
        except TimeoutError as error:
            raise HostUnreachable(f"the host did not answer within {within_s:.0f} s") from error


async def _connect(environment: Environment, keepalive_s: float) -> asyncssh.SSHClientConnection:
    where = f"{environment.host}:{environment.port}"
    try:
        async with asyncio.timeout(CONNECT_WITHIN_S):
            return await asyncssh.connect(
                environment.host,
                environment.port,
                username=environment.username,
                client_keys=[asyncssh.read_private_key(environment.client_key)],
                known_hosts=asyncssh.read_known_hosts(environment.known_hosts),
                config=None,
                agent_path=None,
                preferred_auth="publickey",
                encryption_algs=ENCRYPTION,
                keepalive_interval=keepalive_s,
                keepalive_count_max=KEEPALIVE_COUNT,
            )
    except asyncssh.HostKeyNotVerifiable as error:
        raise HostRefused(f"the host key of {where} is not the known one") from error
    except asyncssh.PermissionDenied as error:
        raise HostRefused(f"{where} does not accept the key for {environment.username}") from error
    except (asyncssh.KeyImportError, FileNotFoundError, PermissionError, ValueError) as error:
        raise HostRefused(f"the SSH keys of the environment cannot be read ({type(error).__name__})") from error
    except NOT_NOW as error:
        raise HostUnreachable(f"{where} does not answer: {_cause(error)}") from error


def _cause(error: BaseException) -> str:
    match error:
        case TimeoutError():
            return "no connection in time"
        case ConnectionRefusedError():
            return "connection refused"
        case asyncssh.Error():
            return error.reason or type(error).__name__
        case _:
            return getattr(error, "strerror", None) or type(error).__name__

"""Clients that poll as a page does, so light that what they cost hardly counts: on one machine they take from it."""

import asyncio
import time
from typing import cast

import msgspec
import uvloop


class Page(msgspec.Struct):
    next_after: int


class Connection(asyncio.Protocol):
    """One HTTP connection that stays open."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._received = b""
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end_of_head, body = self._received.partition(b"\r\n\r\n")
        if end_of_head and len(body) >= int(head.partition(b"Content-Length: ")[2].split(b"\r\n")[0]):
            self._received = b""
            if self._answer is not None and not self._answer.done():
                self._answer.set_result((int(head.split(b" ", 2)[1]), body))

    def connection_lost(self, error: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error or ConnectionError("closed"))

    async def get(self, path: str) -> tuple[int, bytes]:
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(f"GET {path} HTTP/1.1\r\nHost: {self._host}\r\n\r\n".encode())
        return await self._answer


class Polling:
    """`took_ms` has what each answer took, `refused` those that were none."""

    def __init__(self, host: str, ids: list[int]) -> None:
        self._host, self._ids = host, ids
        self.took_ms: list[float] = []
        self.refused = 0

    def run(self, clients: int, seconds: float) -> None:
        uvloop.run(self._run(clients, seconds))

    async def _run(self, clients: int, seconds: float) -> None:
        until = time.perf_counter() + seconds
        async with asyncio.TaskGroup() as tasks:
            for number in range(clients):
                tasks.create_task(self._watch(number, number / clients, until))

    async def _watch(self, number: int, begin_s: float, until: float) -> None:
        """The status and what is new in the log, once a second."""
        await asyncio.sleep(begin_s)
        name, _, port = self._host.partition(":")
        loop = asyncio.get_running_loop()
        transport, connection = await loop.create_connection(lambda: Connection(self._host), name, int(port))
        address = f"/api/v1/migration-executions/{self._ids[number % len(self._ids)]}"
        after = await self._new_lines(connection, f"{address}/logs?tail=1", 0)
        while (started := time.perf_counter()) < until:
            await self._get(connection, address)
            after = await self._new_lines(connection, f"{address}/logs?after={after}&limit=1000", after)
            await asyncio.sleep(max(0, started + 1 - time.perf_counter()))
        transport.close()

    async def _new_lines(self, connection: Connection, path: str, after: int) -> int:
        body = await self._get(connection, path)
        return after if body is None else msgspec.json.decode(body, type=Page).next_after

    async def _get(self, connection: Connection, path: str) -> bytes | None:
        started = time.perf_counter()
        status, body = await connection.get(path)
        self.took_ms.append((time.perf_counter() - started) * 1000)
        if status == 200:
            return body
        self.refused += 1
        return None

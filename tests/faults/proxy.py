"""A network that can be cut without a word: a TCP proxy that stops forwarding."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

READ_BYTES = 65536


@dataclass
class Proxy:
    port: int = 0
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _flowing: asyncio.Event = field(default_factory=asyncio.Event)

    def cut(self) -> None:
        """Connections stay open, and nothing passes, in either direction."""
        self._loop.call_soon_threadsafe(self._flowing.clear)

    def mend(self) -> None:
        self._loop.call_soon_threadsafe(self._flowing.set)

    async def serve(self, target: int, ready: threading.Event) -> None:
        self._flowing.set()

        async def joined(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            there_reader, there_writer = await asyncio.open_connection("127.0.0.1", target)
            await asyncio.gather(self._pass(reader, there_writer), self._pass(there_reader, writer))

        server = await asyncio.start_server(joined, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        with suppress(asyncio.CancelledError):
            await server.serve_forever()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(READ_BYTES):
                await self._flowing.wait()
                writer.write(data)
                await writer.drain()
        writer.close()


@contextmanager
def proxy(target: int) -> Iterator[Proxy]:
    link, ready = Proxy(), threading.Event()
    serving: list[asyncio.Task[None]] = []

    def run() -> None:
        serving.append(link._loop.create_task(link.serve(target, ready)))
        link._loop.run_forever()
        link._loop.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield link
    finally:
        for task in asyncio.all_tasks(link._loop):
            link._loop.call_soon_threadsafe(task.cancel)
        link._loop.call_soon_threadsafe(link._loop.call_later, 0.2, link._loop.stop)
        thread.join(10)

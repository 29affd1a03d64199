"""One connection to NATS for a process, for as long as it lives."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import nats
import nats.errors
import structlog
from nats.aio.client import Client
from nats.js import JetStreamContext

PING_WITHIN_S = 3
log = structlog.get_logger()


@dataclass(frozen=True)
class Bus:
    client: Client
    stream: JetStreamContext
    reconnected: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def connected(self) -> bool:
        return self.client.is_connected

    async def answers(self) -> bool:
        """Whether the server answers now: a connection may stand to one that is frozen."""
        if not self.connected:
            return False
        try:
            await self.client.flush(timeout=PING_WITHIN_S)
        except (nats.errors.Error, TimeoutError, OSError):
            return False
        return True


@asynccontextmanager
async def connect(url: str, name: str, creds: str | None = None) -> AsyncIterator[Bus]:
    """Waits until NATS answers, then reconnects for ever. `reconnected` is set after each time it was away."""
    reconnected = asyncio.Event()
    said_away = False

    async def on_error(error: Exception) -> None:
        nonlocal said_away
        if not said_away or isinstance(error, nats.errors.SlowConsumerError):
            log.warning("nats", error=type(error).__name__)
        said_away = True

    async def on_disconnect() -> None:
        log.warning("nats is away")

    async def on_reconnect() -> None:
        nonlocal said_away
        said_away = False
        log.info("nats is back")
        reconnected.set()

    client = await nats.connect(
        servers=url.split(","),
        name=f"medpro-{name}",
        user_credentials=creds,
        max_reconnect_attempts=-1,
        reconnect_time_wait=0.5,
        connect_timeout=5,
        ping_interval=20,
        drain_timeout=5,
        error_cb=on_error,
        disconnected_cb=on_disconnect,
        reconnected_cb=on_reconnect,
    )
    try:
        yield Bus(client, client.jetstream(timeout=5), reconnected)
    finally:
        await _close(client)


def honour_cancellation() -> None:
    """After each wait of nats-py's: on Python 3.11 its `wait_for` swallows a cancellation that comes together with the
    result, and a task that was cancelled would live on."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


async def _close(client: Client) -> None:
    """What is lost here was either not promised (hints) or is done again by whoever comes after us."""
    with suppress(nats.errors.Error, TimeoutError, OSError):
        await client.flush(timeout=2)
    with suppress(RuntimeError):  # with NATS away, nats-py writes to uvloop's closed transport
        await client.close()

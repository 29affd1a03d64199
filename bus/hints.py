"""Listening to hints: core NATS, at most once. Nothing may depend on one."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import nats.errors
from nats.aio.msg import Msg

from bus.connection import Bus


@asynccontextmanager
async def listen(bus: Bus, subject: str, heard: Callable[[bytes], Awaitable[None]]) -> AsyncIterator[None]:
    """Calls `heard` with each payload, one after another; it must not wait."""

    async def on_message(message: Msg) -> None:
        await heard(message.data)

    subscription = await bus.client.subscribe(subject, cb=on_message)
    try:
        yield
    finally:
        with suppress(nats.errors.Error):  # where the connection is gone, the subscription is gone with it
            await subscription.unsubscribe()

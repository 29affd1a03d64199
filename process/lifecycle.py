"""A service process from start to end: uvloop, SIGTERM and SIGINT as cancellation, a deadline for leaving."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import structlog
import uvloop

from process.settings import SettingsError
from proto.problems import Unavailable

STOP_WITHIN_S = 10
SIGNALS = (signal.SIGTERM, signal.SIGINT)
log = structlog.get_logger()


def run(main: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Runs `main` until it ends or a signal cancels it. Its clean-up has ten seconds, then the process is ended."""
    try:
        uvloop.run(_until_signalled(main))
    except asyncio.CancelledError:
        log.info("stopped")
    except SettingsError as error:
        sys.exit(f"medpro: {error}")


async def every(interval_s: float, work: Callable[[], Awaitable[None]], wake: asyncio.Event | None = None) -> None:
    """Does `work` now, then each `interval_s` and whenever `wake` is set. What is unavailable is tried next time."""
    while True:
        if wake is not None:
            wake.clear()
        try:
            await work()
        except Unavailable as error:
            log.warning("unavailable", work=getattr(work, "__qualname__", str(work)), reason=str(error))
        if wake is None:
            await asyncio.sleep(interval_s)
            continue
        try:
            async with asyncio.timeout(interval_s):
                await wake.wait()
        except TimeoutError:
            continue


async def cancel_and_wait(*tasks: "asyncio.Task[None]") -> None:
    """Cancels until they are done: nats-py uses `wait_for`, which may swallow a cancellation in Python 3.11."""
    while left := [task for task in tasks if not task.done()]:
        for task in left:
            task.cancel()
        await asyncio.wait(left, timeout=1)


@asynccontextmanager
async def beside(work: Coroutine[Any, Any, None], name: str) -> AsyncIterator[None]:
    """Does `work` beside the block and ends it with the block; the first failure of either ends both and is raised."""
    try:
        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(work, name=name)
            yield
            await cancel_and_wait(task)
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None


async def _until_signalled(main: Callable[[], Coroutine[Any, Any, None]]) -> None:
    loop = asyncio.get_running_loop()
    work = asyncio.ensure_future(main())

    def stop(name: str) -> None:
        log.info("stopping", signal=name)
        work.cancel()
        loop.call_later(STOP_WITHIN_S, os._exit, 70)
        for number in SIGNALS:  # asked again, it goes on leaving: a second cancellation would break off the clean-up
            loop.add_signal_handler(number, log.info, "stopping already")

    for number in SIGNALS:
        loop.add_signal_handler(number, stop, number.name)
    await work

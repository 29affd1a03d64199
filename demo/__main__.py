"""`make run`: NATS, SQLite, an SSH host and the four services as processes; sample migrations on the first start."""

import asyncio
import signal
import sys
import time
from contextlib import AsyncExitStack

import aiohttp

from demo.layout import DemoError, Layout, lay_out, read_layout
from demo.samples import register_samples
from demo.supervisor import run_once, running

READY_WITHIN_S = 60


def main() -> None:
    try:
        asyncio.run(_run(read_layout()))
    except* DemoError as group:
        error: BaseException = group
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        sys.exit(f"demo: {error}")


async def _run(layout: Layout) -> None:
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    await asyncio.to_thread(lay_out, layout)
    logs = layout.folder / "logs"
    print(f"Starting; data and logs are in {layout.folder}", flush=True)
    upgrade = [sys.executable, "-m", "schema", "upgrade"]
    await run_once("schema", upgrade, logs / "schema.log", layout.variables)
    async with AsyncExitStack() as stack:
        for name, command in layout.commands.items():
            await stack.enter_async_context(running(name, command, logs / f"{name}.log", layout.variables))
        if await _ready(layout, stopping):
            print(_welcome(layout, first=await register_samples(layout.address)), flush=True)
            await stopping.wait()
        print("\nStopping the stack; scripts that run go on, and the next `make run` finds them again.", flush=True)


async def _ready(layout: Layout, stopping: asyncio.Event) -> bool:
    """False where it was stopped before. Raises DemoError when it takes too long."""
    deadline = time.monotonic() + READY_WITHIN_S
    async with aiohttp.ClientSession() as session:
        while not stopping.is_set():
            try:
                async with session.get(f"{layout.address}/readyz") as answer:
                    if answer.status == 200:
                        return True
            except aiohttp.ClientError:
                pass
            if time.monotonic() > deadline:
                raise DemoError(f"not ready within {READY_WITHIN_S} s; see the logs in {layout.folder / 'logs'}")
            await asyncio.sleep(0.1)
    return False


def _welcome(layout: Layout, *, first: bool) -> str:
    api = f"{layout.address}/api/v1"
    registered = "Two sample sources and three jobs were registered." if first else "Your sources and jobs are there."
    return f"""
MedPro Migration Management is ready: {layout.address}
{registered} Try:

  curl {api}/migration-jobs
  curl -X POST {api}/migration-jobs/1/execute -H 'Content-Type: application/json' \\
       -d '{{"environment_id": "staging"}}'
  curl {api}/migration-executions/1
  curl '{api}/migration-executions/1/logs?tail=10'

Ctrl-C stops the stack."""


if __name__ == "__main__":
    main()

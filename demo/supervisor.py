"""Keeps the demo's processes running: starts them in order, starts again what dies, stops them in reverse.

Each process has a session of its own, so that Ctrl-C reaches only us; if we are killed, the kernel ends them.
"""

import asyncio
import ctypes
import os
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from demo.layout import DemoError

STOP_WITHIN_S = 12
RESTART_AFTER_S = 1.0
RESTARTS_AT_MOST = 5
PR_SET_PDEATHSIG = 1


@asynccontextmanager
async def running(name: str, command: list[str], log: Path, variables: Mapping[str, str]) -> AsyncIterator[None]:
    """The process lives as long as the block. Raises DemoError (in a group) when it keeps dying."""
    async with asyncio.TaskGroup() as tasks:
        keeping = tasks.create_task(_keep_running(name, command, log, variables), name=name)
        yield
        keeping.cancel()


async def run_once(name: str, command: list[str], log: Path, variables: Mapping[str, str]) -> None:
    process = await _start(command, log, variables)
    if await process.wait():
        raise DemoError(f"{name} failed; the end of its log:\n{_tail(log)}")


async def _keep_running(name: str, command: list[str], log: Path, variables: Mapping[str, str]) -> None:
    for _ in range(RESTARTS_AT_MOST):
        process = await _start(command, log, variables)
        try:
            status = await process.wait()
        except asyncio.CancelledError:
            await _stop(process)
            raise
        print(f"  {name} ended with status {status}; starting it again ({log})", flush=True)
        await asyncio.sleep(RESTART_AFTER_S)
    raise DemoError(f"{name} keeps ending; the end of its log:\n{_tail(log)}")


async def _start(command: list[str], log: Path, variables: Mapping[str, str]) -> asyncio.subprocess.Process:
    with log.open("ab") as output:
        return await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=variables,
            start_new_session=True,
            preexec_fn=_end_with_parent,
        )


async def _stop(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), STOP_WITHIN_S)
    except TimeoutError:
        process.kill()
        await process.wait()


def _end_with_parent() -> None:
    with suppress(OSError, AttributeError):  # Linux only; elsewhere a killed demo leaves its processes
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() == 1:
        os.kill(os.getpid(), signal.SIGTERM)


def _tail(log: Path, lines: int = 15) -> str:
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])

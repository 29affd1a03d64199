"""Stopping a script: because it was asked for, or because it runs longer than the environment allows.

TERM to everything that belongs to it, KILL after the grace, on the host, by the launcher. Whether it really ended, the
run directory says; what is not confirmed is said so and tried again.
"""

import asyncio

import structlog

from services.executor.errors import HostUnreachable
from services.executor.heart import Heart
from services.executor.host import ANSWER_WITHIN_S, Host
from services.executor.launcher import Launcher

TRY_AGAIN_S = 5
LOOK_AT_AGE_S = 5.0
log = structlog.get_logger()


async def stop_when_asked(
    host: Host, launcher: Launcher, heart: Heart, max_duration_s: float | None, grace_s: int
) -> None:
    """Returns when nothing of the script is left, or the connection is lost: the next one begins here again."""
    word = await _asked(heart, max_duration_s)
    while True:
        log.info("stopping the script", word=word)
        try:
            report, _ = await host.ask(launcher.cancel(word, grace_s), grace_s + ANSWER_WITHIN_S)
        except HostUnreachable as error:
            heart.note_cancel(f"not confirmed: {error}")
            return
        left = int(report.facts.get("left", "0"))
        if left:
            heart.note_cancel(f"{left} processes of the script could not be ended; trying again")
        elif report.state not in ("running", "orphaned", "starting", "staged"):
            return
        await asyncio.sleep(TRY_AGAIN_S)


async def _asked(heart: Heart, max_duration_s: float | None) -> str:
    if max_duration_s is None:
        await heart.cancel.wait()
        return "cancelled"
    while heart.script_age_s < max_duration_s:
        remaining_s = max_duration_s - heart.script_age_s
        try:
            async with asyncio.timeout(max(0.05, min(remaining_s, LOOK_AT_AGE_S))):
                await heart.cancel.wait()
        except TimeoutError:
            continue
        return "cancelled"
    return "timed_out"

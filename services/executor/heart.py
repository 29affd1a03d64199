"""The heart of a run: keeps the command in our hands, tells logsink what is known and hears what is wanted.

A beat every ten seconds, one second after bytes went out without a commit, and at once when something was learned.
Hints on the bus shorten the wait; a lost hint costs a beat.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import structlog

from bus.connection import Bus
from bus.hints import listen
from bus.pull import Delivery
from bus.requests import ask
from proto import subjects
from proto.problems import Rejected, Unavailable
from proto.requests import Heartbeat
from proto.runs import Standing
from services.executor.shipping import Shipper

UNCOMMITTED_BEAT_S = 1.0
log = structlog.get_logger()


@dataclass
class Heart:
    """What is known of a run, and what logsink said last. Ages are of now, whatever the clocks of others show."""

    bus: Bus
    execution_id: int
    delivery: Delivery
    shipper: Shipper
    interval_s: float
    cancel: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    _start_told: asyncio.Event = field(default_factory=asyncio.Event)
    _poked: asyncio.Event = field(default_factory=asyncio.Event)
    _script_started: float | None = None
    _unreachable_since: float | None = None
    _unreachable_reason: str | None = None
    _cancel_note: str | None = None
    _again_after_s: float = UNCOMMITTED_BEAT_S

    def script_runs(self, age_s: float) -> None:
        if self._script_started is None:
            self._script_started = time.monotonic() - age_s
            self._poked.set()

    @property
    def script_age_s(self) -> float:
        return 0 if self._script_started is None else time.monotonic() - self._script_started

    async def start_told(self) -> None:
        """Returns when logsink knows that the script was started: the end must not come before."""
        if self._script_started is not None:
            await self._start_told.wait()

    def unreachable(self, reason: str) -> None:
        self._unreachable_since = self._unreachable_since or time.monotonic()
        self._unreachable_reason = reason
        self._poked.set()

    def reachable(self) -> None:
        if self._unreachable_since is not None:
            self._unreachable_since = self._unreachable_reason = None
            self._poked.set()

    def note_cancel(self, note: str) -> None:
        self._cancel_note = note
        self._poked.set()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Hears the hints of this execution."""

        async def on_committed(payload: bytes) -> None:
            if payload.isdigit():
                self.shipper.commit(int(payload))
            if self.shipper.end is not None:
                self._poked.set()

        async def on_cancel(_payload: bytes) -> None:
            self._poked.set()

        async with (
            listen(self.bus, subjects.committed(self.execution_id), on_committed),
            listen(self.bus, subjects.cancel(self.execution_id), on_cancel),
        ):
            yield

    async def beat(self) -> None:
        """Beats until cancelled. While nothing is committed, and while nobody answers, it asks soon, then ever more
        rarely: hundreds of runs that wait for a busy logsink must not be what keeps it busy."""
        held_at = told_at = float("-inf")
        ask_after_s = UNCOMMITTED_BEAT_S
        while True:
            now = time.monotonic()
            if now - held_at >= self.interval_s:
                held_at = now
                await self.delivery.in_progress()
            due_s = min(ask_after_s, self.interval_s) if self.shipper.stalled else self.interval_s
            if self._poked.is_set() or now - told_at >= due_s:
                self._poked.clear()
                told_at = now
                ask_after_s = min(ask_after_s * 2, self.interval_s) if self.shipper.stalled else UNCOMMITTED_BEAT_S
                await self._tell()
            pause_s = min(UNCOMMITTED_BEAT_S, self.interval_s) if self.shipper.waiting else self.interval_s
            try:
                async with asyncio.timeout(pause_s):
                    await self._poked.wait()
            except TimeoutError:
                continue

    async def _tell(self) -> None:
        now = time.monotonic()
        heartbeat = Heartbeat(
            execution_id=self.execution_id,
            script_age_ms=_age_ms(now, self._script_started),
            unreachable_for_ms=_age_ms(now, self._unreachable_since),
            unreachable_reason=self._unreachable_reason,
            cancel_note=self._cancel_note,
        )
        try:
            standing = await ask(self.bus, heartbeat, Standing)
        except (Unavailable, Rejected) as error:
            log.info("heartbeat not answered", execution_id=self.execution_id, reason=str(error))
            await self.delivery.in_progress()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._again_after_s):
                    await self._poked.wait()
            self._poked.set()
            self._again_after_s = min(self._again_after_s * 2, self.interval_s)
            return
        self._again_after_s = UNCOMMITTED_BEAT_S
        if heartbeat.script_age_ms is not None or standing.ended:
            self._start_told.set()
        self.shipper.commit(standing.committed_bytes)
        if standing.cancel_requested:
            self.cancel.set()
        if standing.ended:
            self.ended.set()


def _age_ms(now: float, since: float | None) -> int | None:
    return None if since is None else round((now - since) * 1000)

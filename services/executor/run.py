"""One run, from the command to its committed end: attach, connect, prepare, launch, follow, end (ARCHITECTURE.md).

Others may follow the same run at the same time or take it over at any moment; nothing here counts on being alone.
"""

import asyncio
import random
import time
from dataclasses import dataclass, field

import structlog

from bus.connection import Bus
from bus.pull import Delivery
from bus.requests import ask
from process.environments import Environment, Environments
from process.lifecycle import cancel_and_wait
from proto.problems import Rejected, Unavailable
from proto.requests import Attach, End
from proto.runs import Attachment, RunEnd, Standing
from services.executor.errors import HostRefused, HostUnreachable
from services.executor.heart import Heart
from services.executor.host import Connector, Host
from services.executor.hosted import HostedRun
from services.executor.launcher import Launcher
from services.executor.shipping import Pace, Shipper
from services.executor.window import Window

BACKOFF_S = (0.5, 30.0)
SETTLE_WITHIN_S = 30
SETTLE_AGAIN_S = (1, 2, 4, 8, 0)
log = structlog.get_logger()


@dataclass(frozen=True)
class Executor:
    """What all runs of this process share."""

    bus: Bus
    environments: Environments
    connector: Connector
    heartbeat_s: float
    cancel_grace_s: int
    keep_logs_days: int
    pace: Pace = field(default_factory=Pace)


@dataclass
class Run:
    executor: Executor
    execution_id: int
    delivery: Delivery
    heart: Heart | None = field(default=None, init=False)
    attached: bool = field(default=False, init=False)
    settled: bool = field(default=False, init=False)

    def hold(self, delivery: Delivery) -> None:
        """The command came again, to us: from now on this delivery is the one to keep in our hands."""
        self.delivery = delivery
        if self.heart is not None:
            self.heart.delivery = delivery

    async def follow(self) -> None:
        """Returns when the final status is committed, and the command is acknowledged. Raises Rejected for an
        execution that does not exist."""
        attachment = await self._attach()
        self.attached = True
        environment = self.executor.environments[attachment.request.environment_id]
        staged = attachment.launched_on is not None
        if not attachment.ended:
            staged = await self._until_ended(attachment, environment)
        if staged and not self.settled:
            await self._settle_alone(attachment, environment)
        await self.delivery.ack()

    async def _attach(self) -> Attachment:
        delay_s = BACKOFF_S[0]
        while True:
            try:
                return await ask(self.executor.bus, Attach(execution_id=self.execution_id), Attachment)
            except Unavailable as error:
                log.info("cannot attach yet", reason=str(error))
                await self.delivery.in_progress()
                await asyncio.sleep(delay_s)
                delay_s = min(delay_s * 2, 5.0)

    async def _until_ended(self, attachment: Attachment, environment: Environment) -> bool:
        """Whether something may lie in the run directory."""
        window = Window(attachment.committed_bytes)
        shipper = Shipper(self.executor.bus, self.execution_id, window, self.executor.pace)
        heart = Heart(self.executor.bus, self.execution_id, self.delivery, shipper, self.executor.heartbeat_s)
        self.heart = heart
        if attachment.cancel_requested:
            heart.cancel.set()
        hosted = HostedRun(self.executor.bus, self.execution_id, attachment, environment, shipper, heart)
        async with heart.listening(), asyncio.TaskGroup() as tasks:
            beating = tasks.create_task(heart.beat(), name="heart")
            shipping = tasks.create_task(shipper.run(), name="shipper")
            driving = tasks.create_task(self._drive(hosted, environment), name="drive")
            await heart.ended.wait()
            await cancel_and_wait(beating, shipping)
            if not hosted.reached_end:
                await cancel_and_wait(driving)  # it ended without us: before the launch, or by another executor
        return hosted.staged

    async def _drive(self, hosted: HostedRun, environment: Environment) -> None:
        """Connects again and again until the end is known; before the launch only for `connect_timeout_s`."""
        deadline = time.monotonic() + environment.connect_timeout_s
        delay_s = BACKOFF_S[0]
        while True:
            try:
                async with self.executor.connector.connect(environment) as host:
                    delay_s = BACKOFF_S[0]
                    hosted.heart.reachable()
                    how = await hosted.to_the_end(host, self.executor.cancel_grace_s)
                    await hosted.heart.start_told()
                    hosted.shipper.finish(how)
                    await hosted.heart.ended.wait()
                    await self._settle(host, hosted.launcher)
                    return
            except HostRefused as error:
                final, reason = True, str(error)
            except HostUnreachable as error:
                final, reason = time.monotonic() > deadline, str(error)
            if hosted.reached_end:
                return
            if final and not hosted.launched:
                if await self._end_not_started(hosted.heart, reason):
                    return
                hosted.launched_on = (await self._attach()).launched_on
            log.warning("host", reason=reason, launched=hosted.launched)
            hosted.heart.unreachable(reason)
            await asyncio.sleep(delay_s * random.uniform(0.5, 1))  # noqa: S311 - jitter, not a secret
            delay_s = min(delay_s * 2, BACKOFF_S[1])

    async def _end_not_started(self, heart: Heart, reason: str) -> bool:
        """False where it was launched meanwhile, by another executor: then it is to be followed."""
        end = RunEnd(ending="not_started", reason=reason)
        while True:
            try:
                await ask(self.executor.bus, End(execution_id=self.execution_id, end=end), Standing)
            except Rejected as error:
                log.info("it was launched by another", reason=str(error))
                return False
            except Unavailable as error:
                log.info("cannot say yet that it did not start", reason=str(error))
                await asyncio.sleep(1)
            else:
                heart.ended.set()
                return True

    async def _settle(self, host: Host, launcher: Launcher) -> None:
        """The outcome is committed: command files, which hold secrets, go now; the log goes in some days."""
        try:
            await host.ask(launcher.settle(self.executor.keep_logs_days), SETTLE_WITHIN_S)
            self.settled = True
        except HostUnreachable as error:
            log.info("run directory is not settled", reason=str(error))

    async def _settle_alone(self, attachment: Attachment, environment: Environment) -> None:
        """Over a connection of its own: the run ended without us, or the connection was lost before the end was
        committed. Nothing may be there at all."""
        launcher = Launcher(environment.run_directory, attachment.run_key)
        for delay_s in SETTLE_AGAIN_S:
            await self.delivery.in_progress()
            try:
                async with self.executor.connector.connect(environment) as host:
                    await self._settle(host, launcher)
            except (HostRefused, HostUnreachable) as error:
                log.info("run directory is not settled", reason=str(error))
            if self.settled:
                return
            await asyncio.sleep(delay_s)

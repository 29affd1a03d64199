"""Commands: pulled one at a time for each environment while a slot is free, each followed by a task of its own."""

import asyncio
from dataclasses import dataclass, field

import msgspec
import structlog

from bus.pull import Delivery, deliveries
from proto import subjects
from proto.problems import Rejected, Unavailable
from proto.runs import Execute
from services.executor.run import Executor, Run

# Not at once: it would come to our own last request, which nobody reads any more, and wait there for the ack wait.
HAND_OVER_AFTER_S = 0.5
ATTACH_AT_ONCE = 16
log = structlog.get_logger()


@dataclass
class Commands:
    executor: Executor
    environment_ids: list[str]
    slots: int
    runs: dict[int, Run] = field(default_factory=dict)

    async def run(self) -> None:
        """Until cancelled; then every command goes back, so that another executor attaches at once."""
        async with asyncio.TaskGroup() as tasks:
            for environment_id in self.environment_ids:
                tasks.create_task(self._pull(environment_id, tasks), name=f"pull-{environment_id}")

    async def _pull(self, environment_id: str, tasks: asyncio.TaskGroup) -> None:
        durable = subjects.execute_durable(environment_id)
        async for delivery in deliveries(self.executor.bus, subjects.EXECUTE, durable, self._room):
            await self._take(delivery, tasks)

    def _room(self) -> int:
        """None while many wait for logsink: what it is asked for faster than it answers, it would never answer."""
        if sum(not run.attached for run in self.runs.values()) >= ATTACH_AT_ONCE:
            return 0
        return min(1, self.slots - len(self.runs))

    async def _take(self, delivery: Delivery, tasks: asyncio.TaskGroup) -> None:
        try:
            execution_id = msgspec.json.decode(delivery.data, type=Execute).execution_id
            if execution_id != subjects.execution_id_of(delivery.subject):
                raise ValueError("subject and payload name different executions")
        except (msgspec.MsgspecError, ValueError) as error:
            await self._bury(delivery, f"not understood: {error}")
            return
        if (known := self.runs.get(execution_id)) is not None:
            known.hold(delivery)
        elif len(self.runs) >= self.slots:
            await delivery.nak(1)
        else:
            run = self.runs[execution_id] = Run(self.executor, execution_id, delivery)
            tasks.create_task(self._follow(run), name=f"run-{execution_id}")

    async def _follow(self, run: Run) -> None:
        with structlog.contextvars.bound_contextvars(execution_id=run.execution_id):
            log.info("run taken")
            try:
                await run.follow()
                log.info("run done")
            except asyncio.CancelledError:
                await run.delivery.nak(HAND_OVER_AFTER_S)
                raise
            except Rejected as error:
                await self._bury(run.delivery, str(error))
            except Exception:
                log.exception("run failed here")
                await run.delivery.nak(5)
            finally:
                del self.runs[run.execution_id]

    async def _bury(self, delivery: Delivery, reason: str) -> None:
        try:
            await delivery.dead_letter(reason)
        except Unavailable as error:
            log.warning("dead letter waits", reason=str(error))
            await delivery.nak(5)

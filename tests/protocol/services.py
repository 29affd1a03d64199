"""The three services' processes, made of the product's own parts. `begin` starts one of a kind."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeVar

from process.environments import Environment, SecretPlace
from process.lifecycle import every
from proto.api import Execution
from proto.problems import Unavailable
from proto.requests import CancelExecution, Request
from services.catalog.dispatch import sweep
from services.executor.commands import Commands
from services.executor.run import Executor
from services.logsink.events import Announcer
from services.logsink.handlers import Logsink, handlers
from services.logsink.intake import Intake
from tests.protocol.bus import Wire, ask
from tests.protocol.database import EXECUTION, load_execution, transaction
from tests.protocol.processes import Process
from tests.protocol.ssh import Connector
from tests.protocol.world import World

T = TypeVar("T")
SWEEP_EVERY_S, SILENT_FOR_S, HEARTBEAT_S = 10.0, 60.0, 10.0
GRACE_S = 3
SLOTS = 4


class Database:
    """As `schema.engine.Database`: it may not answer, before the transaction or after its commit."""

    def __init__(self, world: World, process: Process) -> None:
        self._world, self._process = world, process

    async def write(self, work: Callable[[Any], Awaitable[T]]) -> T:
        await self._way()
        with transaction(self._world.engine) as session:
            result = await work(session)
            seen = None if session.changed_unseen else session.execution
        self._world.committed(seen or load_execution(self._world.engine))
        await self._way()
        return result

    async def read(self, work: Callable[[Any], Awaitable[T]]) -> T:
        await self._way()
        with transaction(self._world.engine) as session:
            return await work(session)

    async def _way(self) -> None:
        self._process.check()
        await asyncio.sleep(self._world.random.uniform(0.0005, 0.003))
        self._process.check()
        if self._world.fails("database"):
            raise Unavailable("the database does not answer", "database_unavailable")


def environment(world: World) -> Environment:
    plan = world.plan
    return Environment(
        host="h", username="u", client_key="k", known_hosts="n", max_duration_s=plan.max_duration_s,
        connect_timeout_s=plan.connect_timeout_s, secrets={"token": SecretPlace(variable="SIMULATED_SECRET")},
    )  # fmt: skip


def executor(world: World, number: int) -> Process:
    async def main(process: Process) -> None:
        wire: Any = Wire(world.network, process)
        connector: Any = Connector(world.address, process)
        shared = Executor(wire, {"staging": environment(world)}, connector, HEARTBEAT_S, GRACE_S, 7)
        await Commands(shared, ["staging"], SLOTS).run()

    return Process(world, f"executor {number}", main)


def logsink(world: World, number: int) -> Process:
    async def main(process: Process) -> None:
        wire: Any = Wire(world.network, process)
        database: Any = Database(world, process)
        announcer = Announcer(wire, database)
        parts = Logsink(wire, database, announcer)
        table = handlers(parts)

        async def answer(request: Request) -> Any:
            return await table[type(request)](request)

        world.network.answerers.append((process, answer))
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(every(SWEEP_EVERY_S, announcer.sweep))
            tasks.create_task(Intake(wire, database, announcer).run())

    return Process(world, f"logsink {number}", main)


def catalog(world: World, environments: dict[str, Environment] | None = None) -> Process:
    """`environments` may be empty: it was removed from the file."""

    async def main(process: Process) -> None:
        wire: Any = Wire(world.network, process)
        database: Any = Database(world, process)
        known = {"staging": environment(world)} if environments is None else environments
        await every(SWEEP_EVERY_S, partial(sweep, wire, database, known, SILENT_FOR_S))

    return Process(world, "catalog", main)


def cancel(world: World) -> Process:
    """An operator, who tries until it is answered."""

    async def main(process: Process) -> None:
        wire = Wire(world.network, process)
        while True:
            try:
                await ask(wire, CancelExecution(id=EXECUTION), Execution)
            except Unavailable:
                await asyncio.sleep(0.2)
            else:
                return

    return Process(world, "operator", main)

"""The nemesis: does to the world what a plan says, when it says so, and afterwards makes good what can be made good."""

import asyncio

from tests.protocol import services
from tests.protocol.loop import now_s
from tests.protocol.machine import Files, Machine
from tests.protocol.plan import Harm
from tests.protocol.processes import Process
from tests.protocol.rundir import RunDirectory
from tests.protocol.world import World

LOGSINKS, EXECUTORS_AT_MOST = 2, 3
CONSUMER_GONE_S = 10.0


class Nemesis:
    def __init__(self, world: World) -> None:
        self.world = world
        self._number = 0
        self.executors = [self._executor() for _ in range(world.plan.executors)]
        self.logsinks = [self._logsink() for _ in range(LOGSINKS)]
        self.catalog = services.catalog(world)
        self.operators: list[Process] = []

    async def run(self) -> None:
        """Everything in the plan; afterwards all is calm and somebody of each kind is at work."""
        world = self.world
        async with asyncio.TaskGroup() as tasks:
            for harm in world.plan.harms:
                tasks.create_task(self._do(harm))
        await asyncio.sleep(max(0.0, world.plan.calm_s - now_s()))
        world.calm = True
        world.note("calm")
        self._at_work()

    def processes(self) -> list[Process]:
        return [*self.executors, *self.logsinks, self.catalog, *self.operators]

    def _at_work(self) -> None:
        if not any(process.alive for process in self.executors):
            self.executors.append(self._executor())
        if not any(process.alive for process in self.logsinks):
            self.logsinks.append(self._logsink())
        if not self.catalog.alive:
            self.catalog = services.catalog(self.world)

    async def _do(self, harm: Harm) -> None:
        await asyncio.sleep(harm.at_s)
        self.world.note(f"HARM {harm.what} for {harm.lasts_s} s")
        await getattr(self, "_" + harm.what.replace(",", "").replace(" ", "_"))(harm.lasts_s)

    # our processes

    async def _kill_executor(self, lasts_s: float) -> None:
        if process := self._one(self.executors):
            process.kill()
        await asyncio.sleep(lasts_s)
        self._at_work()

    async def _stop_executor(self, lasts_s: float) -> None:
        if process := self._one(self.executors):
            await process.stop()
        await asyncio.sleep(lasts_s)
        self._at_work()

    async def _start_executor(self, _lasts_s: float) -> None:
        if sum(process.alive for process in self.executors) < EXECUTORS_AT_MOST:
            self.executors.append(self._executor())

    async def _kill_logsink(self, lasts_s: float) -> None:
        if process := self._one(self.logsinks):
            process.kill()
        await asyncio.sleep(lasts_s)
        self.logsinks.append(self._logsink())

    async def _kill_catalog(self, lasts_s: float) -> None:
        self.catalog.kill()
        await asyncio.sleep(lasts_s)
        self._at_work()

    # the bus

    async def _bus_away(self, lasts_s: float) -> None:
        self.world.network.away_until_s = now_s() + lasts_s

    async def _bus_wiped(self, lasts_s: float) -> None:
        network = self.world.network
        network.away_until_s = now_s() + min(lasts_s, 3.0)
        for queue in (network.execute, network.logs):
            queue.wipe(self.world.random.uniform(0, CONSUMER_GONE_S))

    async def _commands_again(self, _lasts_s: float) -> None:
        self.world.network.execute.again()

    async def _logs_again(self, _lasts_s: float) -> None:
        self.world.network.logs.again()

    async def _logs_lost(self, _lasts_s: float) -> None:
        messages = self.world.network.logs.messages
        for number in list(messages):
            if self.world.random.random() < 0.6:
                del messages[number]

    async def _command_lost(self, _lasts_s: float) -> None:
        self.world.network.execute.messages.clear()

    # the host

    async def _connections_lost(self, _lasts_s: float) -> None:
        self.world.address.lose_connections()

    async def _host_silent(self, _lasts_s: float) -> None:
        self.world.address.silence()

    async def _host_away(self, lasts_s: float) -> None:
        self.world.address.away_until_s = now_s() + lasts_s
        self.world.address.lose_connections()

    async def _reboot(self, lasts_s: float) -> None:
        machine = self.world.address.machine
        if (run := self._run()) is not None and run.started_s is not None and run.exit is None:
            self.world.excuses.add("reboot")
        machine.boot += 1
        for process in machine.processes:
            process.kill()
        await self._host_away(min(lasts_s, 10.0))

    async def _directory_lost(self, _lasts_s: float) -> None:
        files = self.world.address.home.files
        if files.directory is not None:
            files.directory = None
            self.world.excuses.add("directory lost")

    async def _wrapper_killed(self, _lasts_s: float) -> None:
        run = self._run()
        if run is not None and run.wrapping is not None and run.wrapping.alive:
            run.wrapping.kill()
            run.wake()
            if run.exit is None:
                self.world.excuses.add("wrapper killed")

    async def _script_killed(self, _lasts_s: float) -> None:
        run = self._run()
        if run is not None and run.script is not None and run.script.alive:
            run.killed_as = 137
            run.script.kill()

    async def _another_machine(self, lasts_s: float) -> None:
        await self._answers_instead(Files(), lasts_s)

    async def _another_machine_same_files(self, lasts_s: float) -> None:
        await self._answers_instead(self.world.address.home.files, lasts_s)

    async def _answers_instead(self, files: Files, lasts_s: float) -> None:
        address = self.world.address
        address.machine = Machine(self.world, "m2", files)
        address.lose_connections()
        self.world.excuses.add("another machine")
        await asyncio.sleep(lasts_s)
        address.machine = address.home
        address.lose_connections()

    async def _operations_killed(self, _lasts_s: float) -> None:
        for work in self.world.address.operations():
            work.kill()
        run = self._run()
        if run is not None and run.started_s is not None and run.exit is None and run.truly_stopped:
            self.world.excuses.add("operation killed")

    async def _script_missing(self, lasts_s: float) -> None:
        files = self.world.address.home.files
        files.script_there = False
        await asyncio.sleep(lasts_s)
        files.script_there = True

    # people

    async def _cancel(self, _lasts_s: float) -> None:
        self.operators.append(services.cancel(self.world))

    async def _environment_removed(self, lasts_s: float) -> None:
        self.catalog.kill()
        self.catalog = services.catalog(self.world, {})
        self.world.excuses.add("environment removed")
        await asyncio.sleep(lasts_s)
        self.catalog.kill()
        self.catalog = services.catalog(self.world)

    def _run(self) -> RunDirectory | None:
        return self.world.address.home.files.directory

    def _one(self, processes: list[Process]) -> Process | None:
        living = [process for process in processes if process.alive]
        return self.world.random.choice(living) if living else None

    def _executor(self) -> Process:
        self._number += 1
        return services.executor(self.world, self._number)

    def _logsink(self) -> Process:
        self._number += 1
        return services.logsink(self.world, self._number)

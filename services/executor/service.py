"""Executor's composition root: settings, resources in order."""

import asyncio
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import structlog
from prometheus_client import Gauge

from bus.connection import Bus, connect
from bus.requests import Handler, answer
from process.admin import admin_listener
from process.environments import read_environments
from process.settings import SettingsError
from proto.requests import CheckHost, Request
from services.executor.checking import check_host
from services.executor.commands import Commands
from services.executor.host import Connector
from services.executor.run import Executor

RUNS = Gauge("medpro_executor_runs", "Runs that this executor follows")
log = structlog.get_logger()


@dataclass(frozen=True)
class Settings:
    nats_url: str = "nats://127.0.0.1:4222"
    nats_creds: str | None = None
    environments_file: Path = Path("environments.toml")
    executor_slots: int = 50
    executor_environments: tuple[str, ...] = ()
    log_format: str = "console"
    heartbeat_s: float = 10
    keepalive_s: float = 15
    cancel_grace_s: int = 10
    keep_logs_days: int = 7
    admin_port: int | None = None


async def serve(settings: Settings) -> None:
    environments = read_environments(settings.environments_file)
    served = list(settings.executor_environments or environments)
    if unknown := sorted(set(served) - set(environments)):
        raise SettingsError(f"MEDPRO_EXECUTOR_ENVIRONMENTS names {', '.join(unknown)}, not in the environments file")
    async with connect(settings.nats_url, "executor", settings.nats_creds) as bus:
        executor = Executor(
            bus,
            environments,
            Connector(settings.keepalive_s),
            settings.heartbeat_s,
            settings.cancel_grace_s,
            settings.keep_logs_days,
        )
        commands = Commands(executor, served, settings.executor_slots)
        RUNS.set_function(lambda: len(commands.runs))
        checks: dict[type[Request], Handler] = {CheckHost: partial(check_host, executor)}
        async with admin_listener(settings.admin_port, partial(_checks, bus)), asyncio.TaskGroup() as tasks:
            tasks.create_task(answer(bus, "executor", checks, [f".{name}" for name in served]), name="answer")
            log.info("ready", environments=served, slots=settings.executor_slots)
            await commands.run()


async def _checks(bus: Bus) -> dict[str, bool]:
    return {"nats": await bus.answers()}

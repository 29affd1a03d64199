"""Catalog's composition root: settings, resources in order, one TaskGroup."""

import asyncio
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import structlog

from bus.connection import Bus, connect
from bus.requests import answer
from bus.streams import declare_executor_consumer, declare_streams, observe_queue
from process.admin import admin_listener
from process.environments import read_environments
from process.lifecycle import every
from proto import subjects
from schema.engine import Database, database_url, open_database
from schema.version import wait_for_schema
from services.catalog.dispatch import observe, sweep
from services.catalog.handlers import Catalog, handlers

log = structlog.get_logger()


@dataclass(frozen=True)
class Settings:
    nats_url: str = "nats://127.0.0.1:4222"
    nats_creds: str | None = None
    database_url: str = "sqlite+aiosqlite:///medpro.db"
    database_password_file: Path | None = None
    environments_file: Path = Path("environments.toml")
    log_format: str = "console"
    ack_wait_s: float = 30
    logs_max_bytes: int = 1024**3
    sweep_interval_s: float = 10
    silent_for_s: float = 60
    admin_port: int | None = None


async def serve(settings: Settings) -> None:
    environments = read_environments(settings.environments_file)
    async with (
        connect(settings.nats_url, "catalog", settings.nats_creds) as bus,
        open_database(database_url(settings.database_url, settings.database_password_file)) as database,
    ):
        await wait_for_schema(database)
        catalog = Catalog(bus, database, environments)
        async with (
            admin_listener(settings.admin_port, partial(_checks, bus, database)),
            asyncio.TaskGroup() as tasks,
        ):
            tasks.create_task(answer(bus, "catalog", handlers(catalog)), name="answer")
            tasks.create_task(
                every(settings.sweep_interval_s, partial(_round, settings, catalog), bus.reconnected), name="sweep"
            )
            log.info("ready", environments=sorted(environments))


async def _checks(bus: Bus, database: Database) -> dict[str, bool]:
    return {"nats": await bus.answers(), "database": await database.answers()}


async def _round(settings: Settings, catalog: Catalog) -> None:
    """Each time: a stream or consumer that was lost with NATS's data is there again within one interval."""
    await declare_streams(catalog.bus, settings.logs_max_bytes)
    for name, environment in catalog.environments.items():
        await declare_executor_consumer(catalog.bus, name, environment.max_concurrent, settings.ack_wait_s)
        await observe_queue(catalog.bus, subjects.EXECUTE, subjects.execute_durable(name))
    await observe(catalog.database, catalog.environments)
    await sweep(catalog.bus, catalog.database, catalog.environments, settings.silent_for_s)

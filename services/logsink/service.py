"""Logsink's composition root: settings, resources in order, one TaskGroup."""

import asyncio
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import structlog

from bus.connection import Bus, connect
from bus.requests import answer
from bus.streams import declare_log_consumer, declare_streams, observe_queue
from process.admin import admin_listener
from process.lifecycle import every
from proto import subjects
from schema.engine import Database, database_url, open_database
from schema.version import wait_for_schema
from services.logsink.events import Announcer
from services.logsink.handlers import Logsink, handlers
from services.logsink.intake import Intake

log = structlog.get_logger()


@dataclass(frozen=True)
class Settings:
    nats_url: str = "nats://127.0.0.1:4222"
    nats_creds: str | None = None
    database_url: str = "sqlite+aiosqlite:///medpro.db"
    database_password_file: Path | None = None
    log_format: str = "console"
    ack_wait_s: float = 30
    logs_max_bytes: int = 1024**3
    sweep_interval_s: float = 10
    admin_port: int | None = None


async def serve(settings: Settings) -> None:
    async with (
        connect(settings.nats_url, "logsink", settings.nats_creds) as bus,
        open_database(database_url(settings.database_url, settings.database_password_file)) as database,
    ):
        await wait_for_schema(database)
        announcer = Announcer(bus, database)
        logsink = Logsink(bus, database, announcer)
        async with (
            admin_listener(settings.admin_port, partial(_checks, bus, database)),
            asyncio.TaskGroup() as tasks,
        ):
            tasks.create_task(answer(bus, "logsink", handlers(logsink)), name="answer")
            tasks.create_task(
                every(settings.sweep_interval_s, partial(_round, settings, bus, announcer), bus.reconnected),
                name="sweep",
            )
            tasks.create_task(Intake(bus, database, announcer).run(), name="intake")
            log.info("ready")


async def _checks(bus: Bus, database: Database) -> dict[str, bool]:
    return {"nats": await bus.answers(), "database": await database.answers()}


async def _round(settings: Settings, bus: Bus, announcer: Announcer) -> None:
    """Each time: a stream or consumer that was lost with NATS's data is there again within one interval."""
    await declare_streams(bus, settings.logs_max_bytes)
    await declare_log_consumer(bus, settings.ack_wait_s)
    await observe_queue(bus, subjects.LOGS, subjects.LOG_DURABLE)
    await announcer.sweep()

"""Which version the database has, and waiting for the right one: no service works on a schema that is not its own."""

import asyncio
from pathlib import Path

import structlog
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection
from sqlalchemy.exc import SQLAlchemyError

from schema.engine import Database

log = structlog.get_logger()


def alembic_config(url: URL) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["url"] = url
    return config


def wanted_version() -> str | None:
    return ScriptDirectory(str(Path(__file__).parent / "migrations")).get_current_head()


async def wait_for_schema(database: Database, look_again_s: float = 1.0) -> None:
    """Returns when the database answers and has this code's version; says what it waits for, once for each reason."""
    wanted, said = wanted_version(), ""
    while reason := await _why_not(database, wanted):
        if reason != said:
            log.warning("waiting for the database", reason=reason)
            said = reason
        await asyncio.sleep(look_again_s)


async def _why_not(database: Database, wanted: str | None) -> str | None:
    try:
        async with database.engine.connect() as connection:
            found = await connection.run_sync(_version)
    except (SQLAlchemyError, OSError) as error:
        return f"it does not answer ({type(getattr(error, 'orig', None) or error).__name__})"
    if found == wanted:
        return None
    return f"its schema is at {found}, this version works with {wanted}: run `python -m schema upgrade`"


def _version(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()

"""Alembic's environment: one history for SQLite, MariaDB and MySQL, through the same engine as the services."""

import asyncio

from alembic import context
from sqlalchemy import Connection

from schema.engine import create_engine
from schema.tables import Table


def run_migrations(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=Table.metadata, render_as_batch=True, compare_type=True)
    with context.begin_transaction():
        context.run_migrations()


async def migrate() -> None:
    engine = create_engine(context.config.attributes["url"], pool_size=1)
    try:
        async with engine.connect() as connection:
            await connection.run_sync(run_migrations)
            await connection.commit()
    finally:
        await engine.dispose()


asyncio.run(migrate())

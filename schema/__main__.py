"""`python -m schema upgrade|downgrade|current|check`: the database's version, by Alembic. `prune`: retention of logs.

`upgrade` waits up to a minute for the database, so that it can start together with it.
"""

import argparse
import asyncio
import os
import sys
import time
from datetime import timedelta
from pathlib import Path

from alembic import command
from alembic.util.exc import CommandError
from sqlalchemy import URL
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from proto.problems import Unavailable
from schema.engine import create_engine, database_url, open_database
from schema.prune import age, prune
from schema.version import alembic_config, wait_for_schema

WAIT_S = 60


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m schema", description=__doc__)
    parser.add_argument("action", choices=("upgrade", "downgrade", "current", "check", "prune"))
    parser.add_argument("revision", nargs="?", help="head for upgrade, base for downgrade, unless named")
    parser.add_argument("--older-than", type=age, help="prune: executions that ended so long ago, 180d or 12h")
    parser.add_argument("--dry-run", action="store_true", help="prune: only say what would go")
    arguments = parser.parse_args()
    if arguments.action == "prune" and arguments.older_than is None:
        parser.error("prune needs --older-than")
    password_file = os.environ.get("MEDPRO_DATABASE_PASSWORD_FILE")
    try:
        given = os.environ.get("MEDPRO_DATABASE_URL") or "sqlite+aiosqlite:///medpro.db"
        url = database_url(given, Path(password_file) if password_file else None)
        asyncio.run(_wait_for_database(url))
        if arguments.action == "prune":
            asyncio.run(_prune(url, arguments.older_than, dry_run=arguments.dry_run))
        else:
            _act(arguments.action, arguments.revision, url)
    except CommandError as error:
        sys.exit(f"medpro: {error}")
    except (SQLAlchemyError, OSError, ArgumentError, Unavailable) as error:
        sys.exit(f"medpro: the database cannot be used: {error}")


def _act(action: str, revision: str | None, url: URL) -> None:
    config = alembic_config(url)
    match action:
        case "upgrade":
            command.upgrade(config, revision or "head")
        case "downgrade":
            command.downgrade(config, revision or "base")
        case "current":
            command.current(config)
        case "check":
            command.check(config)


async def _prune(url: URL, older_than: timedelta, *, dry_run: bool) -> None:
    async with open_database(url) as database:
        await wait_for_schema(database)
        lines = await prune(database, older_than, print, dry_run=dry_run)
    print(f"{lines} lines {'would go' if dry_run else 'removed'}")


async def _wait_for_database(url: URL) -> None:
    engine = create_engine(url, pool_size=1)
    deadline = time.monotonic() + WAIT_S
    try:
        while True:
            try:
                async with engine.connect():
                    return
            except (SQLAlchemyError, OSError):
                if time.monotonic() > deadline:
                    raise
                await asyncio.sleep(1)
    finally:
        await engine.dispose()


if __name__ == "__main__":
    main()

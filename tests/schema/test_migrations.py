"""One Alembic history makes the four tables of the specification on both databases, and takes them away again."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import inspect, make_url

from schema.engine import create_engine
from tests.servers import MariaDb
from tests.stack import ROOT

SPECIFIED = {
    "migration_sources": {
        "id", "name", "display_name", "description", "script_path", "parameters", "is_active", "created_at",
    },
    "migration_jobs": {"id", "source_id", "name", "description", "parameters", "is_active", "created_at"},
    "migration_executions": {
        "id", "job_id", "environment_id", "status", "progress", "started_at", "completed_at", "executed_by",
        "command_executed", "result_summary",
    },
    "migration_logs": {"id", "execution_id", "log_level", "message", "logged_at"},
}  # fmt: skip
Url = Callable[[], str]


@pytest.fixture(params=["sqlite", "mariadb"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path}/medpro.db"
    server: MariaDb = request.getfixturevalue("mariadb")
    server.execute("DROP DATABASE IF EXISTS history")
    return server.create("history")


def schema(url: str, *arguments: str, **variables: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "schema", *arguments],
        cwd=ROOT, env={"MEDPRO_DATABASE_URL": url, **variables}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


async def columns(url: str) -> dict[str, set[str]]:
    engine = create_engine(make_url(url), pool_size=1)
    async with engine.connect() as connection:
        found = await connection.run_sync(
            lambda sync: {
                table: {column["name"] for column in inspect(sync).get_columns(table)}
                for table in inspect(sync).get_table_names()
                if table != "alembic_version"
            }
        )
    await engine.dispose()
    return found


async def test_upgrade_makes_the_specified_tables_and_downgrade_removes_them(url: str) -> None:
    schema(url, "upgrade")
    found = await columns(url)
    assert set(found) == set(SPECIFIED)
    for table, specified in SPECIFIED.items():
        assert specified <= found[table]
    schema(url, "downgrade")
    assert await columns(url) == {}
    schema(url, "upgrade")
    assert set(await columns(url)) == set(SPECIFIED)


def test_the_history_and_the_tables_in_the_code_agree(url: str) -> None:
    schema(url, "upgrade")
    assert "No new upgrade operations detected" in schema(url, "check")


def test_the_password_may_lie_in_a_file(mariadb: MariaDb, tmp_path: Path) -> None:
    mariadb.execute("DROP DATABASE IF EXISTS secured")
    url = make_url(mariadb.create("secured"))
    mariadb.execute("CREATE OR REPLACE USER keeper@'%' IDENTIFIED BY 'p@ss/word'; GRANT ALL ON secured.* TO keeper@'%'")
    (tmp_path / "password").write_text("p@ss/word\n")
    shown = url.set(username="keeper", password=None).render_as_string()
    schema(shown, "upgrade", MEDPRO_DATABASE_PASSWORD_FILE=str(tmp_path / "password"))
    assert "0001" in schema(shown, "current", MEDPRO_DATABASE_PASSWORD_FILE=str(tmp_path / "password"))

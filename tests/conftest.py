"""Servers that a whole test session shares. Each is started when the first test asks for it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from process.logs import SHARED
from tests.servers import MariaDb, Nats, Sshd, mariadb_server, nats_server, ssh_server
from tests.stack import Stack, environment, stack


@pytest.fixture(scope="session", autouse=True)
def logs() -> None:
    """Tracebacks as the services write them: structlog's default draws every local variable, which takes seconds."""
    renderer = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*SHARED, renderer])


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("servers")


@pytest.fixture(scope="session")
def nats(folder: Path) -> Iterator[Nats]:
    with nats_server(folder / "nats") as server:
        yield server


@pytest.fixture(scope="session")
def mariadb(folder: Path) -> Iterator[MariaDb]:
    with mariadb_server(folder / "mariadb") as server:
        yield server


@pytest.fixture(scope="session")
def sshd(folder: Path) -> Iterator[Sshd]:
    with ssh_server(folder / "sshd") as server:
        yield server


@pytest.fixture(scope="session")
def medpro(folder: Path, mariadb: MariaDb, sshd: Sshd) -> Iterator[Stack]:
    """The whole product on real servers: MariaDB, sshd, a NATS of its own."""
    home = folder / "medpro"
    secret = folder / "secret"
    secret.write_text("hunter2-très-secret\n")
    environments = {
        "staging": environment(sshd, home, secrets={"api_token": secret}),
        "narrow": environment(sshd, home, max_concurrent=2),
        "fenced": environment(sshd, home, script_directories=["/opt/medpro"]),
        "timed": environment(sshd, home, max_duration_s=2),
    }
    with (
        nats_server(home / "nats") as nats,
        stack(home / "stack", nats, mariadb.create("medpro"), environments) as running,
    ):
        yield running

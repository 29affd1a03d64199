"""An execution's length in the test's hands, a script that ends at once, a stack to take apart."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gateway.gateways import guarded_gateway
from tests.gateway.scripts import Gate, gate, write_script
from tests.servers import Nats, Sshd, nats_server
from tests.stack import Client, Stack, environment, stack


@pytest.fixture
def client(medpro: Stack) -> Client:
    return medpro.client


@pytest.fixture
def gated(tmp_path: Path, client: Client) -> Iterator[Gate]:
    """Whatever still runs at the test's end is let through, so that the next test finds the environments empty."""
    script = gate(tmp_path)
    yield script
    script.open()
    for execution in client.get("/migration-executions?status=running")["items"]:
        if str(script.script) in execution["command_executed"]:
            client.ended(execution["id"])


@pytest.fixture
def quick(tmp_path: Path) -> Path:
    return write_script(tmp_path, "#!/bin/sh\necho done\n", "quick")


@pytest.fixture(scope="module")
def frail_nats(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nats]:
    with nats_server(tmp_path_factory.mktemp("nats")) as server:
        yield server


@pytest.fixture(scope="module")
def frail(tmp_path_factory: pytest.TempPathFactory, sshd: Sshd, frail_nats: Nats) -> Iterator[Stack]:
    """A stack of the module's own, on SQLite, for what would harm the shared one."""
    folder = tmp_path_factory.mktemp("frail")
    asked = {"display_name": "Produção", "colour": "amber", "protected": True, "max_concurrent": 3}
    environments = {"staging": environment(sshd, folder), "guarded": environment(sshd, folder, **asked)}
    database = f"sqlite+aiosqlite:///{folder}/medpro.db"
    with stack(folder / "stack", frail_nats, database, environments) as running:
        yield running


@pytest.fixture(scope="module")
def guarded(medpro: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with guarded_gateway(medpro, tmp_path_factory.mktemp("tokens")) as client:
        yield client

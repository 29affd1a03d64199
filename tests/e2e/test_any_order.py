"""A stack may be started in any order; what is missing is waited for, and said."""

import signal
import sys
from pathlib import Path

from tests.e2e.conftest import Script
from tests.servers import Process, Sshd, free_port, nats_server, wait_until
from tests.stack import INTERVALS, ROOT, SERVICES, Client, environment, write_environments


def test_services_wait_for_nats_for_the_database_and_for_its_schema(tmp_path: Path, sshd: Sshd, script: Script) -> None:
    write_environments(tmp_path / "environments.toml", {"staging": environment(sshd, tmp_path)})
    nats_port, port = free_port(), free_port()
    variables = {
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": str(ROOT),
        "MEDPRO_NATS_URL": f"nats://127.0.0.1:{nats_port}",
        "MEDPRO_DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path}/medpro.db",
        "MEDPRO_ENVIRONMENTS_FILE": str(tmp_path / "environments.toml"),
        "MEDPRO_GATEWAY_PORT": str(port),
        **INTERVALS,
    }
    services = {
        name: Process([sys.executable, "-m", name], tmp_path / f"{name}.log", variables) for name in reversed(SERVICES)
    }
    client = Client(f"http://127.0.0.1:{port}")
    for process in services.values():
        process.start()
    try:
        with nats_server(tmp_path / "nats", nats_port):
            catalog = services["services.catalog"]
            wait_until(lambda: "run `python -m schema upgrade`" in catalog.said(), "catalog says what it waits for")
            wait_until(lambda: b"catalog does not answer" in readiness(client), "the gateway says what is missing")
            upgrade = Process([sys.executable, "-m", "schema", "upgrade"], tmp_path / "schema.log", variables)
            upgrade.start()
            wait_until(client.ready, "the stack is ready")
            ended = client.ended(client.execute(client.job(script("echo hello")))["id"])
            assert ended["status"] == "completed"
            upgrade.stop()
    finally:
        statuses = {name: process.stop() for name, process in services.items()}
    assert statuses == dict.fromkeys(statuses, 0)


def test_a_setting_that_cannot_be_used_ends_the_process_with_its_name(tmp_path: Path) -> None:
    variables = {"PYTHONPATH": str(ROOT), "MEDPRO_GATEWAY_PORT": "eighty"}
    gateway = Process([sys.executable, "-m", "gateway"], tmp_path / "log", variables)
    gateway.start()
    wait_until(lambda: not gateway.running, "the gateway ends")
    assert "MEDPRO_GATEWAY_PORT must be a number" in gateway.said()


def test_a_service_that_waits_for_nats_still_stops_when_asked(tmp_path: Path) -> None:
    variables = {"PYTHONPATH": str(ROOT), "MEDPRO_NATS_URL": f"nats://127.0.0.1:{free_port()}"}
    logsink = Process([sys.executable, "-m", "services.logsink"], tmp_path / "log", variables)
    logsink.start()
    wait_until(lambda: "nats" in logsink.said(), "it says what it waits for")
    logsink.send(signal.SIGTERM)
    wait_until(lambda: not logsink.running, "it ends", 10)


def readiness(client: Client) -> bytes:
    try:
        return client.call("GET", "/readyz").body
    except OSError:
        return b""

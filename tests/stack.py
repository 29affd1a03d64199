"""A private stack for tests: the four services as processes on private servers, and a client that speaks REST alone."""

import getpass
import json
import os
import sys
import time
import tomllib
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.servers import Nats, Process, Sshd, free_port, wait_until

ROOT = Path(__file__).parent.parent
SERVICES = ("services.catalog", "services.logsink", "services.executor", "gateway")
# Short intervals, so that tests need not wait for what production takes calmly.
INTERVALS = {
    "MEDPRO_ACK_WAIT_S": "3",
    "MEDPRO_HEARTBEAT_S": "1",
    "MEDPRO_SWEEP_INTERVAL_S": "1",
    "MEDPRO_SILENT_FOR_S": "5",
    "MEDPRO_CANCEL_GRACE_S": "2",
}


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Client:
    """The REST API as any program would call it."""

    base: str
    headers: dict[str, str] = field(default_factory=dict)

    def call(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Answer:
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        sent = {**self.headers, **({"Content-Type": "application/json"} if data is not None else {}), **(headers or {})}
        url = path if path.startswith("http") else self.base + path
        request = urllib.request.Request(url, data, sent, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return Answer(response.status, dict(response.headers), response.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, dict(error.headers), error.read())

    def get(self, path: str) -> Any:
        answer = self.call("GET", f"/api/v1{path}")
        assert answer.status == 200, answer
        return answer.json

    def post(self, path: str, body: Any = None, status: int = 201) -> Any:
        answer = self.call("POST", f"/api/v1{path}", body if body is not None else {})
        assert answer.status == status, answer
        return answer.json

    def ready(self) -> bool:
        try:
            return self.call("GET", "/readyz").status == 200
        except OSError:
            return False

    def source(self, script: Path | str, parameters: list[dict[str, Any]] | None = None, **fields: Any) -> Any:
        name = fields.pop("name", f"s{time.monotonic_ns()}")
        body = {
            "name": name,
            "display_name": name,
            "script_path": str(script),
            "parameters": parameters or [],
            **fields,
        }
        return self.post("/migration-sources", body)

    def job(self, script: Path | str, parameters: list[dict[str, Any]] | None = None, **values: Any) -> Any:
        source = self.source(script, parameters)
        return self.post("/migration-jobs", {"source_id": source["id"], "name": source["name"], "parameters": values})

    def execute(self, job: Any, environment_id: str = "staging", **body: Any) -> Any:
        return self.post(f"/migration-jobs/{job['id']}/execute", {"environment_id": environment_id, **body}, status=202)

    def execution(self, execution_id: int) -> Any:
        return self.get(f"/migration-executions/{execution_id}")

    def cancel(self, execution_id: int) -> Any:
        return self.post(f"/migration-executions/{execution_id}/cancel", status=202)

    def until(self, execution_id: int, condition: Callable[[Any], bool], within_s: float = 60) -> Any:
        deadline = time.monotonic() + within_s
        while True:
            execution = self.execution(execution_id)
            if condition(execution):
                return execution
            assert time.monotonic() < deadline, f"not within {within_s} s: {execution}"
            time.sleep(0.05)

    def ended(self, execution_id: int, within_s: float = 60) -> Any:
        return self.until(execution_id, lambda execution: execution["status"] != "running", within_s)

    def lines(self, execution_id: int) -> list[str]:
        """Every line by paging; and that their numbers have no gap."""
        lines: list[str] = []
        while items := self.get(f"/migration-executions/{execution_id}/logs?after={len(lines)}&limit=5000")["items"]:
            assert [item["seq"] for item in items] == list(range(len(lines) + 1, len(lines) + len(items) + 1))
            lines += [item["message"] for item in items]
        return lines


@dataclass
class Stack:
    folder: Path
    variables: dict[str, str]
    client: Client
    environments_file: Path
    processes: dict[str, Process] = field(default_factory=dict)

    def start(self, name: str, module: str | None = None, **variables: str) -> Process:
        """Another process of a service, under a name of its own."""
        command = [sys.executable, "-W", "error::DeprecationWarning:services", "-m", module or name]
        process = self.processes.get(name) or Process(
            command, self.folder / f"{name}.log", {**self.variables, **variables}
        )
        self.processes[name] = process
        process.start()
        return process

    def wait_ready(self) -> None:
        wait_until(self.client.ready, "the stack is ready")

    def kill(self, name: str) -> None:
        self.processes[name].kill()

    def stop(self) -> None:
        for process in reversed(self.processes.values()):
            process.stop()

    @property
    def run_directory(self) -> Path:
        """Where the host keeps the run directories of `staging`."""
        return Path(tomllib.loads(self.environments_file.read_text())["staging"]["run_directory"])


def environment(sshd: Sshd, folder: Path, **fields: Any) -> dict[str, Any]:
    """One table of the environments file, for this sshd."""
    return {
        "host": "127.0.0.1",
        "port": sshd.port,
        "username": getpass.getuser(),
        "client_key": str(sshd.client_key),
        "known_hosts": str(sshd.known_hosts),
        "run_directory": str(folder / "runs"),
        **fields,
    }


def write_environments(path: Path, environments: dict[str, dict[str, Any]]) -> None:
    lines = []
    for name, table in environments.items():
        lines.append(f"[{name}]")
        lines += [f"{key} = {json.dumps(value)}" for key, value in table.items() if key != "secrets"]
        lines.append(f"[{name}.secrets]")
        lines += [f"{key} = {{ file = {json.dumps(str(value))} }}" for key, value in table.get("secrets", {}).items()]
    path.write_text("\n".join(lines) + "\n")


@contextmanager
def stack(
    folder: Path, nats: Nats, database_url: str, environments: dict[str, dict[str, Any]], **variables: str
) -> Iterator[Stack]:
    """Starts everything and waits until it is ready."""
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    environments_file = folder / "environments.toml"
    write_environments(environments_file, environments)
    settings = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "MEDPRO_NATS_URL": nats.url,
        "MEDPRO_DATABASE_URL": database_url,
        "MEDPRO_ENVIRONMENTS_FILE": str(environments_file),
        "MEDPRO_GATEWAY_PORT": str(port),
        **INTERVALS,
        **variables,
    }
    running = Stack(folder, settings, Client(f"http://127.0.0.1:{port}"), environments_file)
    upgrade = Process([sys.executable, "-m", "schema", "upgrade"], folder / "schema.log", settings)
    upgrade.start()
    try:
        for service in SERVICES:
            running.start(service)
        running.wait_ready()
        yield running
    finally:
        upgrade.stop()
        running.stop()

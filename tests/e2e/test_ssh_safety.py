"""SSH: only the known host key and the named client key; nothing of the home, of an agent, nothing forwarded."""

import getpass
import select
import shutil
import socket
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Script
from tests.servers import MariaDb, Sshd, generate_key, nats_server, ssh_server
from tests.stack import Stack, environment, stack

AUTHENTICATES = "userauth-request for user"


@dataclass
class Trapped:
    """An executor whose home and environment offer it everything that it must not use."""

    stack: Stack
    sshd: Sshd
    home: Path
    agent: socket.socket

    def run(self, script: Path, environment_id: str) -> tuple[dict[str, Any], str]:
        """The execution as it ended, and what sshd said meanwhile."""
        before = len(self.sshd.process.said())
        client = self.stack.client
        ended: dict[str, Any] = client.ended(client.execute(client.job(script), environment_id)["id"])
        return ended, self.sshd.process.said()[before:]


@pytest.fixture(scope="module")
def agent() -> Iterator[socket.socket]:
    """Somebody's agent, as far as a client can see before it connects."""
    with tempfile.TemporaryDirectory(prefix="mp-") as short, socket.socket(socket.AF_UNIX) as listening:
        listening.bind(f"{short}/agent")
        listening.listen()
        yield listening


@pytest.fixture(scope="module")
def trapped(folder: Path, mariadb: MariaDb, agent: socket.socket) -> Iterator[Trapped]:
    place = folder / "trapped"
    home = place / "home"
    (home / ".ssh").mkdir(parents=True)
    with ssh_server(place / "sshd", "LogLevel DEBUG1") as sshd, nats_server(place / "nats") as nats:
        host_key = (sshd.folder / "host.pub").read_text()
        for name in ("other-host", "other-client"):
            generate_key(place / name)
        (place / "lacking").write_text(f"[127.0.0.1]:{sshd.port + 1} {host_key}")
        changed = (place / "other-host.pub").read_text()
        (place / "changed").write_text(f"[127.0.0.1]:{sshd.port} {changed}")
        (home / ".ssh" / "config").write_text(
            f"Host *\n  ProxyCommand touch {home}/was-here\n  ForwardAgent yes\n  ForwardX11 yes\n"
            f"  StrictHostKeyChecking no\n  RemoteForward 0 127.0.0.1:{nats.port}\n  User {getpass.getuser()}\n"
        )
        (home / ".ssh" / "known_hosts").write_text(f"[127.0.0.1]:{sshd.port} {host_key}")
        shutil.copy(sshd.client_key, home / ".ssh" / "id_ed25519")
        environments = {
            "good": environment(sshd, place),
            "lacking": environment(sshd, place, known_hosts=str(place / "lacking")),
            "changed": environment(sshd, place, known_hosts=str(place / "changed")),
            "otherkey": environment(sshd, place, client_key=str(place / "other-client")),
        }
        variables = {"HOME": str(home), "SSH_AUTH_SOCK": agent.getsockname(), "DISPLAY": ":0"}
        database = mariadb.create("trapped")
        with stack(place / "stack", nats, database, environments, **variables) as running:
            yield Trapped(running, sshd, home, agent)


@pytest.mark.parametrize("known_hosts", ["lacking", "changed"])
def test_a_host_key_that_is_not_the_known_one_is_refused_before_authentication(
    trapped: Trapped, script: Script, tmp_path: Path, known_hosts: str
) -> None:
    ended, said = trapped.run(script(f"touch {tmp_path}/ran"), known_hosts)
    summary = ended["result_summary"]
    assert (ended["status"], summary["outcome"]) == ("failed", "not_started")
    assert "host key" in summary["reason"]
    assert "Connection from 127.0.0.1" in said
    assert AUTHENTICATES not in said
    assert not (tmp_path / "ran").exists()


def test_the_keys_of_the_home_and_of_the_agent_are_not_tried(trapped: Trapped, script: Script, tmp_path: Path) -> None:
    ended, said = trapped.run(script(f"touch {tmp_path}/ran"), "otherkey")
    assert ended["result_summary"]["outcome"] == "not_started"
    assert "does not accept the key" in ended["result_summary"]["reason"]
    assert AUTHENTICATES in said  # so the other tests would see it
    assert "Accepted" not in said
    assert not (tmp_path / "ran").exists()


def test_nothing_is_forwarded_and_neither_the_configuration_nor_the_agent_is_touched(
    trapped: Trapped, script: Script
) -> None:
    ended, said = trapped.run(script("echo ${SSH_AUTH_SOCK-no agent} ${DISPLAY-no display}"), "good")
    assert ended["status"] == "completed"
    assert trapped.stack.client.lines(ended["id"]) == ["no agent no display"]
    assert {line.split(" request ")[1].split()[0] for line in said.splitlines() if " request " in line} == {"exec"}
    asked = [line for line in said.splitlines() if "key options" not in line]  # what the key would have allowed
    assert [line for line in asked if any(word in line for word in ("auth-agent", "x11", "tcpip"))] == []
    assert not (trapped.home / "was-here").exists()
    assert select.select([trapped.agent], [], [], 0)[0] == []  # nobody has ever connected

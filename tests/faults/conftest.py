"""A stack whose parts may be harmed: a NATS of its own, a small LOGS stream, a cuttable network, a small disk."""

import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.conftest import script
from tests.faults.proxy import Proxy, proxy
from tests.servers import MariaDb, Nats, Sshd, free_port, nats_server, ssh_server
from tests.stack import Stack, environment, stack

__all__ = ["script"]
LOGS_MAX_BYTES = 4 * 1024 * 1024
BOMBED_MAX_LOG_BYTES = 1_000_000  # of `y` and its line end, half a million rows


@dataclass
class Faulty:
    """What the tests harm, and the stack that must bear it."""

    stack: Stack
    nats: Nats
    proxy: Proxy
    database: str
    disk: Path


@pytest.fixture(scope="session")
def strict_sshd(folder: Path) -> Iterator[Sshd]:
    """Drops a third of the handshakes where three are unfinished, ever more where more are, and all beyond ten."""
    with ssh_server(folder / "strict", "MaxStartups 3:30:10\nLogLevel DEBUG1") as server:
        yield server


@pytest.fixture(scope="session")
def small_disk(folder: Path) -> Iterator[Path]:
    """A file system of its own, which needs root; without it the tests that ask for this stack fail."""
    disk = folder / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", disk], check=True)
    yield disk
    subprocess.run(["umount", "--lazy", disk], check=True)


@pytest.fixture(scope="session")
def faulty(folder: Path, mariadb: MariaDb, sshd: Sshd, strict_sshd: Sshd, small_disk: Path) -> Iterator[Faulty]:
    home = folder / "faulty"
    with proxy(sshd.port) as link, nats_server(home / "nats") as nats:
        known_hosts = home / "known_hosts"
        known_hosts.write_text(f"[127.0.0.1]:{link.port} {(sshd.folder / 'host.pub').read_text()}")
        environments = {
            "staging": environment(sshd, home),
            "linked": environment(sshd, home, port=link.port, known_hosts=str(known_hosts)),
            "absent": environment(sshd, home, port=free_port(), connect_timeout_s=60),
            "small": environment(sshd, home, max_log_bytes=100_000),
            "wide": environment(sshd, home, max_concurrent=100),
            "strict": environment(strict_sshd, home, max_concurrent=100),
            "bombed": environment(sshd, home, max_log_bytes=BOMBED_MAX_LOG_BYTES),
            "cramped": environment(sshd, small_disk, connect_timeout_s=3),
        }
        settings = {
            "MEDPRO_KEEPALIVE_S": "0.5",
            "MEDPRO_LOGS_MAX_BYTES": str(LOGS_MAX_BYTES),
            "MEDPRO_EXECUTOR_SLOTS": "120",
        }
        url = mariadb.create("faulty")
        with stack(home / "stack", nats, url, environments, **settings) as running:
            yield Faulty(running, nats, link, "faulty", small_disk)


@pytest.fixture(autouse=True)
def _mended(faulty: Faulty, sshd: Sshd) -> Iterator[None]:
    """A test that fails in the middle of its harm leaves nothing broken for the next."""
    yield
    faulty.proxy.mend()
    for process in (sshd.process, *faulty.stack.processes.values()):
        if not process.running:
            process.kill()
            process.start()
        process.send(signal.SIGCONT)
    faulty.stack.wait_ready()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What breaks a stack and waits until it has mended takes longer than a change should wait for."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.slow)

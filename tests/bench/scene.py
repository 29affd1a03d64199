"""The stack that is measured: production's intervals, MariaDB's default settings, and what each process costs."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.servers import MariaDb, Nats, Sshd, mariadb_server, nats_server, ssh_server
from tests.stack import Stack, environment, stack

RUNS_AT_MOST = 1200
DATABASE = "bench"
NO_BOUND = "-"
LEAST, MOST = 19, -20  # niceness
OUR_SESSION = Path("/proc/self/autogroup")
QUIET_CPU_S = 0.03
PRODUCTION = {
    "MEDPRO_ACK_WAIT_S": "30",
    "MEDPRO_HEARTBEAT_S": "10",
    "MEDPRO_SWEEP_INTERVAL_S": "10",
    "MEDPRO_SILENT_FOR_S": "60",
    "MEDPRO_CANCEL_GRACE_S": "10",
}


@dataclass(frozen=True)
class Row:
    """One row of the table. `reached` is None where nothing is asked, `limited_by` what would have to give first."""

    what: str
    measured: str
    bound: str
    must: str
    reached: bool | None
    limited_by: str


@dataclass
class Scene:
    """`short`: small amounts, to see that everything works; its figures say nothing."""

    folder: Path
    stack: Stack
    nats: Nats
    mariadb: MariaDb
    sshd: Sshd
    short: bool

    def script(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text)
        path.chmod(0o755)
        return path

    def settle(self) -> None:
        """Waits until MariaDB has written back what was measured before, for up to a minute."""
        for _ in range(60):
            before_s = _cpu_s(self.mariadb.process.pid)
            time.sleep(1)
            if _cpu_s(self.mariadb.process.pid) - before_s < QUIET_CPU_S:
                return

    @contextmanager
    def host_is_elsewhere(self) -> Iterator[None]:
        """Meanwhile, sshd and hundreds of scripts take no more from the product than if they were. Where the kernel
        shares its time among sessions, of which each of them is one, it goes by the niceness of the session."""
        os.setpriority(os.PRIO_PROCESS, self.sshd.process.pid, LEAST)
        self._prefer_our_session(MOST)
        try:
            yield
        finally:
            self._prefer_our_session(0)

    def _prefer_our_session(self, niceness: int) -> None:
        with suppress(OSError):  # not every kernel has it, and only root may
            OUR_SESSION.write_text(str(niceness))

    def own_cpu_s(self) -> float:
        return sum(_cpu_s(process.pid) for process in self.stack.processes.values())

    def all_cpu_s(self) -> float:
        return self.own_cpu_s() + _cpu_s(self.nats.process.pid) + _cpu_s(self.mariadb.process.pid)

    def peak_mb(self, name: str) -> float:
        """The most memory that it ever had."""
        status = Path(f"/proc/{self.stack.processes[name].pid}/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) / 1000

    def ssh(self, command: str) -> list[str]:
        return [
            "ssh", "-F", "none", "-i", str(self.sshd.client_key), "-p", str(self.sshd.port),
            "-o", f"UserKnownHostsFile={self.sshd.known_hosts}", "-o", "BatchMode=yes", "127.0.0.1", command,
        ]  # fmt: skip


@contextmanager
def scene(folder: Path, *, short: bool) -> Iterator[Scene]:
    with (
        nats_server(folder / "nats") as nats,
        mariadb_server(folder / "mariadb") as mariadb,
        ssh_server(folder / "sshd", "MaxStartups 100") as sshd,
    ):
        environments = {"staging": environment(sshd, folder, max_concurrent=RUNS_AT_MOST, max_log_bytes=1 << 40)}
        settings = {**PRODUCTION, "MEDPRO_EXECUTOR_SLOTS": str(RUNS_AT_MOST), "MEDPRO_LOG_FORMAT": "json"}
        with stack(folder / "stack", nats, mariadb.create(DATABASE), environments, **settings) as running:
            yield Scene(folder, running, nats, mariadb, sshd, short)


def _cpu_s(pid: int) -> float:
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")

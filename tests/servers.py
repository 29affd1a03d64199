"""Private servers for tests: real NATS, MariaDB and sshd on free loopback ports, in folders of their own."""

import getpass
import os
import shutil
import signal
import socket
import subprocess
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

START_WITHIN_S = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(condition: Callable[[], bool], what: str, within_s: float = START_WITHIN_S) -> None:
    deadline = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {within_s} s")
        time.sleep(0.02)


def answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def program(name: str) -> str:
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
    assert found, f"{name} is not installed; `make test` says what is missing"
    return found


def children(pid: int) -> list[int]:
    return [int(number) for number in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def is_running(command: str) -> bool:
    """Whether some process has exactly this command line."""
    wanted = command.replace(" ", "\0").encode() + b"\0"
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if path.read_bytes() == wanted:
                return True
    return False


@dataclass
class Process:
    """A server process that can be killed and started again under the same settings."""

    command: list[str]
    log: Path
    variables: Mapping[str, str] | None = None
    _process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        assert self._process is None
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                self.command, stdout=output, stderr=output, stdin=subprocess.DEVNULL, env=self.variables
            )

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def send(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def stop(self, within_s: float = 15) -> int | None:
        """Asks it to end, and kills it where it does not; its exit status."""
        if self._process is None:
            return None
        self._process.terminate()
        try:
            return self._process.wait(within_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()
        finally:
            self._process = None

    def said(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""


@dataclass
class Nats:
    port: int
    process: Process

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    def start(self) -> None:
        self.process.start()
        wait_until(lambda: answers(self.port), "NATS answers")


@contextmanager
def nats_server(folder: Path, port: int | None = None) -> Iterator[Nats]:
    folder.mkdir(parents=True, exist_ok=True)
    port = port or free_port()
    binary = Path(sysconfig.get_path("scripts")) / "nats-server"
    command = [str(binary), "-js", "-a", "127.0.0.1", "-p", str(port), "-sd", str(folder / "data")]
    server = Nats(port, Process(command, folder / "nats.log"))
    server.start()
    try:
        yield server
    finally:
        server.process.stop()


@dataclass
class MariaDb:
    port: int
    process: Process
    socket: Path

    def url(self, database: str) -> str:
        return f"mysql+asyncmy://medpro:medpro@127.0.0.1:{self.port}/{database}"

    def create(self, database: str) -> str:
        self.execute(f"CREATE DATABASE {database} CHARACTER SET utf8mb4")
        return self.url(database)

    def execute(self, statement: str) -> str:
        command = [program("mariadb"), "--no-defaults", f"--socket={self.socket}", "--user=root", "-N", "-e", statement]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def start(self) -> None:
        self.process.start()
        wait_until(lambda: answers(self.port), "MariaDB answers")


@contextmanager
def mariadb_server(folder: Path) -> Iterator[MariaDb]:
    folder.mkdir(parents=True, exist_ok=True)
    data, port = folder / "data", free_port()
    user = getpass.getuser()
    install = [
        program("mariadb-install-db"), "--no-defaults", f"--datadir={data}", f"--user={user}",
        "--auth-root-authentication-method=normal", "--skip-test-db",
    ]  # fmt: skip
    subprocess.run(install, check=True, capture_output=True)
    # A socket's path must be short, so it cannot lie in the test's folder.
    with _short_folder() as short:
        command = [
            program("mariadbd"), "--no-defaults", f"--datadir={data}", f"--user={user}", f"--port={port}",
            "--bind-address=127.0.0.1", f"--socket={short / 'db'}", f"--pid-file={folder / 'pid'}",
            "--skip-name-resolve", "--max-connections=500",
        ]  # fmt: skip
        server = MariaDb(port, Process(command, folder / "mariadb.log"), short / "db")
        server.start()
        rights = "SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, DROP, INDEX, REFERENCES"
        server.execute("CREATE USER medpro@'127.0.0.1' IDENTIFIED BY 'medpro'")
        server.execute(f"GRANT {rights} ON *.* TO medpro@'127.0.0.1'")
        try:
            yield server
        finally:
            server.process.stop()


@dataclass
class Sshd:
    """A real OpenSSH server that knows one user, ourselves, by one key."""

    port: int
    process: Process
    folder: Path

    @property
    def client_key(self) -> Path:
        return self.folder / "client"

    @property
    def known_hosts(self) -> Path:
        return self.folder / "known_hosts"

    def start(self) -> None:
        self.process.start()
        wait_until(lambda: answers(self.port), "sshd answers")

    def kill_with_sessions(self) -> None:
        """Open sessions are processes of their own, which would outlive the listening one."""
        sessions = [number for child in children(self.process.pid) for number in (child, *children(child))]
        self.process.kill()
        for number in sessions:
            with suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)


@contextmanager
def ssh_server(folder: Path, settings: str = "") -> Iterator[Sshd]:
    """`settings`: further lines of its configuration. Sessions have an empty home: what somebody's shell does when it
    starts may take longer than all the rest."""
    (folder / "home").mkdir(parents=True, exist_ok=True)
    for name in ("host", "client"):
        generate_key(folder / name)
    shutil.copy(folder / "client.pub", folder / "authorized_keys")
    port = free_port()
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # sshd's own condition for root
    (folder / "sshd_config").write_text(
        f"ListenAddress 127.0.0.1\nPort {port}\nHostKey {folder}/host\nAuthorizedKeysFile {folder}/authorized_keys\n"
        f"PidFile {folder}/pid\nStrictModes no\nUsePAM no\nPasswordAuthentication no\n"
        f"PermitRootLogin prohibit-password\nSetEnv HOME={folder}/home\n{settings}\n"
    )
    host_key = (folder / "host.pub").read_text()
    (folder / "known_hosts").write_text(f"[127.0.0.1]:{port} {host_key}")
    server = Sshd(port, Process([program("sshd"), "-D", "-e", "-f", f"{folder}/sshd_config"], folder / "log"), folder)
    server.start()
    try:
        yield server
    finally:
        server.process.stop()


def generate_key(path: Path) -> None:
    command = [program("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-C", path.name, "-f", str(path)]
    subprocess.run(command, check=True)


@contextmanager
def _short_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="mp-") as name:
        yield Path(name)

"""A MedPro host without SSH: the launcher's text on the standard input of a local shell, in folders of its own.

The launcher calls `sh` for its wrapper and the command file too: the host's PATH begins with a folder whose `sh` is the
shell under test, so that all of it runs in that shell. With BusyBox every applet stands there, so that its own `tail`,
`grep` and so on are used as well, as they would be on such a host.
"""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from services.executor.launcher import Launcher, Operation, Report, command_file
from tests.servers import wait_until

SHELLS = ("dash", "bash", "busybox", "mksh")
ANSWER_WITHIN_S = 20
WAIT_S = 10


@dataclass(frozen=True)
class Answer:
    """The launcher's report, and the bytes that followed it."""

    report: Report
    output: bytes

    @property
    def state(self) -> str:
        return self.report.state


@dataclass
class Pending:
    """An operation that was sent and whose answer is not read yet."""

    operation: Operation
    process: "subprocess.Popen[bytes]"

    def answer(self) -> Answer:
        output, errors = self.process.communicate(timeout=ANSWER_WITHIN_S)
        line, _, rest = output.partition(b"\n")
        assert line.startswith(self.operation.mark), f"not the launcher's answer: {output!r} {errors!r}"
        return Answer(self.operation.report(line), rest)

    @property
    def ended(self) -> bool:
        return self.process.poll() is not None


@dataclass
class HostShell:
    """A home folder and a PATH; `spare` is TMPDIR, where some shells keep here-documents."""

    folder: Path
    shell: str
    home: Path = field(init=False)
    spare: Path = field(init=False)
    bin: Path = field(init=False)
    variables: dict[str, str] = field(init=False)
    _fed: list["subprocess.Popen[bytes]"] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        self.home, self.spare, self.bin = (self.folder / name for name in ("home", "spare", "bin"))
        for made in (self.home, self.spare, self.bin):
            made.mkdir(parents=True)
        program = shutil.which(self.shell)
        assert program, f"{self.shell} is not installed"
        applets = ["sh"]
        if self.shell == "busybox":
            applets = subprocess.check_output([program, "--list"], text=True).split()
        for applet in applets:
            (self.bin / applet).symlink_to(program)
        path = f"{self.bin}{os.pathsep}{os.environ['PATH']}"
        self.variables = {"PATH": path, "HOME": str(self.home), "TMPDIR": str(self.spare)}

    def feed(self, text: bytes) -> "subprocess.Popen[bytes]":
        """`sh` as sshd would start it, with the text on its standard input."""
        given = self.folder / "text"
        given.unlink(missing_ok=True)  # another shell may still be reading the last one
        given.write_bytes(text)
        pipe = subprocess.PIPE
        with given.open("rb") as stdin:
            process = subprocess.Popen(
                ["sh"],
                executable=self.bin / "sh",
                stdin=stdin,
                stdout=pipe,
                stderr=pipe,
                cwd=self.home,
                env=self.variables,
                start_new_session=True,
            )
        self._fed.append(process)
        return process

    def send(self, operation: Operation) -> Pending:
        return Pending(operation, self.feed(operation.text))

    def ask(self, operation: Operation) -> Answer:
        return self.send(operation).answer()

    def script(self, text: str, name: str = "migrate") -> Path:
        path = self.home / name
        path.write_text(text if text.startswith("#!") else f"#!/bin/sh\n{text}\n", encoding="utf-8")
        path.chmod(0o755)
        return path

    def processes(self, tag: bytes = b"") -> Iterator[int]:
        """Everything alive that was started here: it has our home in its environment, and the tag."""
        home = f"HOME={self.home}\0".encode()
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and int(entry.name) != os.getpid():
                try:
                    variables = (entry / "environ").read_bytes()
                    if home in variables and tag in variables:
                        yield int(entry.name)
                except OSError:
                    continue

    def kill_all(self) -> None:
        def kill_what_is_left() -> bool:
            found = list(self.processes())
            for pid in found:
                kill(pid)
            return not found

        wait_until(kill_what_is_left, "all processes of the host killed", WAIT_S)
        for process in self._fed:
            for pipe in (process.stdout, process.stderr):
                assert pipe is not None
                pipe.close()
            process.wait()
        self._fed.clear()


@dataclass
class Run:
    """One run on a host, by the operations that an executor sends."""

    host: HostShell
    key: str = "a1b2c3"
    base: str = ".medpro/runs"

    @property
    def launcher(self) -> Launcher:
        return Launcher(self.base, self.key)

    @property
    def directory(self) -> Path:
        return self.host.home / self.base / self.key

    def prepare(
        self,
        script: Path | str,
        *arguments: str,
        nonce: str = "first",
        create: bool = True,
        variables: Mapping[str, str] | None = None,
    ) -> Report:
        return self.host.ask(self.preparing(script, *arguments, nonce=nonce, create=create, variables=variables)).report

    def preparing(
        self,
        script: Path | str,
        *arguments: str,
        nonce: str = "first",
        create: bool = True,
        variables: Mapping[str, str] | None = None,
    ) -> Operation:
        tagged = {"MEDPRO_RUN_KEY": self.key, **(variables or {})}
        command = command_file(str(script), list(arguments), tagged, "result.json")
        return self.launcher.prepare(nonce, str(script), command, create=create)

    def start(self, nonce: str = "first") -> Answer:
        """Runs to the end of the script."""
        return self.host.ask(self.launcher.start(nonce, 0))

    def starting(self, nonce: str = "first") -> Pending:
        return self.host.send(self.launcher.start(nonce, 0))

    def launch(self, text: str, *arguments: str) -> Answer:
        self.prepare(self.host.script(text), *arguments)
        return self.start()

    def launching(self, text: str) -> Pending:
        """Returns when the script has made `ready` in its home."""
        self.prepare(self.host.script(text))
        pending = self.starting()
        wait_until((self.host.home / "ready").exists, "the script runs", WAIT_S)
        wait_until((self.directory / "script").exists, "the script is recorded", WAIT_S)
        return pending

    def follow(self, offset: int = 0) -> Answer:
        return self.host.ask(self.launcher.follow(offset))

    def status(self) -> Answer:
        return self.host.ask(self.launcher.status())

    def cancel(self, word: str = "cancelled", grace_s: int = 5) -> Report:
        return self.host.ask(self.launcher.cancel(word, grace_s)).report

    def settle(self, keep_days: int = 7) -> Report:
        return self.host.ask(self.launcher.settle(keep_days)).report

    def recorded(self, name: str) -> list[str]:
        return (self.directory / name).read_text().split()

    def record(self, name: str, words: list[str]) -> None:
        (self.directory / name).write_text(" ".join(words) + "\n")

    def files_with(self, secret: str) -> list[Path]:
        files = [path for path in self.directory.rglob("*") if path.is_file()]
        return [path for path in files if secret.encode() in path.read_bytes()]


def kill(pid: int, number: signal.Signals = signal.SIGKILL) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0]
    except OSError:
        return False
    return state not in "ZX"


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []

"""The launcher's text for one operation, and its answer. Pure. What it does and answers is said in launcher.sh.

Everything that comes from a user is data: quoted once for the shell, or within a here-document whose end is random,
for a fixed one could be part of a value.
"""

import re
import secrets
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from proto.runs import MAX_RESULT_BYTES

STATES = (
    "absent", "staged", "starting", "running", "exited", "orphaned", "vanished", "rebooted", "otherhost",
    "error", "settled", "checked",
)  # fmt: skip
MAX_REPORT_BYTES = 64 * 1024


@dataclass(frozen=True)
class Report:
    """The answer's line: a state, the machine, and what is known beside it."""

    state: str
    facts: Mapping[str, str]

    @property
    def machine(self) -> str:
        return self.facts.get("host", "")

    @property
    def directory(self) -> str:
        """Which run directory it is: one that was removed and made again is another."""
        return self.facts.get("dir", "")

    @property
    def size_bytes(self) -> int:
        return int(self.facts.get("size", "0"))

    @property
    def age_s(self) -> int:
        """Of the script; the host's clock may have been set, so it is never negative."""
        return max(0, int(self.facts.get("age", "0")))

    @property
    def exit_status(self) -> int | None:
        """None where there is none, as after a claim that was taken to cancel."""
        status = self.facts.get("rc", "")
        return int(status) if status.isdigit() else None

    @property
    def stopped_as(self) -> str | None:
        """`cancelled` or `timed_out`, where a living process was signalled or the claim was taken for that."""
        word = self.facts.get("stop", "none")
        return None if word == "none" else word


@dataclass(frozen=True)
class Launcher:
    """The operations on one run directory, each as the text to send."""

    base: str
    key: str

    def prepare(self, nonce: str, script: str, command: str, *, create: bool) -> "Operation":
        """`create` false never makes the run directory: for a run that was launched before."""
        return self._operation("prepare" if create else "restage", command=command, script=script, nonce=nonce)

    def start(self, nonce: str, offset: int) -> "Operation":
        return self._operation("start", nonce=nonce, offset=str(offset))

    def follow(self, offset: int) -> "Operation":
        return self._operation("follow", offset=str(offset))

    def status(self) -> "Operation":
        return self._operation("status", offset=str(MAX_RESULT_BYTES + 1))

    def cancel(self, word: str, grace_s: int) -> "Operation":
        return self._operation("cancel", word=word, grace_s=str(grace_s))

    def settle(self, keep_days: int) -> "Operation":
        return self._operation("settle", keep_days=str(keep_days))

    def check(self, scripts: Sequence[str]) -> "Operation":
        """Looks at the host; starts nothing and leaves nothing behind. A script's name has no line break."""
        return self._operation("check", script="\n".join(scripts))

    def _operation(self, op: str, command: str = "", **variables: str) -> "Operation":
        mark = f"medpro-{secrets.token_hex(8)}"
        given = {"offset": "0", "nonce": "", "script": "", "word": "", "grace_s": "10", "keep_days": "7", **variables}
        given |= {"op": op, "mark": mark, "key": self.key, "base": self.base}
        given["first"] = str(int(given["offset"]) + 1)  # some shells count with 32 bits
        head = "\n".join(f"{name}={shlex.quote(value)}" for name, value in given.items())
        body = _template()
        for end in ("@COMMAND_END@", "@LAUNCH_END@"):
            body = body.replace(end, f"END_{secrets.token_hex(16)}")
        body = body.replace("@COMMAND@", command)
        return Operation(f"{{\n{head}\n{body}\nexit\n}}\n".encode(), mark.encode())


@dataclass(frozen=True)
class Operation:
    text: bytes
    mark: bytes

    def report(self, line: bytes) -> Report:
        """Raises ValueError for a line that is not the answer to this operation."""
        words = line.removeprefix(self.mark + b" ").decode("utf-8", "replace").split()
        if not line.startswith(self.mark + b" ") or not words or words[0] not in STATES:
            raise ValueError("not the launcher's answer")
        return Report(words[0], dict(word.split("=", 1) for word in words[1:] if "=" in word))


def command_file(script: str, arguments: list[str], environment: Mapping[str, str], result_file: str) -> str:
    """What the wrapper runs: it removes itself, sets the environment and becomes the script.

    Python does not buffer then; other programs' output is line-buffered where the host has stdbuf.
    """
    variables = {"PYTHONUNBUFFERED": "1", **environment}
    lines = ['rm -f "$0"', f'MEDPRO_RESULT_FILE="${{0%/*}}/{result_file}"', "export MEDPRO_RESULT_FILE"]
    lines += [f"{_variable(name)}={shlex.quote(value)}\nexport {name}" for name, value in variables.items()]
    run = " ".join(shlex.quote(word) for word in [script, *arguments])
    lines.append(f"command -v stdbuf > /dev/null && exec stdbuf -oL -eL {run}")
    lines.append(f"exec {run}")
    return "\n".join(lines)


def _variable(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        raise ValueError(f"{name!r} cannot be a variable")
    return name


@cache
def _template() -> str:
    return Path(__file__).with_name("launcher.sh").read_text(encoding="utf-8")

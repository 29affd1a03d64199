"""Scripts that the pages' tests run: one that prints what the test says, and how to run any other."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.stack import Client

SPEAKER = """#!/usr/bin/env python3
import os, pathlib, sys, time
here = pathlib.Path(sys.argv[0])
says, ends, result = (here.with_suffix(end) for end in (".says", ".ends", ".result"))
with says.open("rb") as text:
    while True:
        ended = ends.exists()
        sys.stdout.buffer.write(text.read())
        sys.stdout.flush()
        if ended:
            break
        time.sleep(0.05)
if result.exists():
    pathlib.Path(os.environ["MEDPRO_RESULT_FILE"]).write_bytes(result.read_bytes())
sys.exit(int(ends.read_text()))
"""


@dataclass(frozen=True)
class Speaker:
    path: Path

    def say(self, *lines: str, end: str = "\n") -> None:
        with self.path.with_suffix(".says").open("a", newline="") as text:
            text.write("\n".join(lines) + end)

    def end(self, status: int = 0, result: dict[str, Any] | None = None) -> None:
        if result is not None:
            self.path.with_suffix(".result").write_text(json.dumps(result))
        whole = self.path.with_suffix(".whole")
        whole.write_text(str(status))
        whole.rename(self.path.with_suffix(".ends"))


def speaker(folder: Path) -> Speaker:
    path = write(folder, SPEAKER, "speaker")
    path.with_suffix(".says").touch()
    return Speaker(path)


def write(folder: Path, text: str, name: str = "script") -> Path:
    path = folder / name
    path.write_text(text if text.startswith("#!") else f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def running(client: Client, script: Path) -> Any:
    """An execution of the script, which has begun."""
    execution = client.execute(client.job(script))
    return client.until(execution["id"], lambda now: now["script_started_at"] is not None)


def run(client: Client, script: Path, within_s: float = 60) -> Any:
    return client.ended(client.execute(client.job(script))["id"], within_s)

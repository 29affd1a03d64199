"""Scripts that tests let MedPro run: one that ends when the test says so, and any other from its text."""

from dataclasses import dataclass
from pathlib import Path


def write_script(folder: Path, text: str, name: str = "script") -> Path:
    path = folder / name
    path.write_text(text)
    path.chmod(0o755)
    return path


@dataclass(frozen=True)
class Gate:
    """A script that runs until `open`, so that a test decides how long an execution lasts."""

    script: Path

    def open(self) -> None:
        self.script.with_suffix(".open").touch()


def gate(folder: Path) -> Gate:
    return Gate(write_script(folder, '#!/bin/sh\necho began\nuntil [ -e "$0.open" ]; do sleep 0.05; done\n', "gate"))

"""`medpro` as a process of its own before the real gateway, as people and scripts start it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.e2e.conftest import script
from tests.stack import ROOT, Stack

__all__ = ["script"]


@dataclass
class Ended:
    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Medpro = Callable[..., Ended]


@pytest.fixture
def medpro_command(medpro: Stack) -> Medpro:
    def call(*words: object, stdin: str = "", url: str = medpro.client.base) -> Ended:
        settings = {**os.environ, "PYTHONPATH": str(ROOT), "MEDPRO_URL": url}
        command = [sys.executable, "-m", "cli", *map(str, words)]
        ended = subprocess.run(
            command, input=stdin, env=settings, capture_output=True, text=True, timeout=60, check=False
        )
        return Ended(ended.returncode, ended.stdout, ended.stderr)

    return call

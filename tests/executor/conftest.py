"""A host for each shell, and a run on it. Whatever a test leaves behind there is killed."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.executor.host_shell import SHELLS, HostShell, Run

# Dash, which every machine of ours has, with every change; the others take as long again, each.
EACH_SHELL = ["dash", *(pytest.param(name, marks=pytest.mark.slow) for name in SHELLS if name != "dash")]


@pytest.fixture
def fast_folder(tmp_path: Path) -> Iterator[Path]:
    """In memory where there is such a place: the launcher syncs what it writes, and a disk is slow at that."""
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=memory, prefix="medpro-") as folder:
        yield Path(folder)


@pytest.fixture(params=EACH_SHELL)
def host(request: pytest.FixtureRequest, fast_folder: Path) -> Iterator[HostShell]:
    host = HostShell(fast_folder / "host", request.param)
    yield host
    host.kill_all()


@pytest.fixture
def run(host: HostShell) -> Run:
    return Run(host)

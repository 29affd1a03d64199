"""Scripts that tests put on the host."""

from collections.abc import Callable
from pathlib import Path

import pytest

Script = Callable[..., Path]


@pytest.fixture
def script(tmp_path: Path) -> Script:
    """`script(text)` is the path of an executable with that text: sh, unless it names its interpreter itself."""

    def write(text: str, name: str = "script") -> Path:
        path = tmp_path / name
        path.write_text(text if text.startswith("#!") else f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
        return path

    return write

"""A short campaign with a fixed schedule of harm; `make chaos` runs long ones with any."""

from pathlib import Path

import pytest

from tests.chaos.campaign import run

SEED, SECONDS, EXECUTIONS = 1, 60, 24


@pytest.mark.slow
def test_a_minute_of_harm_breaks_no_promise(tmp_path: Path) -> None:
    report = run(SEED, SECONDS, EXECUTIONS, tmp_path)
    assert not report.findings, str(report)

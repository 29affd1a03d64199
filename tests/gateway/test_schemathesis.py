"""Whatever fits the OpenAPI document, and much that does not, is answered as the document says: all checks."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.gateway.gateways import TOKEN
from tests.stack import Client, Stack

CONFIG = Path(__file__).with_name("schemathesis.toml")


def schemathesis(client: Client, examples: int, folder: Path, *headers: str) -> None:
    """Fails with what was found, and how to repeat it.

    A source with jobs and a job with executions are deactivated by DELETE and stay readable, so a use after it is no
    defect here; test_sources.py and test_jobs.py say which is deleted.
    """
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG), "run"]
    command += [f"{client.base}/api/v1/openapi.json", "--url", f"{client.base}/api/v1"]
    command += ["--checks", "all", "--exclude-checks", "use_after_free"]
    command += ["--max-examples", str(examples), "--seed", "1", "--generation-deterministic"]
    command += [word for header in headers for word in ("--header", header)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-2000:]


@pytest.mark.slow
def test_the_api_is_what_its_document_says(frail: Stack, tmp_path: Path) -> None:
    schemathesis(frail.client, 60, tmp_path)


@pytest.mark.slow
def test_with_a_token_too(guarded: Client, tmp_path: Path) -> None:
    schemathesis(guarded, 10, tmp_path, f"Authorization: Bearer {TOKEN}")

"""Who may call: loopback only without tokens, and bearer tokens with them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.gateway.expect import problem
from tests.gateway.gateways import TOKEN, bearer
from tests.servers import free_port
from tests.stack import ROOT, Client, Stack

API = "/api/v1"


def start(**variables: str) -> "subprocess.CompletedProcess[str]":
    settings = {**os.environ, "PYTHONPATH": str(ROOT), "MEDPRO_GATEWAY_PORT": str(free_port()), **variables}
    command = [sys.executable, "-m", "gateway"]
    return subprocess.run(command, env=settings, capture_output=True, text=True, timeout=20, check=False)


@pytest.mark.parametrize("host", ["0.0.0.0", "medpro.example"])
def test_without_a_tokens_file_any_other_address_than_a_loopback_one_is_refused_at_start(host: str) -> None:
    ended = start(MEDPRO_GATEWAY_HOST=host)
    assert ended.returncode != 0
    assert "MEDPRO_API_TOKENS_FILE" in ended.stderr
    assert host in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("content", [None, "", "not toml", f'ana = "{"x" * 64}"'])
def test_a_tokens_file_that_cannot_be_used_is_refused_at_start(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "tokens.toml"
    if content is not None:
        path.write_text(content)
    ended = start(MEDPRO_GATEWAY_HOST="0.0.0.0", MEDPRO_API_TOKENS_FILE=str(path))
    assert ended.returncode != 0
    assert "tokens.toml" in ended.stderr or "MEDPRO_API_TOKENS_FILE" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_port_that_is_taken_gets_a_clear_message(medpro: Stack) -> None:
    port = medpro.client.base.rpartition(":")[2]
    ended = start(MEDPRO_GATEWAY_PORT=port, MEDPRO_NATS_URL=medpro.variables["MEDPRO_NATS_URL"])
    assert ended.returncode != 0
    assert f"127.0.0.1:{port}" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_with_a_tokens_file_every_api_request_needs_one_of_them(guarded: Client) -> None:
    for headers in ({}, bearer("wrong"), bearer(""), {"Authorization": f"Basic {TOKEN}"}, {"Authorization": TOKEN}):
        for method, path in (("GET", "/environments"), ("POST", "/migration-sources"), ("GET", "/nothing")):
            answer = guarded.call(method, API + path, None if method == "GET" else {}, headers)
            problem(answer, 401)
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    for token in (TOKEN, "other"):
        assert guarded.call("GET", f"{API}/environments", headers=bearer(token)).status == 200
    assert guarded.call("GET", "/healthz").status == guarded.call("GET", "/readyz").status == 200


def test_an_odd_token_is_no_token(guarded: Client) -> None:
    for token in ("\xff\xfe", "x" * 4000, "é"):
        problem(guarded.call("GET", f"{API}/environments", headers=bearer(token)), 401)


def test_executed_by_is_the_tokens_name_unless_the_request_says_who(guarded: Client, quick: Path) -> None:
    caller = Client(guarded.base, bearer())
    job = caller.job(quick)
    first = caller.ended(caller.execute(job)["id"])
    second = caller.ended(caller.execute(job, executed_by="bruno")["id"])
    assert (first["executed_by"], second["executed_by"]) == ("ana@clinic", "bruno")

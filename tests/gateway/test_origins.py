"""Hosts and origins: the gateway's own, those that configuration adds, CORS for them, and no one else."""

import os
from pathlib import Path

import pytest

from tests.gateway.expect import problem
from tests.gateway.gateways import ADMIN, OTHER_ADMIN, bearer, send
from tests.stack import Client, Stack

API = "/api/v1"
HERE = f"{API}/environments"


def test_a_foreign_host_is_refused(medpro: Stack, guarded: Client) -> None:
    port = guarded.base.rpartition(":")[2]
    for host in ("evil.example", f"evil.example:{port}", "api.medpro.example", "localhost.evil.example", "0.0.0.0"):
        problem(send(medpro.client, "GET", HERE, {"Host": host}), 403)
    for host in ("localhost", "LOCALHOST:1", f"127.0.0.1:{port}", "[::1]:8080"):
        assert send(medpro.client, "GET", HERE, {"Host": host}).status == 200
    for host in ("api.medpro.example", "API.medpro.example:443"):
        assert send(guarded, "GET", HERE, {"Host": host, **bearer()}).status == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null", f"{ADMIN}.evil.example", f"{ADMIN}:8443"])
def test_a_foreign_origin_is_refused_and_gets_no_cors_headers(guarded: Client, origin: str) -> None:
    for method in ("GET", "OPTIONS"):
        answer = guarded.call(method, HERE, headers={"Origin": origin, **bearer()})
        problem(answer, 403)
        assert "Access-Control-Allow-Origin" not in answer.headers


def test_our_own_pages_are_no_foreign_origin(medpro: Stack) -> None:
    base = medpro.client.base
    assert medpro.client.call("GET", HERE, headers={"Origin": base}).status == 200


def test_a_preflight_of_an_allowed_origin_needs_no_token(guarded: Client) -> None:
    headers = {
        "Origin": ADMIN,
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "authorization,content-type,idempotency-key",
    }
    answer = guarded.call("OPTIONS", f"{API}/migration-jobs/1", headers=headers)
    assert answer.status in (200, 204)
    assert answer.headers["Access-Control-Allow-Origin"] == ADMIN
    methods = {name.strip() for name in answer.headers["Access-Control-Allow-Methods"].split(",")}
    assert methods >= {"GET", "POST", "PUT", "DELETE"}
    allowed = {name.strip().lower() for name in answer.headers["Access-Control-Allow-Headers"].split(",")}
    assert allowed >= {"authorization", "content-type", "idempotency-key"}


def test_an_allowed_origin_may_read_every_answer_errors_included(guarded: Client) -> None:
    caller = Client(guarded.base, {"Origin": ADMIN, **bearer()})
    body = {"name": f"cors-{os.getpid()}", "display_name": "x", "script_path": "/opt/x"}
    answers = {
        201: caller.call("POST", f"{API}/migration-sources", body),
        409: caller.call("POST", f"{API}/migration-sources", body),
        422: caller.call("POST", f"{API}/migration-sources", {}),
        415: caller.call("POST", f"{API}/migration-sources", b"{}", {"Content-Type": "text/plain"}),
        404: caller.call("GET", f"{API}/nothing"),
        405: caller.call("DELETE", HERE),
        401: guarded.call("GET", HERE, headers={"Origin": OTHER_ADMIN}),
        200: caller.call("GET", HERE),
    }
    for status, answer in answers.items():
        assert answer.status == status
        expected = OTHER_ADMIN if status == 401 else ADMIN
        assert answer.headers["Access-Control-Allow-Origin"] == expected
        assert "location" in answer.headers["Access-Control-Expose-Headers"].lower()
        assert "origin" in answer.headers["Vary"].lower()


def test_an_allowed_origin_may_read_the_download(guarded: Client, quick: Path) -> None:
    caller = Client(guarded.base, {"Origin": ADMIN, **bearer()})
    execution = caller.ended(caller.execute(caller.job(quick))["id"])
    answer = caller.call("GET", f"{API}/migration-executions/{execution['id']}/logs?format=text")
    assert (answer.body, answer.headers["Access-Control-Allow-Origin"]) == (b"done\n", ADMIN)


SENT_WITHOUT_PREFLIGHT = ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data")


@pytest.mark.parametrize("kind", SENT_WITHOUT_PREFLIGHT)
def test_what_a_foreign_page_can_send_without_preflight_executes_nothing(medpro: Stack, kind: str) -> None:
    job = medpro.client.job("/opt/x")
    path, body = f"{API}/migration-jobs/{job['id']}/execute", b'{"environment_id": "staging"}'
    problem(medpro.client.call("POST", path, body, {"Content-Type": kind}), 415)
    assert medpro.client.get(f"/migration-executions?job_id={job['id']}")["total"] == 0


@pytest.mark.parametrize("kind", SENT_WITHOUT_PREFLIGHT)
def test_what_a_foreign_page_can_send_without_preflight_cancels_nothing(medpro: Stack, kind: str) -> None:
    path = f"{API}/migration-executions/999999999/cancel"
    problem(medpro.client.call("POST", path, b"{}", {"Content-Type": kind}), 415)

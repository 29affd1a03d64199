"""Environments with what runs on them; and whether the gateway lives and what it stands on answers."""

from typing import Any

import pytest

from tests.gateway.expect import problem
from tests.gateway.scripts import Gate
from tests.servers import Nats, wait_until
from tests.stack import Client, Stack


def narrow(client: Client) -> Any:
    return next(item for item in client.get("/environments")["items"] if item["id"] == "narrow")


def test_environments_are_shown_as_the_file_has_them_and_without_how_to_get_there(frail: Stack) -> None:
    shown = frail.client.get("/environments")
    assert (shown["next_cursor"], shown["total"]) == (None, 2)
    told = {"id", "display_name", "colour", "protected", "max_concurrent", "running", "queued"}
    plain, guarded = ({name: item[name] for name in told} for item in shown["items"])
    nothing = {"running": 0, "queued": 0}
    common = {"display_name": "staging", "colour": None, "protected": False, "max_concurrent": 20}
    assert plain == {"id": "staging", **common, **nothing}
    asked = {"display_name": "Produção", "colour": "amber", "protected": True, "max_concurrent": 3}
    assert guarded == {"id": "guarded", **asked, **nothing}
    for item in shown["items"]:
        assert not item.keys() & {"host", "port", "username", "client_key", "known_hosts", "run_directory"}


def test_an_environment_counts_what_runs_and_what_waits(client: Client, gated: Gate) -> None:
    executions = [client.execute(client.job(gated.script), "narrow")["id"] for _ in range(3)]
    for execution in executions[:2]:
        client.until(execution, lambda now: now["phase"] == "running")
    assert (narrow(client)["running"], narrow(client)["queued"]) == (2, 1)
    gated.open()
    for execution in executions:
        client.ended(execution)
    assert (narrow(client)["running"], narrow(client)["queued"]) == (0, 0)


def test_a_secrets_value_is_shown_nowhere(medpro: Stack) -> None:
    assert "hunter2" not in medpro.client.call("GET", "/api/v1/environments").body.decode()


def test_the_gateway_lives_and_is_ready(medpro: Stack) -> None:
    assert medpro.client.call("GET", "/healthz").status == 200
    assert medpro.client.call("GET", "/readyz").status == 200


@pytest.mark.parametrize(
    ("service", "path"),
    [("services.catalog", "/api/v1/migration-sources"), ("services.logsink", "/api/v1/migration-executions")],
)
def test_without_a_service_it_is_not_ready_says_which_and_recovers(frail: Stack, service: str, path: str) -> None:
    client, name = frail.client, service.removeprefix("services.")
    frail.kill(service)
    answer = client.call("GET", "/readyz")
    assert answer.status == 503
    states = {check: state == "ok" for check, state in answer.json["checks"].items()}
    assert states == {"nats": True, "catalog": name != "catalog", "logsink": name != "logsink"}
    assert client.call("GET", "/healthz").status == 200
    refused = client.call("GET", path)
    assert name in problem(refused, 503)["detail"]
    assert int(refused.headers["Retry-After"]) > 0
    frail.start(service)
    frail.wait_ready()
    assert client.call("GET", path).status == 200


def test_it_needs_no_executor_to_be_ready(frail: Stack) -> None:
    frail.kill("services.executor")
    assert frail.client.call("GET", "/readyz").status == 200
    frail.start("services.executor")


def test_without_nats_it_lives_but_is_not_ready_and_recovers(frail: Stack, frail_nats: Nats) -> None:
    client = frail.client
    frail_nats.process.kill()
    wait_until(lambda: client.call("GET", "/readyz").json["checks"]["nats"] != "ok", "the gateway sees it")
    assert client.call("GET", "/readyz").status == 503
    assert client.call("GET", "/healthz").status == 200
    problem(client.call("GET", "/api/v1/migration-sources"), 503)
    frail_nats.start()
    frail.wait_ready()
    assert client.get("/migration-sources")["items"] == []

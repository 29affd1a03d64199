"""What those who operate it see: metrics, health and readiness of each service, and one id through all their logs."""

import re

import pytest

from tests.e2e.conftest import Script
from tests.servers import free_port, wait_until
from tests.stack import Client, Stack

METRICS = {
    "gateway": {"medpro_http_request_seconds"},
    "services.catalog": {"medpro_request_seconds", "medpro_executions", "medpro_outbox_age_seconds",
                         "medpro_queue_messages"},
    "services.executor": {"medpro_executor_runs", "medpro_dead_letters_total"},
    "services.logsink": {"medpro_log_lines_total", "medpro_log_bytes_total", "medpro_log_delay_seconds",
                         "medpro_queue_messages", "medpro_dead_letters_total"},
}  # fmt: skip


@pytest.mark.parametrize("service", METRICS)
def test_each_service_tells_its_metrics_and_whether_it_is_ready(medpro: Stack, service: str) -> None:
    port = free_port()
    admin = Client(f"http://127.0.0.1:{port}")
    variables = {"MEDPRO_ADMIN_PORT": str(port), "MEDPRO_GATEWAY_PORT": str(free_port())}
    medpro.start("watched", service, **variables)
    try:
        wait_until(admin.ready, f"{service} is ready")
        assert admin.call("GET", "/healthz").json == {"status": "ok"}
        assert admin.call("GET", "/nothing").status == 404
        told = admin.call("GET", "/metrics").body.decode()
        names = set(re.findall(r"^# HELP (\w+)", told, re.MULTILINE))
        assert METRICS[service] <= names | {f"{name}_total" for name in names}
    finally:
        medpro.processes.pop("watched").stop()


def test_a_port_that_is_taken_gets_a_clear_message(medpro: Stack) -> None:
    taken = medpro.client.base.rpartition(":")[2]
    process = medpro.start("refused", "services.executor", MEDPRO_ADMIN_PORT=taken)
    try:
        wait_until(lambda: not process.running, "it ends")
        assert f"MEDPRO_ADMIN_PORT {taken}" in process.said()
        assert "Traceback" not in process.said()
    finally:
        medpro.processes.pop("refused").stop()


def test_one_id_follows_a_request_and_its_execution_through_the_logs(medpro: Stack, script: Script) -> None:
    client = medpro.client
    job = client.job(script("echo hello", "followed"))
    path, body = f"/api/v1/migration-jobs/{job['id']}/execute", {"environment_id": "staging"}
    answer = client.call("POST", path, body, {"X-Request-Id": "follow-me-1234"})
    assert answer.headers["X-Request-Id"] == "follow-me-1234"
    client.ended(answer.json["id"])
    for service in ("gateway", "services.catalog"):
        wait_until(lambda: "follow-me-1234" in medpro.processes[service].said(), f"{service} says it", 10)  # noqa: B023 - waited for within the loop
    for service in ("services.catalog", "services.executor", "services.logsink"):
        said = medpro.processes[service].said()
        assert re.search(rf"execution_id={answer.json['id']}\b", said), service
    assert (
        client.call("GET", "/api/v1/environments", headers={"X-Request-Id": "bad id\t"}).headers["X-Request-Id"]
        != "bad"
    )

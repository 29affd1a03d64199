"""Executing a job through REST: the answer, who may not be executed, and that nothing is ever started twice."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.expect import TIME, fresh, problem, wrong
from tests.gateway.scripts import Gate
from tests.stack import Answer, Client

EXECUTIONS = "/api/v1/migration-executions"
FIELDS = {
    "id", "job_id", "environment_id", "status", "phase", "progress", "progress_origin", "progress_message",
    "eta_seconds", "started_at", "script_started_at", "completed_at", "duration_ms", "executed_by", "command_executed",
    "request", "result_summary", "log_lines", "last_output_at", "live_line", "unreachable_since",
    "cancel_requested_at", "poll_after_ms",
}  # fmt: skip
HERE = {"environment_id": "staging"}


def execute(client: Client, job: Any, body: Any = None, key: str | None = None) -> Answer:
    headers = {} if key is None else {"Idempotency-Key": key}
    return client.call("POST", f"/api/v1/migration-jobs/{job['id']}/execute", body or HERE, headers)


def test_a_new_execution_is_answered_with_every_field_and_its_address(client: Client, gated: Gate) -> None:
    job = client.job(
        gated.script, [{"name": "practitioner_id", "type": "integer"}, {"name": "mode"}], practitioner_id=1
    )
    body = {**HERE, "parameters": {"practitioner_id": 42}, "executed_by": "ana@clinic"}
    answer = execute(client, job, body)
    assert answer.status == 202
    execution = answer.json
    assert execution.keys() >= FIELDS
    source = client.get(f"/migration-sources/{job['source_id']}")
    assert execution["request"] == {"source": source["name"], "job": job["name"], "parameters": {"practitioner_id": 42}}
    assert execution["command_executed"] == f"{gated.script} --practitioner_id=42"
    told = ("job_id", "environment_id", "status", "phase", "progress", "executed_by")
    assert [execution[name] for name in told] == [job["id"], "staging", "running", "queued", 0, "ana@clinic"]
    assert TIME.fullmatch(execution["started_at"])
    assert execution["completed_at"] is execution["result_summary"] is execution["script_started_at"] is None
    assert answer.headers["Location"] == f"{EXECUTIONS}/{execution['id']}"
    assert client.call("GET", answer.headers["Location"]).json["started_at"] == execution["started_at"]


def test_without_tokens_and_name_nobody_is_told_to_have_executed_it(client: Client, quick: Path) -> None:
    execution = client.execute(client.job(quick))
    assert execution["executed_by"] is None
    client.ended(execution["id"])


def test_all_errors_are_reported_at_once_and_nothing_is_executed(client: Client) -> None:
    parameters: list[dict[str, Any]] = [
        {"name": "id", "type": "integer", "required": True},
        {"name": "TOKEN", "type": "secret"},
    ]
    job = client.job("/opt/x", parameters, id=1)
    body = {**HERE, "parameters": {"id": None, "TOKEN": "nobodys", "colour": 1}, "executed_by": "a\nb"}
    assert wrong(execute(client, job, body)) == {
        ("parameters.id", "required"),
        ("parameters.TOKEN", "unknown_secret"),
        ("parameters.colour", "unknown"),
        ("executed_by", "invalid"),
    }
    assert wrong(execute(client, job, {"environment_id": "moon"})) == {("environment_id", "unknown")}
    assert wrong(execute(client, job, {"executed_by": "ana"})) == {("environment_id", "required")}
    assert wrong(execute(client, job, {"environment_id": "fenced"})) == {("environment_id", "script_not_allowed")}
    assert client.get(f"/migration-executions?job_id={job['id']}")["total"] == 0


@pytest.mark.parametrize("what", ["source", "job"])
def test_what_is_deactivated_cannot_be_executed(client: Client, what: str) -> None:
    job = client.job("/opt/x")
    identity = job["id"] if what == "job" else job["source_id"]
    client.call("PUT", f"/api/v1/migration-{what}s/{identity}", {"is_active": False})
    assert wrong(execute(client, job)) == {(f"{what}_id", "inactive")}


def test_an_unknown_job_is_not_found(client: Client) -> None:
    problem(execute(client, {"id": 999_999_999}), 404)


def test_a_running_job_is_not_executed_again_there_but_elsewhere_and_afterwards(client: Client, gated: Gate) -> None:
    job = client.job(gated.script)
    first = client.execute(job)
    refused = problem(execute(client, job), 409)
    assert refused["running_execution_id"] == first["id"]
    elsewhere = client.execute(job, "narrow")
    gated.open()
    client.ended(first["id"])
    again = client.execute(job)
    assert len({first["id"], elsewhere["id"], again["id"]}) == 3


def test_the_same_key_gives_the_same_execution_while_it_runs_and_when_it_has_ended(client: Client, gated: Gate) -> None:
    job, key = client.job(gated.script), fresh("key")
    first, second = execute(client, job, key=key), execute(client, job, key=key)
    assert (first.status, second.status) == (202, 202)
    assert second.json["id"] == first.json["id"]
    assert second.headers["Location"] == first.headers["Location"]
    gated.open()
    ended = client.ended(first.json["id"])
    assert execute(client, job, key=key).json == ended
    assert client.get(f"/migration-executions?job_id={job['id']}")["total"] == 1


def test_a_key_that_was_used_for_another_body_or_job_is_refused(client: Client, quick: Path) -> None:
    job, key = client.job(quick, [{"name": "mode"}]), fresh("key")
    execution = execute(client, job, key=key).json
    reused = {("Idempotency-Key", "reused")}
    assert wrong(execute(client, job, {"environment_id": "narrow"}, key)) == reused
    assert wrong(execute(client, job, {**HERE, "parameters": {"mode": "x"}}, key)) == reused
    assert wrong(execute(client, client.job(quick), key=key)) == reused
    client.ended(execution["id"])


def test_the_order_of_fields_in_a_body_does_not_make_it_another(client: Client, quick: Path) -> None:
    job, key = client.job(quick, [{"name": "a"}, {"name": "b"}]), fresh("key")
    first = execute(client, job, {**HERE, "parameters": {"a": "1", "b": "2"}}, key)
    second = execute(client, job, {"parameters": {"b": "2", "a": "1"}, **HERE}, key)
    assert (second.status, second.json["id"]) == (202, first.json["id"])
    client.ended(first.json["id"])


@pytest.mark.parametrize("key", ["", "k" * 256, "clé", "a\tb"])
def test_a_key_is_up_to_255_printable_ascii_characters(client: Client, key: str) -> None:
    assert wrong(execute(client, client.job("/opt/x"), key=key)) == {("Idempotency-Key", "invalid")}


def test_the_longest_key_is_taken(client: Client, quick: Path) -> None:
    answer = execute(client, client.job(quick), key=fresh("k").ljust(255, "k"))
    assert answer.status == 202
    client.ended(answer.json["id"])


def test_simultaneous_requests_never_start_two(client: Client, gated: Gate) -> None:
    job = client.job(gated.script)
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: execute(client, job), range(8)))
    started = [answer.json["id"] for answer in answers if answer.status == 202]
    assert len(started) == 1
    refused = [problem(answer, 409)["running_execution_id"] for answer in answers if answer.status != 202]
    assert refused == started * 7


def test_simultaneous_requests_with_one_key_are_one_execution(client: Client, gated: Gate) -> None:
    job, key = client.job(gated.script), fresh("key")
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: execute(client, job, key=key), range(8)))
    assert {answer.status for answer in answers} == {202}
    assert len({answer.json["id"] for answer in answers}) == 1
    assert client.get(f"/migration-executions?job_id={job['id']}")["total"] == 1

"""Migration jobs through REST: shape, values checked against the source, what PUT changes, what DELETE leaves."""

from pathlib import Path
from typing import Any

from tests.gateway.expect import TIME, fresh, problem, wrong
from tests.stack import Client

JOBS = "/api/v1/migration-jobs"
PARAMETERS: list[dict[str, Any]] = [
    {"name": "practitioner_id", "type": "integer", "required": True, "min": 1},
    {"name": "mode", "type": "choice", "choices": ["full", "delta"], "default": "full"},
]
FIELDS = {
    "id", "source_id", "name", "description", "parameters", "is_active", "created_at", "updated_at", "last_execution",
}  # fmt: skip


def test_a_new_job_is_answered_with_every_field_and_its_address(client: Client) -> None:
    source = client.source("/opt/x", PARAMETERS)
    sent = {"source_id": source["id"], "name": "Dr. Souza", "description": None, "parameters": {"practitioner_id": 42}}
    answer = client.call("POST", JOBS, sent)
    assert answer.status == 201
    job = answer.json
    assert job.keys() >= FIELDS
    assert {name: job[name] for name in sent} == sent
    assert job["is_active"] is True
    assert job["last_execution"] is None
    assert TIME.fullmatch(job["created_at"])
    assert TIME.fullmatch(job["updated_at"])
    assert answer.headers["Location"] == f"{JOBS}/{job['id']}"
    assert client.call("GET", answer.headers["Location"]).json == job


def test_all_errors_of_a_job_are_reported_at_once(client: Client) -> None:
    source = client.source("/opt/x", PARAMETERS)
    body = {"source_id": source["id"], "name": " ", "parameters": {"practitioner_id": 0, "mode": "half", "colour": 1}}
    assert wrong(client.call("POST", JOBS, body)) == {
        ("name", "required"),
        ("parameters.practitioner_id", "out_of_range"),
        ("parameters.mode", "not_a_choice"),
        ("parameters.colour", "unknown"),
    }
    body = {"source_id": source["id"], "name": "x"}
    assert wrong(client.call("POST", JOBS, body)) == {("parameters.practitioner_id", "required")}


def test_an_unknown_an_inactive_or_no_source_is_refused(client: Client) -> None:
    assert wrong(client.call("POST", JOBS, {"name": "x"})) == {("source_id", "required")}
    assert wrong(client.call("POST", JOBS, {"name": "x", "source_id": 10**9})) == {("source_id", "unknown")}
    source_id = client.source("/opt/x", is_active=False)["id"]
    assert wrong(client.call("POST", JOBS, {"name": "x", "source_id": source_id})) == {("source_id", "inactive")}


def test_put_changes_only_the_fields_that_are_sent(client: Client) -> None:
    before = client.job("/opt/x", PARAMETERS, practitioner_id=42, mode="delta")
    path = f"{JOBS}/{before['id']}"
    changed = client.call("PUT", path, {"description": "nightly"})
    assert changed.status == 200
    assert changed.json == {**before, "description": "nightly", "updated_at": changed.json["updated_at"]}
    replaced = client.call("PUT", path, {"parameters": {"practitioner_id": 43}}).json
    assert replaced["parameters"] == {"practitioner_id": 43}
    assert replaced["description"] == "nightly"


def test_put_checks_values_against_the_source_and_changes_nothing_when_they_are_wrong(client: Client) -> None:
    job = client.job("/opt/x", PARAMETERS, practitioner_id=42)
    path = f"{JOBS}/{job['id']}"
    answer = client.call("PUT", path, {"name": "", "parameters": {"mode": 7}})
    assert wrong(answer) == {
        ("name", "required"),
        ("parameters.practitioner_id", "required"),
        ("parameters.mode", "not_a_choice"),
    }
    assert client.call("GET", path).json == job


def test_moving_a_job_to_another_source_checks_its_values_there(client: Client) -> None:
    job = client.job("/opt/x", PARAMETERS, practitioner_id=42)
    other = client.source("/opt/y", [{"name": "since", "type": "date"}])
    answer = client.call("PUT", f"{JOBS}/{job['id']}", {"source_id": other["id"]})
    assert wrong(answer) == {("parameters.practitioner_id", "unknown")}
    moved = client.call("PUT", f"{JOBS}/{job['id']}", {"source_id": other["id"], "parameters": {"since": "2026-01-31"}})
    assert (moved.status, moved.json["source_id"]) == (200, other["id"])


def test_a_job_with_executions_stays_with_its_source(client: Client, quick: Path) -> None:
    job = client.job(quick)
    execution = client.ended(client.execute(job)["id"])
    other = client.source("/opt/y")
    assert wrong(client.call("PUT", f"{JOBS}/{job['id']}", {"source_id": other["id"]})) == {("source_id", "in_use")}
    assert client.call("PUT", f"{JOBS}/{job['id']}", {"source_id": job["source_id"]}).status == 200
    found = client.get(f"/migration-executions?source_id={job['source_id']}")["items"]
    assert [one["id"] for one in found] == [execution["id"]]


def test_jobs_are_listed_by_source(client: Client) -> None:
    job, _other = client.job("/opt/x"), client.job("/opt/x")
    assert client.get(f"/migration-jobs?source_id={job['source_id']}")["items"] == [job]
    assert client.get("/migration-jobs?source_id=999999999") == {"items": [], "next_cursor": None, "total": 0}


def test_a_job_without_executions_is_removed(client: Client) -> None:
    path = f"{JOBS}/{client.job('/opt/x')['id']}"
    answer = client.call("DELETE", path)
    assert (answer.status, answer.body) == (204, b"")
    for method, body in (("GET", None), ("PUT", {"name": fresh("x")}), ("DELETE", None)):
        problem(client.call(method, path, body), 404)


def test_a_job_with_executions_is_deactivated_and_shows_the_last_one(client: Client, quick: Path) -> None:
    job = client.job(quick)
    execution = client.ended(client.execute(job)["id"])
    path = f"{JOBS}/{job['id']}"
    assert client.call("DELETE", path).status == 204
    kept = client.call("GET", path).json
    assert kept["is_active"] is False
    assert kept["last_execution"] == {
        name: execution[name] for name in ("id", "status", "environment_id", "started_at")
    }
    assert client.get(f"/migration-jobs?source_id={job['source_id']}")["items"] == []
    assert client.get(f"/migration-jobs?source_id={job['source_id']}&include_inactive=true")["items"] == [kept]
    assert client.execution(execution["id"]) == execution

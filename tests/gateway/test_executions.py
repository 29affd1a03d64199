"""Executions through REST: looking at one, listing, cancelling, and that history stays what it was."""

from pathlib import Path

from tests.gateway.expect import TIME, problem, walk
from tests.gateway.scripts import Gate, write_script
from tests.stack import Client

SUMMARY = {
    "outcome", "exit_status", "reason", "message", "detected", "counts", "entities", "reconciled", "outputs",
    "warnings", "errors", "first_error_seq",
}  # fmt: skip


def test_a_running_one_is_told_to_be_polled_each_second(client: Client, gated: Gate) -> None:
    execution = client.execute(client.job(gated.script))
    running = client.until(execution["id"], lambda now: now["phase"] == "running" and now["log_lines"] == 1)
    assert running["poll_after_ms"] == 1000
    assert TIME.fullmatch(running["script_started_at"])
    assert TIME.fullmatch(running["last_output_at"])
    assert running["duration_ms"] >= 0
    assert running["completed_at"] is None


def test_a_completed_one_has_times_full_progress_and_a_summary(client: Client, tmp_path: Path) -> None:
    script = write_script(tmp_path, "#!/bin/sh\necho 'Processed 450/1000 patients'\necho ERROR one row is bad\n")
    ended = client.ended(client.execute(client.job(script))["id"])
    assert (ended["status"], ended["phase"], ended["progress"], ended["log_lines"]) == ("completed", None, 100, 2)
    assert ended["started_at"] <= ended["script_started_at"] <= ended["completed_at"]
    summary = ended["result_summary"]
    assert summary.keys() >= SUMMARY
    assert (summary["outcome"], summary["exit_status"]) == ("succeeded", 0)
    assert summary["counts"].keys() == {"read", "migrated", "skipped", "failed"}
    assert (summary["errors"], summary["first_error_seq"]) == (1, 2)
    assert ended["poll_after_ms"] > 1000


def test_a_failed_one_keeps_its_progress_and_says_how_it_ended(client: Client, tmp_path: Path) -> None:
    script = write_script(tmp_path, "#!/bin/sh\necho 'Processed 450/1000 patients'\nexit 3\n")
    ended = client.ended(client.execute(client.job(script))["id"])
    assert (ended["status"], ended["progress"]) == ("failed", 45)
    summary = ended["result_summary"]
    assert (summary["outcome"], summary["exit_status"]) == ("exit_status", 3)


def test_they_are_listed_newest_first_and_filtered(client: Client, quick: Path, gated: Gate) -> None:
    done, open_ = client.job(quick), client.job(gated.script)
    first = client.ended(client.execute(done)["id"])
    second = client.ended(client.execute(done, "narrow")["id"])
    running = client.execute(open_)
    everything = [item["id"] for item in client.get("/migration-executions")["items"]]
    assert everything == sorted(everything, reverse=True)
    assert everything[:3] == [running["id"], second["id"], first["id"]]
    assert client.get(f"/migration-executions?job_id={done['id']}")["items"] == [second, first]
    assert walk(client, f"/migration-executions?job_id={done['id']}", 1) == [second, first]
    assert client.get(f"/migration-executions?source_id={done['source_id']}")["items"] == [second, first]
    narrow = client.get(f"/migration-executions?job_id={done['id']}&environment_id=narrow")
    assert narrow == {"items": [second], "next_cursor": None, "total": 1}
    assert [item["id"] for item in client.get("/migration-executions?status=running")["items"]] == [running["id"]]
    assert client.get("/migration-executions?environment_id=moon")["items"] == []


def test_changing_source_and_job_never_changes_the_record_of_a_past_execution(client: Client, quick: Path) -> None:
    job = client.job(quick, [{"name": "mode"}, {"name": "TOKEN", "type": "secret"}], mode="full", TOKEN="api_token")
    before = client.ended(client.execute(job)["id"])
    assert before["request"]["parameters"] == {"mode": "full", "TOKEN": "api_token"}
    source = {"name": job["name"] + "-new", "script_path": "/opt/other", "parameters": [{"name": "other"}]}
    assert client.call("PUT", f"/api/v1/migration-sources/{job['source_id']}", source).status == 200
    changed = client.call("PUT", f"/api/v1/migration-jobs/{job['id']}", {"name": "New", "parameters": {"other": "1"}})
    assert changed.status == 200
    for path in (f"migration-jobs/{job['id']}", f"migration-sources/{job['source_id']}"):
        assert client.call("DELETE", f"/api/v1/{path}").status == 204
    assert client.execution(before["id"]) == before


def test_cancelling_a_running_one_ends_it(client: Client, gated: Gate) -> None:
    execution = client.execute(client.job(gated.script))
    client.until(execution["id"], lambda now: now["phase"] == "running")
    asked = client.cancel(execution["id"])
    assert TIME.fullmatch(asked["cancel_requested_at"])
    ended = client.ended(execution["id"])
    assert (ended["status"], ended["result_summary"]["outcome"]) == ("failed", "cancelled")


def test_cancelling_needs_no_body_and_may_be_repeated(client: Client, quick: Path) -> None:
    ended = client.ended(client.execute(client.job(quick))["id"])
    for _ in range(2):
        answer = client.call("POST", f"/api/v1/migration-executions/{ended['id']}/cancel")
        assert (answer.status, answer.json) == (202, ended)


def test_cancelling_a_queued_one_ends_it_at_once_and_it_never_runs(client: Client, gated: Gate) -> None:
    working = [client.execute(client.job(gated.script), "narrow") for _ in range(2)]
    for execution in working:
        client.until(execution["id"], lambda now: now["phase"] == "running")
    queued = client.execute(client.job(gated.script), "narrow")
    ended = client.cancel(queued["id"])
    assert (ended["status"], ended["result_summary"]["outcome"]) == ("failed", "cancelled")
    assert ended["script_started_at"] is None
    gated.open()
    for execution in working:
        assert client.ended(execution["id"])["status"] == "completed"
    assert client.execution(queued["id"]) == ended


def test_an_unknown_one_is_not_found(client: Client) -> None:
    problem(client.call("GET", "/api/v1/migration-executions/999999999"), 404)
    problem(client.call("POST", "/api/v1/migration-executions/999999999/cancel"), 404)
    problem(client.call("GET", "/api/v1/migration-executions/999999999/logs"), 404)

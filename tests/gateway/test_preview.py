"""Preview through REST: the exact command, secrets masked, or every reason why there is none; nothing is executed."""

from typing import Any

from tests.gateway.expect import problem, wrong
from tests.stack import Answer, Client

PARAMETERS: list[dict[str, Any]] = [
    {"name": "practitioner_id", "type": "integer", "required": True, "min": 1},
    {"name": "note"},
    {"name": "dry_run", "type": "boolean", "default": True},
    {"name": "v", "flag": "-v"},
    {"name": "folder", "flag": ""},
    {"name": "LOCALE", "pass_as": "environment"},
    {"name": "API_TOKEN", "type": "secret"},
]


def preview(client: Client, job: Any, **body: Any) -> Answer:
    return client.call("POST", f"/api/v1/migration-jobs/{job['id']}/preview", body)


def test_it_shows_the_exact_command_with_secrets_masked_and_executes_nothing(client: Client) -> None:
    values = {"practitioner_id": 42, "note": "it's $HOME", "v": "3", "folder": "-rf", "LOCALE": "pt BR"}
    job = client.job("/opt/medpro/migrate it", PARAMETERS, **values, API_TOKEN="api_token")
    answer = preview(client, job, environment_id="staging", parameters={"practitioner_id": 43})
    assert answer.status == 200
    shown = answer.json
    assert shown["errors"] == []
    assert shown["command"] == (
        "LOCALE='pt BR' API_TOKEN=******** '/opt/medpro/migrate it' --practitioner_id=43"
        """ --note='it'"'"'s $HOME' --dry_run -v 3 -rf"""
    )
    assert shown["parameters"] == {**values, "practitioner_id": 43, "dry_run": True, "API_TOKEN": "api_token"}
    assert client.get(f"/migration-executions?job_id={job['id']}")["total"] == 0
    assert client.get(f"/migration-jobs/{job['id']}") == job


def test_it_is_the_command_that_is_then_executed(client: Client) -> None:
    job = client.job("/nowhere/at all", [{"name": "note"}], note="a\nb 'c' \"d\"")
    shown = preview(client, job, environment_id="staging").json["command"]
    execution = client.execute(job)
    assert execution["command_executed"] == shown
    client.ended(execution["id"])


def test_it_lists_all_errors_instead_of_a_command(client: Client) -> None:
    job = client.job("/opt/x", PARAMETERS, practitioner_id=42, API_TOKEN="nobodys")
    client.call("DELETE", f"/api/v1/migration-sources/{job['source_id']}")
    overrides = {"practitioner_id": "", "dry_run": "yes", "colour": 1}
    answer = preview(client, job, environment_id="staging", parameters=overrides)
    assert answer.status == 200
    assert answer.json["command"] is None
    assert {(error["field"], error["code"]) for error in answer.json["errors"]} == {
        ("parameters.practitioner_id", "required"),
        ("parameters.dry_run", "type"),
        ("parameters.colour", "unknown"),
        ("parameters.API_TOKEN", "unknown_secret"),
        ("source_id", "inactive"),
    }


def test_it_needs_no_environment_but_refuses_an_unknown_one(client: Client) -> None:
    job = client.job("/opt/x")
    assert preview(client, job).json["command"] == "/opt/x"
    shown = preview(client, job, environment_id="moon").json
    assert [(error["field"], error["code"]) for error in shown["errors"]] == [("environment_id", "unknown")]


def test_a_script_outside_an_environments_directories_is_an_error_there(client: Client) -> None:
    inside, outside = client.job("/opt/medpro/migrate"), client.job("/opt/medprox/migrate")
    assert preview(client, inside, environment_id="fenced").json["command"] == "/opt/medpro/migrate"
    shown = preview(client, outside, environment_id="fenced").json
    assert [(error["field"], error["code"]) for error in shown["errors"]] == [("environment_id", "script_not_allowed")]


def test_what_is_not_of_the_shape_is_refused(client: Client) -> None:
    job = client.job("/opt/x")
    answer = preview(client, job, environment_id=7, parameters={"a": [1]}, dry=True)
    assert wrong(answer, 400) == {("environment_id", "type"), ("parameters.a", "type"), ("dry", "unknown")}
    problem(client.call("POST", "/api/v1/migration-jobs/999999999/preview", {}), 404)


def test_a_source_that_is_not_saved_can_be_tried(client: Client) -> None:
    definitions = [{"name": "clinic", "required": True}, {"name": "since", "type": "date", "flag": "-s"}]
    body = {"script_path": "/opt/x", "parameters": definitions, "values": {"since": "2026-02-30"}}
    preview = client.post("/migration-source-preview", body, status=200)
    assert preview["command"] is None
    assert {error["field"] for error in preview["errors"]} == {"values.clinic", "values.since"}
    body["values"] = {"clinic": "two words", "since": "2026-02-28"}
    assert client.post("/migration-source-preview", body, status=200)["command"] == (
        "/opt/x --clinic='two words' -s 2026-02-28"
    )
    body["script_path"] = "relative"
    body["parameters"] = [{"name": "not a name"}]
    errors = client.post("/migration-source-preview", body, status=200)["errors"]
    assert {error["field"] for error in errors} == {"script_path", "parameters.0.name"}

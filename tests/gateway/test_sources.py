"""Migration sources through REST: shape, codes, what PUT changes, what DELETE leaves."""

from tests.gateway.expect import TIME, fresh, problem, wrong
from tests.stack import Client

SOURCES = "/api/v1/migration-sources"
PARAMETER = {
    "name": "practitioner_id",
    "label": "Practitioner",
    "type": "integer",
    "required": True,
    "default": None,
    "choices": None,
    "min": 1,
    "max": None,
    "help": "The practitioner's number",
    "flag": "--practitioner_id",
    "pass_as": "argument",
}
FIELDS = {
    "id", "name", "display_name", "description", "script_path", "parameters", "is_active", "created_at", "updated_at",
    "job_count",
}  # fmt: skip


def test_a_new_source_is_answered_with_every_field_and_its_address(client: Client) -> None:
    sent = {
        "name": fresh("iclinic"),
        "display_name": "iClinic",
        "description": "Patients\nand appointments",
        "script_path": "/opt/medpro/migrate_iclinic",
        "parameters": [PARAMETER],
    }
    answer = client.call("POST", SOURCES, sent)
    assert answer.status == 201
    source = answer.json
    assert source.keys() >= FIELDS
    assert {name: source[name] for name in sent} == sent
    assert source["is_active"] is True
    assert source["job_count"] == 0
    assert TIME.fullmatch(source["created_at"])
    assert TIME.fullmatch(source["updated_at"])
    assert answer.headers["Location"] == f"{SOURCES}/{source['id']}"
    assert client.call("GET", answer.headers["Location"]).json == source


def test_a_parameter_of_which_only_the_name_is_sent_has_every_field(client: Client) -> None:
    (parameter,) = client.source("/opt/x", [{"name": "since"}])["parameters"]
    assert parameter.keys() >= PARAMETER.keys()
    assert (parameter["type"], parameter["required"], parameter["pass_as"]) == ("string", False, "argument")


def test_a_name_that_is_taken_is_a_conflict_on_create_and_on_update(client: Client) -> None:
    first, second = client.source("/opt/x"), client.source("/opt/x")
    body = {"name": first["name"], "display_name": "Again", "script_path": "/opt/y"}
    assert wrong(client.call("POST", SOURCES, body), 409) == {("name", "taken")}
    path = f"{SOURCES}/{second['id']}"
    assert wrong(client.call("PUT", path, {"name": first["name"]}), 409) == {("name", "taken")}
    assert client.call("GET", path).json == second


def test_all_errors_of_a_source_are_reported_at_once(client: Client) -> None:
    body = {
        "name": "",
        "display_name": "two\nlines",
        "description": "x" * 10_001,
        "script_path": "relative/path",
        "parameters": [
            {"name": "0nope"},
            {"name": "mode", "type": "choice"},
            {"name": "mode", "flag": "no dashes"},
            {"name": "count", "type": "integer", "default": "many"},
            {"name": "span", "min": 3, "max": 2},
        ],
    }
    assert wrong(client.call("POST", SOURCES, body)) == {
        ("name", "required"),
        ("display_name", "invalid"),
        ("description", "too_long"),
        ("script_path", "invalid"),
        ("parameters.0.name", "invalid"),
        ("parameters.1.choices", "required"),
        ("parameters.2.name", "duplicate"),
        ("parameters.2.flag", "invalid"),
        ("parameters.3.default", "type"),
        ("parameters.4.max", "out_of_range"),
    }


def test_an_empty_source_lacks_what_it_needs(client: Client) -> None:
    required = {(name, "required") for name in ("name", "display_name", "script_path")}
    assert wrong(client.call("POST", SOURCES, {})) == required


def test_put_changes_only_the_fields_that_are_sent(client: Client) -> None:
    before = client.source("/opt/x", [PARAMETER], description="old")
    path = f"{SOURCES}/{before['id']}"
    changed = client.call("PUT", path, {"display_name": "New"})
    assert changed.status == 200
    assert changed.json == {**before, "display_name": "New", "updated_at": changed.json["updated_at"]}
    cleared = client.call("PUT", path, {"description": None}).json
    assert (cleared["description"], cleared["display_name"]) == (None, "New")
    assert client.call("PUT", path, {"name": before["name"]}).status == 200


def test_put_refuses_wrong_values_and_changes_nothing(client: Client) -> None:
    source = client.source("/opt/x")
    path = f"{SOURCES}/{source['id']}"
    answer = client.call("PUT", path, {"display_name": "Good", "script_path": "../bad", "name": " padded"})
    assert wrong(answer) == {("script_path", "invalid"), ("name", "invalid")}
    assert client.call("GET", path).json == source


def test_a_source_without_jobs_is_removed(client: Client) -> None:
    path = f"{SOURCES}/{client.source('/opt/x')['id']}"
    answer = client.call("DELETE", path)
    assert (answer.status, answer.body) == (204, b"")
    for method, body in (("GET", None), ("PUT", {}), ("DELETE", None)):
        problem(client.call(method, path, body), 404)


def test_a_source_with_jobs_is_deactivated_and_can_be_activated_again(client: Client) -> None:
    job = client.job("/opt/x")
    path = f"{SOURCES}/{job['source_id']}"
    assert client.call("GET", path).json["job_count"] == 1
    assert client.call("DELETE", path).status == 204
    kept = client.call("GET", path).json
    assert kept["is_active"] is False
    found = f"/migration-sources?q={kept['name']}"
    assert client.get(found)["items"] == []
    assert client.get(f"{found}&include_inactive=true")["items"] == [kept]
    assert client.call("PUT", path, {"is_active": True}).json["is_active"] is True
    assert client.get(found)["total"] == 1

"""The command line does what the API does, says what is wrong, and ends as what it watched ended."""

import json

import pytest
import yaml

from tests.cli.conftest import Medpro
from tests.e2e.conftest import Script
from tests.servers import free_port
from tests.stack import Client, Stack


@pytest.fixture
def client(medpro: Stack) -> Client:
    return medpro.client


def test_a_source_and_a_job_are_made_shown_changed_and_deleted(medpro_command: Medpro, client: Client) -> None:
    source = yaml.safe_dump({"name": "from-cli", "display_name": "From *CLI*", "script_path": "/opt/x"})
    made = medpro_command("sources", "create", "-", "--json", stdin=source).json
    assert made == client.get(f"/migration-sources/{made['id']}")
    assert "From *CLI*" in medpro_command("sources", "list", "--q", "from-cli").out
    changed = medpro_command("sources", "edit", made["id"], "-", "--json", stdin='{"description": "new"}').json
    assert changed["description"] == "new"
    job = medpro_command(
        "jobs", "create", "-", "--json", stdin=json.dumps({"source_id": made["id"], "name": "from cli"})
    ).json
    assert medpro_command("jobs", "show", job["id"], "--json").json["name"] == "from cli"
    assert medpro_command("jobs", "delete", job["id"]).status == 0
    assert medpro_command("sources", "delete", made["id"]).status == 0
    gone = medpro_command("sources", "show", made["id"])
    assert (gone.status, f"no migration source {made['id']}" in gone.err) == (2, True)


def test_what_is_wrong_is_said_with_every_field(medpro_command: Medpro) -> None:
    ended = medpro_command("sources", "create", "-", stdin='{"name": "", "script_path": "relative"}')
    assert ended.status == 2
    assert all(f"{field}:" in ended.err for field in ("name", "display_name", "script_path"))
    assert medpro_command("sources", "create", "-", stdin="[1, 2]").status == 1


@pytest.mark.parametrize("status", [0, 3])
def test_a_followed_run_prints_its_log_and_ends_with_the_script_s_status(
    medpro_command: Medpro, client: Client, script: Script, status: int
) -> None:
    job = client.job(script(f'echo "$1"; echo done; exit {status}', f"cli-{status}"), [{"name": "clinic", "flag": ""}])
    shown = medpro_command("preview", job["id"], "--env", "staging", "--set", "clinic=two words")
    assert shown.out.strip().endswith("'two words'")
    ended = medpro_command("run", job["id"], "--env", "staging", "--set", "clinic=two words", "--by", "ana", "--follow")
    assert (ended.status, ended.out.splitlines()) == (status, ["two words", "done"])
    assert ("completed" if status == 0 else "exit_status") in ended.err
    (run,) = medpro_command("runs", "list", "--job", job["id"], "--json").json
    assert (run["executed_by"], run["log_lines"]) == ("ana", 2)
    assert medpro_command("logs", run["id"], "--grep", "done").out == "done\n"
    assert medpro_command("logs", run["id"], "--tail", 1).out == "done\n"
    assert medpro_command("logs", run["id"], "--follow").out == "two words\ndone\n"


def test_a_run_is_stopped(medpro_command: Medpro, client: Client, script: Script) -> None:
    run = client.execute(client.job(script("echo up; exec sleep 300", "cli-stopped")))
    client.until(run["id"], lambda now: now["log_lines"])
    assert medpro_command("cancel", run["id"], "--json").json["cancel_requested_at"] is not None
    assert client.ended(run["id"])["result_summary"]["outcome"] == "cancelled"


def test_values_that_do_not_fit_are_refused_before_anything_runs(medpro_command: Medpro, client: Client) -> None:
    job = client.job("/opt/x", [{"name": "count", "type": "integer"}])
    ended = medpro_command("run", job["id"], "--env", "staging", "--set", "count=many")
    assert (ended.status, "parameters.count: must be a whole number" in ended.err) == (2, True)
    assert medpro_command("preview", job["id"], "--set", "count=many").status == 2
    assert "NAME=VALUE" in medpro_command("run", job["id"], "--env", "staging", "--set", "count").err
    assert client.get(f"/migration-executions?job_id={job['id']}")["total"] == 0


def test_what_was_exported_is_imported_once(medpro_command: Medpro, client: Client) -> None:
    job = client.job("/opt/x", [{"name": "since", "type": "date"}], since="2026-11-25")
    whole = yaml.safe_load(medpro_command("export").out)
    source = client.get(f"/migration-sources/{job['source_id']}")
    mine = {
        "sources": [one for one in whole["sources"] if one["name"] == source["name"]],
        "jobs": [one for one in whole["jobs"] if one["source"] == source["name"]],
    }
    assert mine["jobs"][0]["parameters"] == {"since": "2026-11-25"}
    again = medpro_command("import", "-", stdin=yaml.safe_dump(mine))
    assert again.out.count("as it is") == 2
    mine["sources"][0]["name"] = f"{source['name']}-copy"
    mine["jobs"][0].update(source=f"{source['name']}-copy", description="copied")
    copied = medpro_command("import", "-", stdin=yaml.safe_dump(mine))
    assert copied.out.count("created") == 2
    mine["jobs"][0]["description"] = "changed"
    assert "changed" in medpro_command("import", "-", stdin=yaml.safe_dump(mine)).out
    (found,) = client.get(f"/migration-jobs?q={job['name']}&include_inactive=true")["items"][1:]
    assert found["description"] == "changed"


def test_a_gateway_that_does_not_answer_is_said_and_is_another_exit_status(medpro_command: Medpro) -> None:
    ended = medpro_command("jobs", "list", url=f"http://127.0.0.1:{free_port()}")
    assert (ended.status, "does not answer" in ended.err) == (3, True)

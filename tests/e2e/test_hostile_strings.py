"""Every string that a user can enter arrives as itself or is refused with exactly its field."""

import json
import time
from typing import Any
from urllib.parse import quote

import pytest

from tests.e2e.conftest import Script
from tests.e2e.hostile import CORPUS, PLAIN
from tests.stack import Answer, Stack

pytestmark = pytest.mark.slow

API = "/api/v1"
SOURCES, JOBS = f"{API}/migration-sources", f"{API}/migration-jobs"
every_text = pytest.mark.parametrize("text", CORPUS, ids=range(len(CORPUS)))
PRINTS_WHAT_IT_GETS = """#!/usr/bin/env python3
import json, os, sys
print(json.dumps([sys.argv[1:], os.environ.get("AROUND")]))
"""


def fresh() -> str:
    return f"hostile-{time.monotonic_ns()}"


def refused(answer: Answer, field: str) -> bool:
    """False where it was taken; where it was not, the one field is named."""
    if answer.status in (200, 201, 202):
        return False
    assert answer.status == 422, answer
    assert {error["field"] for error in answer.json["errors"]} == {field}
    return True


def kept(stack: Stack, answer: Answer) -> Any:
    """What REST shows of it afterwards."""
    return stack.client.call("GET", answer.headers["Location"]).json


@every_text
@pytest.mark.parametrize("field", ["name", "display_name", "script_path", "description"])
def test_the_texts_of_a_source(medpro: Stack, field: str, text: str) -> None:
    client, name = medpro.client, fresh()
    body = {"name": name, "display_name": name, "script_path": "/opt/x", "description": name, field: text}
    answer = client.call("POST", SOURCES, body)
    if refused(answer, field):
        assert field == "script_path" or text not in PLAIN
    else:
        assert answer.json[field] == kept(medpro, answer)[field] == text
        assert client.call("DELETE", answer.headers["Location"]).status == 204  # a name can be had once


@every_text
@pytest.mark.parametrize("field", ["name", "label", "help", "default", "flag", "choices"])
def test_the_texts_of_a_definition(medpro: Stack, field: str, text: str) -> None:
    name = fresh()
    value = [text, "other"] if field == "choices" else text
    definition = {"name": "value", "type": "choice" if field == "choices" else "string", field: value}
    body = {"name": name, "display_name": name, "script_path": "/opt/x", "parameters": [definition]}
    answer = medpro.client.call("POST", SOURCES, body)
    if refused(answer, f"parameters.0.{field}"):
        assert field in ("name", "flag") or text not in PLAIN
    else:
        assert answer.json["parameters"][0][field] == kept(medpro, answer)["parameters"][0][field] == value


@every_text
@pytest.mark.parametrize("field", ["name", "description", "value"])
def test_the_texts_of_a_job(medpro: Stack, field: str, text: str) -> None:
    source = medpro.client.source("/opt/x", [{"name": "value"}, {"name": "other"}])
    body: dict[str, Any] = {"source_id": source["id"], "name": "job", "parameters": {"other": "x"}}
    if field == "value":
        body["parameters"] = {"value": text, "other": "x"}
    else:
        body[field] = text
    answer = medpro.client.call("POST", JOBS, body)
    if refused(answer, "parameters.value" if field == "value" else field):
        assert text not in PLAIN
    else:
        for shown in (answer.json, kept(medpro, answer)):
            assert (shown["parameters"]["value"] if field == "value" else shown[field]) == text


@every_text
def test_values_from_rest_to_the_host_and_back(medpro: Stack, script: Script, text: str) -> None:
    """One is saved, one given at the start, one positional, one passed by the environment."""
    client = medpro.client
    names = [{"name": "saved"}, {"name": "given"}, {"name": "bare", "flag": ""}]
    definitions = [*names, {"name": "AROUND", "pass_as": "environment"}]
    nul = "\0" in text
    job = client.job(script(PRINTS_WHAT_IT_GETS), definitions, saved="" if nul else text)
    given = dict.fromkeys(("given", "bare", "AROUND"), text)
    answer = client.call("POST", f"{JOBS}/{job['id']}/execute", {"environment_id": "staging", "parameters": given})
    if nul:  # no program can be given one
        assert answer.status == 422
        assert {error["field"] for error in answer.json["errors"]} == {f"parameters.{name}" for name in given}
        return
    ended = client.ended(answer.json["id"])
    assert ended["status"] == "completed"
    arguments = [f"--saved={text}", f"--given={text}", text] if text else []
    assert json.loads("".join(client.lines(ended["id"]))) == [arguments, text or None]
    expected = {"saved": text, **given} if text else {}
    assert ended["request"]["parameters"] == expected


@every_text
def test_who_executes_and_where(medpro: Stack, script: Script, text: str) -> None:
    client = medpro.client
    path = f"{JOBS}/{client.job(script('true'))['id']}/execute"
    answer = client.call("POST", path, {"environment_id": text})
    assert refused(answer, "environment_id")
    answer = client.call("POST", path, {"environment_id": "staging", "executed_by": text})
    if refused(answer, "executed_by"):
        assert text not in PLAIN
    else:
        assert answer.json["executed_by"] == kept(medpro, answer)["executed_by"] == text


@pytest.fixture(scope="module")
def log_path(medpro: Stack, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Of a log that has every text of the corpus, as JSON, in a line of its own."""
    path = tmp_path_factory.mktemp("corpus") / "script"
    path.write_text("#!/usr/bin/env python3\n" + "".join(f"print({json.dumps(text)!r})\n" for text in CORPUS))
    path.chmod(0o755)
    ended = medpro.client.ended(medpro.client.execute(medpro.client.job(path))["id"])
    assert ended["status"] == "completed"
    return f"{API}/migration-executions/{ended['id']}/logs"


@every_text
def test_what_is_searched_for(medpro: Stack, log_path: str, text: str) -> None:
    """Found is what contains it, as it stands: no pattern and no part of a query."""
    client, named = medpro.client, text if text in PLAIN else ""
    source = client.source("/opt/x", name=fresh(), display_name=f"{named} {fresh()}".strip())
    job = client.post("/migration-jobs", {"source_id": source["id"], "name": f"{named} {fresh()}".strip()})
    for path, mine, shown in (
        (SOURCES, source["id"], ("name", "display_name")),
        (JOBS, job["id"], ("name",)),
        (log_path, None, ("message",)),
    ):
        answer = client.call("GET", f"{path}?limit=500&q={quote(text)}")
        if refused(answer, "q"):
            assert text not in PLAIN
            continue
        items = answer.json["items"]
        assert all(any(text.lower() in item[name].lower() for name in shown) for item in items)
        if text in PLAIN and mine is not None:
            assert mine in {item["id"] for item in items}
        elif text in PLAIN and json.dumps(text) == f'"{text}"':
            assert f'"{text}"' in {item["message"] for item in items}
    found = client.call("GET", f"{API}/migration-executions?environment_id={quote(text)}")
    assert refused(found, "environment_id") or text == "" or found.json["total"] == 0

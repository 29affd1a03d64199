"""Large values through REST: either refused in words, or kept, shown and listed; never an item that blocks its list."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.expect import fresh, problem
from tests.gateway.scripts import write_script
from tests.stack import Answer, Client, Stack

LONGEST = 64 * 1024
COUNT = 15


@pytest.fixture
def client(frail: Stack) -> Client:
    return frail.client


def per_value(letter: str) -> int:
    """So many letters in each of fifteen values make a body of about 900 kB."""
    return 900_000 // COUNT // len(json.dumps(letter)[1:-1])


def kept_or_refused(client: Client, answer: Answer, listed: str) -> Any:
    """The item, or None where it was refused; in both cases its list can be read."""
    found = client.call("GET", f"/api/v1{listed}")
    assert found.status == 200, found.body[:300]
    if answer.status in (413, 422):
        problem(answer, answer.status)
        assert found.json["total"] == 0
        return None
    assert answer.status in (201, 202), answer.body[:300]
    (item,) = found.json["items"]
    return item


@pytest.mark.parametrize("letter", ["x", "\u0001"])
def test_a_source_with_large_defaults(client: Client, letter: str) -> None:
    word = fresh("large")
    parameters = [{"name": f"p{number}", "default": letter * per_value(letter)} for number in range(COUNT)]
    body = {"name": word, "display_name": word, "script_path": "/opt/x", "parameters": parameters}
    answer = client.call("POST", "/api/v1/migration-sources", body)
    kept_or_refused(client, answer, f"/migration-sources?q={word}")


@pytest.mark.parametrize("letter", ["x", "\u0001", "'"])
def test_a_job_with_large_values(client: Client, letter: str) -> None:
    source = client.source("/opt/x", [{"name": f"p{number}"} for number in range(COUNT)])
    values = {f"p{number}": letter * per_value(letter) for number in range(COUNT)}
    body = {"source_id": source["id"], "name": "large", "parameters": values}
    answer = client.call("POST", "/api/v1/migration-jobs", body)
    kept_or_refused(client, answer, f"/migration-jobs?source_id={source['id']}")


def test_a_command_that_quoting_makes_large(client: Client, quick: Path) -> None:
    job = client.job(quick, [{"name": "a"}, {"name": "b"}], a="'" * LONGEST, b="'" * LONGEST)
    preview = client.call("POST", f"/api/v1/migration-jobs/{job['id']}/preview", {"environment_id": "staging"})
    assert preview.status == 200, preview.body[:300]
    answer = client.call("POST", f"/api/v1/migration-jobs/{job['id']}/execute", {"environment_id": "staging"})
    execution = kept_or_refused(client, answer, f"/migration-executions?job_id={job['id']}")
    if execution is not None:
        client.ended(execution["id"])


RESULT = """#!/usr/bin/env python3
import json, os
outputs = {f"name {number}": "x" * 900 for number in range(270)}
open(os.environ["MEDPRO_RESULT_FILE"], "w").write(json.dumps({"outputs": outputs}))
"""


def test_a_long_command_with_a_large_result(client: Client, tmp_path: Path) -> None:
    parameters = [{"name": name} for name in "abc"]
    job = client.job(write_script(tmp_path, RESULT), parameters, **dict.fromkeys("abc", "x" * 48_000))
    execution = client.ended(client.execute(job)["id"])
    assert execution["status"] == "completed"
    assert client.get(f"/migration-executions?job_id={job['id']}")["items"] == [execution]


def test_a_value_of_60_kb_is_executed(client: Client, quick: Path) -> None:
    job = client.job(quick, [{"name": "a"}], a="é" * 30_000)
    assert client.ended(client.execute(job)["id"])["status"] == "completed"


def test_a_value_beyond_64_kib_is_refused(client: Client) -> None:
    source = client.source("/opt/x", [{"name": "a"}])
    body = {"source_id": source["id"], "name": "x", "parameters": {"a": "x" * (LONGEST + 1)}}
    answer = client.call("POST", "/api/v1/migration-jobs", body)
    assert [error["code"] for error in problem(answer, 422)["errors"]] == ["too_long"]


def test_a_body_of_more_than_a_mebibyte_is_a_413(client: Client) -> None:
    answer = client.call("POST", "/api/v1/migration-sources", b'{"description": "' + b"x" * 1024 * 1024 + b'"}')
    problem(answer, 413)


def test_a_body_just_below_the_bound_is_judged_by_its_values(client: Client) -> None:
    largest = b'{"description": "' + b"x" * (1024 * 1024 - 19) + b'"}'
    answer = client.call("POST", "/api/v1/migration-sources", largest)
    assert answer.status in (413, 422), answer
    problem(answer, answer.status)


def many(count: int, text: str) -> str:
    return ",".join(text.replace("#", str(number)) for number in range(count))


@pytest.mark.parametrize("wrong", ["{}", "7", '{"name": "a"}', '{"name": "a", "x": 1}'])
def test_very_many_wrong_definitions_are_answered_soon_and_briefly(client: Client, wrong: str) -> None:
    body = f'{{"parameters": [{many(1_000_000 // (len(wrong) + 1), wrong)}]}}'.encode()
    briefly_refused(client.call("POST", "/api/v1/migration-sources", body))


@pytest.mark.parametrize("wrong", ['"k#": 1', '"k#": []'])
def test_very_many_wrong_values_are_answered_soon_and_briefly(client: Client, wrong: str) -> None:
    job = client.job("/opt/x")
    body = f'{{"environment_id": "staging", "parameters": {{{many(60_000, wrong)}}}}}'.encode()
    briefly_refused(client.call("POST", f"/api/v1/migration-jobs/{job['id']}/execute", body))
    preview = client.call("POST", f"/api/v1/migration-jobs/{job['id']}/preview", body)
    assert preview.status == 200 or briefly_refused(preview)
    assert len(preview.body) < 1024 * 1024


def briefly_refused(answer: Answer) -> bool:
    assert answer.status in (400, 413, 422), answer.body[:300]
    assert len(answer.body) < 1024 * 1024
    problem(answer, answer.status)
    return True

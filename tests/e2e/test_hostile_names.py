"""Hostile names of scripts, and hostile headers: run as what they are, or refused with exactly their field."""

import http.client
import json
import time
from pathlib import Path

import pytest

from tests.e2e.conftest import Script
from tests.e2e.hostile import CORPUS
from tests.servers import MariaDb
from tests.stack import Answer, Stack

NAMES = [text for text in CORPUS if text and "\0" not in text and len(text) < 200 and ".." not in text.split("/")]
KEYS = [text for text in CORPUS if "\r\n" not in text]  # whoever sends that sends two headers


@pytest.mark.parametrize("name", NAMES, ids=repr)
def test_a_script_of_a_hostile_name_is_run_or_refused(medpro: Stack, tmp_path: Path, name: str) -> None:
    client = medpro.client
    path = Path(f"{tmp_path}/{name}")  # some are folders with a file in them
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text('#!/bin/sh\nprintf "%s" "$0" | od -An -v -tx1\n')
    path.chmod(0o755)
    body = {"name": f"n{time.monotonic_ns()}", "display_name": "n", "script_path": str(path)}
    answer = client.call("POST", "/api/v1/migration-sources", body)
    if answer.status == 422:
        assert [error["field"] for error in answer.json["errors"]] == ["script_path"]
        assert not name.isprintable()  # a line break or a control character
        return
    job = client.post("/migration-jobs", {"source_id": answer.json["id"], "name": "n"})
    ended = client.ended(client.execute(job)["id"])
    assert ended["status"] == "completed", ended["result_summary"]
    assert bytes.fromhex("".join(client.lines(ended["id"]))) == str(path).encode()


@pytest.mark.parametrize("path", ["relative", "/opt/../etc/x", "/opt/x\n", "/opt/\x1bx", "/opt/x/", "/", "~/x"])
def test_a_script_path_that_is_no_plain_absolute_path_is_refused(medpro: Stack, path: str) -> None:
    body = {"name": f"p{time.monotonic_ns()}", "display_name": "p", "script_path": path}
    answer = medpro.client.call("POST", "/api/v1/migration-sources", body)
    assert answer.status == 422
    assert [error["field"] for error in answer.json["errors"]] == ["script_path"]


def test_an_environment_can_restrict_where_scripts_lie(medpro: Stack, script: Script) -> None:
    job = medpro.client.job(script("true"))
    answer = medpro.client.call("POST", f"/api/v1/migration-jobs/{job['id']}/execute", {"environment_id": "fenced"})
    assert answer.status == 422
    assert answer.json["errors"][0]["code"] == "script_not_allowed"


@pytest.mark.parametrize("text", KEYS, ids=range(len(KEYS)))
def test_an_idempotency_key(medpro: Stack, mariadb: MariaDb, script: Script, text: str) -> None:
    """Control characters are refused by HTTP itself; blanks around a header's value are not part of it."""
    job = medpro.client.job(script("true"))
    answer, key = execute(medpro, job["id"], text), text.strip(" ")
    if answer.status == 400:
        assert any(character < " " for character in text)
    elif answer.status == 422:
        assert [error["field"] for error in answer.json["errors"]] == ["Idempotency-Key"]
        assert not (key and key.isascii() and key.isprintable() and len(key) <= 255)
    else:
        assert answer.status == 202
        where = f"WHERE id = {answer.json['id']}"
        stored = mariadb.execute(f"SELECT HEX(idempotency_key) FROM medpro.migration_executions {where}")
        assert bytes.fromhex(stored).decode() == key
        assert execute(medpro, job["id"], text).json["id"] == answer.json["id"]
    executions = medpro.client.get(f"/migration-executions?job_id={job['id']}")["total"]
    assert executions == (1 if answer.status == 202 else 0)


def execute(stack: Stack, job_id: int, key: str) -> Answer:
    """With the key as it stands, which no client library would send."""
    body = json.dumps({"environment_id": "staging"}).encode()
    connection = http.client.HTTPConnection(stack.client.base.removeprefix("http://"), timeout=30)
    try:
        connection.connect()
        head = f"POST /api/v1/migration-jobs/{job_id}/execute HTTP/1.1\r\nHost: localhost\r\n"
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nIdempotency-Key: {key}\r\n\r\n"
        connection.sock.sendall(head.encode() + body)
        response = http.client.HTTPResponse(connection.sock, method="POST")
        response.begin()
        return Answer(response.status, dict(response.headers), response.read())
    finally:
        connection.close()

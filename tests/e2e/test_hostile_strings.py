"""Every string that a user can enter arrives as itself or is refused with its field; a secret is found nowhere."""

import json
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Script
from tests.servers import MariaDb, Sshd, nats_server
from tests.stack import Answer, Stack, environment, stack

CORPUS = [
    "'; DROP TABLE migration_jobs; --",
    '" OR 1=1 -- ',
    "$(reboot)",
    "`id`",
    "${jndi:ldap://127.0.0.1/x}",
    "; rm -rf ~ &",
    "| tee /etc/passwd",
    "../../etc/shadow",
    "/../../root",
    "%2e%2e%2f",
    "%s%n%x",
    "{{7*7}}",
    "<script>alert(1)</script>",
    "a\r\nX-Injected: 1",
    "a\nb",
    "\x1b]0;title\x07\x1b[2J",
    "\u202egnp.exe",
    "\u0000nul",
    "\ufeffbom",
    "\u2028line separator",
    "Ünïcödé 🏥 日本",
    "-rf",
    "--",
    "*",
    "a" * 3000,
    " leading",
    "",
]
SECRET = "s3cr3t/+=é' \"$x`"


def kept_or_refused(answer: Answer, field: str, sent: str, path: tuple[str, ...]) -> bool:
    """Whether it was kept; where it was refused, the field is named."""
    if answer.status in (201, 202):
        found: Any = answer.json
        for step in path:
            found = found[step]
        assert found == sent
        return True
    assert answer.status == 422, answer
    assert any(error["field"].startswith(field) for error in answer.json["errors"]), answer.json
    return False


@pytest.mark.parametrize("text", CORPUS, ids=range(len(CORPUS)))
def test_a_hostile_string_in_every_field(medpro: Stack, script: Script, text: str) -> None:
    client = medpro.client
    name = f"hostile-{time.monotonic_ns()}"
    good = {"name": name, "display_name": name, "script_path": "/opt/x"}
    for field in ("name", "display_name", "script_path", "description"):
        answer = client.call("POST", "/api/v1/migration-sources", {**good, "name": f"{name}-{field}", field: text})
        if answer.status == 409:
            continue  # the name from an earlier round of this test: it was kept then
        kept_or_refused(answer, field, text, (field,))
    definition = {"name": "value", "default": text, "label": text, "help": text}
    answer = client.call("POST", "/api/v1/migration-sources", {**good, "parameters": [definition]})
    kept_or_refused(answer, "parameters.0.", text, ("parameters", 0, "default"))  # type: ignore[arg-type]  # an index
    job = client.job(
        script("#!/usr/bin/env python3\nimport json, sys\nprint(json.dumps(sys.argv[1:]))\n"), [{"name": "value"}]
    )
    body = {"environment_id": "staging", "parameters": {"value": text}, "executed_by": text}
    answer = client.call("POST", f"/api/v1/migration-jobs/{job['id']}/execute", body)
    if not kept_or_refused(answer, "", text, ("executed_by",)):
        body["executed_by"] = "ana"
        answer = client.call("POST", f"/api/v1/migration-jobs/{job['id']}/execute", body)
    if answer.status == 202:
        ended = client.ended(answer.json["id"])
        assert json.loads("".join(client.lines(ended["id"]))) == ([f"--value={text}"] if text else [])


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


def test_a_secret_is_in_no_file_table_stream_log_or_process(
    folder: Path, tmp_path: Path, mariadb: MariaDb, sshd: Sshd, script: Script
) -> None:
    secret_file = folder / "only-here"
    secret_file.write_text(SECRET)
    environments = {"staging": environment(sshd, tmp_path, secrets={"token": secret_file})}
    database = mariadb.create("secrets")
    text = 'echo "$TOKEN"; echo "$TOKEN" >&2; printf "%s" "$TOKEN" > $MEDPRO_RESULT_FILE; sleep 2'
    with nats_server(tmp_path / "nats") as nats, stack(tmp_path / "stack", nats, database, environments) as running:
        client = running.client
        job = client.job(script(text), [{"name": "TOKEN", "type": "secret"}], TOKEN="token")
        execution = client.execute(job)
        client.until(execution["id"], lambda now: now["log_lines"])
        assert SECRET.encode() not in process_list()
        ended = client.ended(execution["id"])
        shown = [
            json.dumps(ended),
            client.call("GET", f"/api/v1/migration-executions/{ended['id']}/logs").body.decode(),
        ]
        dump = mariadb.execute("SELECT * FROM secrets.migration_logs; SELECT * FROM secrets.migration_executions")
        logs = [process.said() for process in running.processes.values()]
    stored = [path.read_bytes() for path in (tmp_path / "nats").rglob("*") if path.is_file()]
    for where in (*(text.encode() for text in (*shown, dump, *logs)), *stored):
        assert SECRET.encode() not in where
        assert json.dumps(SECRET, ensure_ascii=False)[1:-1].encode() not in where
    assert "*" * len(SECRET.encode()) in dump


def process_list() -> bytes:
    """What `ps` shows to everyone."""
    shown = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            shown.append(path.read_bytes())
    return b"\n".join(shown)

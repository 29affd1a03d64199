"""Values arrive byte for byte, whatever a shell would make of them; secrets arrive and are never shown."""

import json
from pathlib import Path
from typing import Any

from tests.e2e.conftest import Script
from tests.stack import Stack

HOSTILE = {
    "quotes": """a'b"c`d\\e""",
    "substitution": "$(touch owned) `id` ${HOME} $HOME",
    "newlines": "one\ntwo\n\nthree\n",
    "dashes": "--help -rf /",
    "unicode": "Ção 日本 🏥 \u202e right-to-left",
    "controls": "\x1b[31mred\x07\t\r",
    "operators": "; rm -rf / & | > < * ? [a-z] ! # ~",
    "blank": " ",
    "long": "x" * 60_000,
}
PRINT_ARGUMENTS = "#!/usr/bin/env python3\nimport json, sys\nprint(json.dumps(sys.argv[1:]))\n"


def test_hostile_values_arrive_as_they_are(medpro: Stack, script: Script) -> None:
    client = medpro.client
    definitions = [{"name": name, "type": "string"} for name in HOSTILE]
    ended = client.ended(client.execute(client.job(script(PRINT_ARGUMENTS), definitions, **HOSTILE))["id"])
    assert ended["status"] == "completed"
    printed = json.loads("".join(client.lines(ended["id"])))
    assert printed == [f"--{name}={value}" for name, value in HOSTILE.items()]


def test_positional_arguments_and_flags_follow_the_definitions(medpro: Stack, script: Script) -> None:
    definitions: list[dict[str, Any]] = [
        {"name": "clinic", "type": "string", "flag": ""},
        {"name": "verbose", "type": "boolean"},
        {"name": "quiet", "type": "boolean"},
        {"name": "count", "type": "integer", "flag": "-n"},
    ]
    client = medpro.client
    job = client.job(script(PRINT_ARGUMENTS), definitions, clinic="São José", verbose=True, quiet=False, count=3)
    ended = client.ended(client.execute(job)["id"])
    assert json.loads(client.lines(ended["id"])[0]) == ["São José", "--verbose", "-n", "3"]


def test_a_secret_reaches_the_script_and_nothing_else(medpro: Stack, script: Script) -> None:
    value = "hunter2-très-secret"
    definitions = [
        {"name": "API_TOKEN", "type": "secret"},
        {"name": "MODE", "type": "string", "pass_as": "environment"},
    ]
    text = """printf '%s' "$API_TOKEN" | wc -c; echo "mode=$MODE token=$API_TOKEN!"
        printf '{"message": "%s"}' "$API_TOKEN" > $MEDPRO_RESULT_FILE"""
    client = medpro.client
    job = client.job(script(text), definitions, API_TOKEN="api_token", MODE="full run")
    execution = client.execute(job)
    assert execution["command_executed"].startswith("MODE='full run' API_TOKEN=******** /")
    ended = client.ended(execution["id"])
    lines = client.lines(ended["id"])
    assert lines[0].strip() == str(len(value.encode()))
    assert lines[1] == f"mode=full run token={'*' * len(value.encode())}!"
    assert value not in json.dumps(ended, ensure_ascii=False)
    run_directories = [path for path in medpro.run_directory.rglob("*") if path.is_file() and path.name != "log"]
    kept = b"".join(path.read_bytes() for path in run_directories if path.name != "result.json")
    assert value.encode() not in kept


def test_the_script_knows_what_it_runs_for(medpro: Stack, script: Script, tmp_path: Path) -> None:
    client = medpro.client
    job = client.job(script('env | grep "^MEDPRO_\\|^PYTHONUNBUFFERED" | sort'))
    ended = client.ended(client.execute(job)["id"])
    variables = dict(line.split("=", 1) for line in client.lines(ended["id"]))
    assert variables["MEDPRO_EXECUTION_ID"] == str(ended["id"])
    assert variables["MEDPRO_ENVIRONMENT"] == "staging"
    assert variables["MEDPRO_JOB"] == job["name"]
    assert variables["PYTHONUNBUFFERED"] == "1"
    assert variables["MEDPRO_RESULT_FILE"].endswith("/result.json")

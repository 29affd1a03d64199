"""Whatever a script does or prints, its lines, its status and its outcome are true."""

import hashlib
import time

import pytest

from tests.e2e.conftest import Script
from tests.stack import Stack


def run(medpro: Stack, path: object, within_s: float = 60) -> dict[str, object]:
    client = medpro.client
    ended: dict[str, object] = client.ended(client.execute(client.job(str(path)))["id"], within_s)
    return ended


def test_exit_status_3_is_a_failure_that_says_so(medpro: Stack, script: Script) -> None:
    ended = run(medpro, script("echo broken >&2; exit 3"))
    assert ended["status"] == "failed"
    assert isinstance(ended["result_summary"], dict)
    assert (ended["result_summary"]["outcome"], ended["result_summary"]["exit_status"]) == ("exit_status", 3)


def test_a_killed_script_ended_by_a_signal(medpro: Stack, script: Script) -> None:
    ended = run(medpro, script("kill -KILL $$"))
    assert isinstance(ended["result_summary"], dict)
    assert (ended["result_summary"]["outcome"], ended["result_summary"]["exit_status"]) == ("signal", 137)


def test_a_script_that_does_not_exist_is_not_started(medpro: Stack) -> None:
    ended = run(medpro, "/nowhere/at/all")
    assert ended["status"] == "failed"
    assert isinstance(ended["result_summary"], dict)
    assert ended["result_summary"]["outcome"] == "not_started"
    assert "does not exist" in ended["result_summary"]["reason"]
    assert ended["script_started_at"] is None


def test_a_script_that_is_not_executable_is_not_started(medpro: Stack, script: Script) -> None:
    path = script("echo never")
    path.chmod(0o644)
    ended = run(medpro, path)
    assert isinstance(ended["result_summary"], dict)
    assert ended["result_summary"]["outcome"] == "not_started"
    assert "executable" in ended["result_summary"]["reason"]


def test_bytes_that_are_not_text_are_shown_and_nothing_is_lost(medpro: Stack, script: Script) -> None:
    ended = run(medpro, script(r"printf 'caf\351\n nul:\000.\n\377\376\nlast without newline'"))
    lines = medpro.client.lines(int(str(ended["id"])))
    assert lines == [r"caf\xe9", r" nul:\0.", r"\xff\xfe", "last without newline"]


def test_a_line_of_a_megabyte_is_split_and_complete(medpro: Stack, script: Script) -> None:
    ended = run(medpro, script("head -c 1000000 /dev/zero | tr '\\0' x; echo; echo after"))
    lines = medpro.client.lines(int(str(ended["id"])))
    assert "".join(lines[:-1]) == "x" * 1_000_000
    assert max(map(len, lines)) <= 16_000
    assert lines[-1] == "after"


def test_silence_before_the_end_is_only_silence(medpro: Stack, script: Script) -> None:
    ended = run(medpro, script("echo one; sleep 3; echo two"))
    assert ended["status"] == "completed"
    assert medpro.client.lines(int(str(ended["id"]))) == ["one", "two"]


def test_a_script_that_prints_nothing_completes(medpro: Stack, script: Script) -> None:
    ended = run(medpro, script("exit 0"))
    assert (ended["status"], ended["log_lines"], ended["progress"]) == ("completed", 0, 100)


def test_a_script_that_closes_its_output_is_followed_to_its_exit_status(medpro: Stack, script: Script) -> None:
    ended = run(medpro, script("echo before; exec >&- 2>&-; sleep 1; exit 3"))
    assert isinstance(ended["result_summary"], dict)
    assert ended["result_summary"]["exit_status"] == 3
    assert medpro.client.lines(int(str(ended["id"]))) == ["before"]


def test_a_child_left_behind_does_not_hold_the_run(medpro: Stack, script: Script) -> None:
    started = time.monotonic()
    ended = run(medpro, script("sleep 30 & echo done"))
    assert ended["status"] == "completed"
    assert time.monotonic() - started < 15


def test_a_script_that_prompts_gets_the_end_of_its_input(medpro: Stack, script: Script) -> None:
    ended = run(medpro, script("printf 'Password: '; if read -r answer; then echo got it; else echo nothing; fi"))
    assert medpro.client.lines(int(str(ended["id"]))) == ["Password: nothing"]


def test_what_a_script_writes_as_result_is_the_result(medpro: Stack, script: Script) -> None:
    result = '{"message": "fine", "counts": {"read": 5, "migrated": 4, "skipped": 1, "failed": 0}}'
    text = f"echo '{result}' > $MEDPRO_RESULT_FILE"
    ended = run(medpro, script(text))
    assert isinstance(ended["result_summary"], dict)
    assert ended["result_summary"]["message"] == "fine"
    assert ended["result_summary"]["counts"] == {"read": 5, "migrated": 4, "skipped": 1, "failed": 0}


def test_a_progress_bar_is_one_line_shown_while_it_changes(medpro: Stack, script: Script) -> None:
    client = medpro.client
    text = "for i in 10 20 30 40 50; do printf '\\rCopying %s%%' $i; sleep 0.4; done; printf '\\n'; echo end"
    execution = client.execute(client.job(script(text)))
    live = client.until(execution["id"], lambda now: now["live_line"])
    assert live["live_line"].startswith("Copying")
    client.ended(execution["id"])
    assert client.lines(execution["id"]) == ["Copying 50%", "end"]


def test_a_time_limit_of_the_environment_ends_a_script(medpro: Stack, script: Script) -> None:
    client = medpro.client
    ended = client.ended(client.execute(client.job(script("sleep 60")), "timed")["id"])
    assert ended["result_summary"]["outcome"] == "timed_out"


def test_a_hundred_thousand_lines_arrive_in_order(medpro: Stack, script: Script) -> None:
    check_many_lines(medpro, script, 100_000)


@pytest.mark.slow
def test_a_million_lines_arrive_in_order(medpro: Stack, script: Script) -> None:
    check_many_lines(medpro, script, 1_000_000)


def check_many_lines(medpro: Stack, script: Script, count: int) -> None:
    ended = run(medpro, script(f"seq -f 'migrated record %.0f' 1 {count}"), 300)
    assert (ended["status"], ended["log_lines"]) == ("completed", count)
    answer = medpro.client.call("GET", f"/api/v1/migration-executions/{ended['id']}/logs?format=text")
    expected = "".join(f"migrated record {number}\n" for number in range(1, count + 1)).encode()
    assert hashlib.sha256(answer.body).digest() == hashlib.sha256(expected).digest()

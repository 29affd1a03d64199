"""Cancelling: `cancelled` is said only where something was stopped, or where nothing will ever start."""

from pathlib import Path

from tests.e2e.conftest import Script
from tests.servers import is_running, wait_until
from tests.stack import Stack


def started(now: dict[str, object]) -> bool:
    return now["script_started_at"] is not None and bool(now["log_lines"])


def cancel_when_started(medpro: Stack, path: object) -> dict[str, object]:
    client = medpro.client
    execution = client.execute(client.job(str(path)))
    client.until(execution["id"], started)
    assert client.cancel(execution["id"])["cancel_requested_at"] is not None
    ended: dict[str, object] = client.ended(execution["id"], 30)
    return ended


def outcome(ended: dict[str, object]) -> tuple[object, object]:
    summary = ended["result_summary"]
    assert isinstance(summary, dict)
    return summary["outcome"], summary["exit_status"]


def test_a_running_script_is_ended(medpro: Stack, script: Script) -> None:
    ended = cancel_when_started(medpro, script("echo up; exec sleep 300"))
    assert ended["status"] == "failed"
    assert outcome(ended) == ("cancelled", 143)


def test_a_script_that_cleans_up_on_term_has_the_time_for_it(medpro: Stack, script: Script) -> None:
    path = script("trap 'echo cleaning up; exit 9' TERM; echo up; while :; do sleep 0.1; done")
    ended = cancel_when_started(medpro, path)
    assert outcome(ended) == ("cancelled", 9)
    assert medpro.client.lines(int(str(ended["id"])))[-1] == "cleaning up"


def test_a_script_that_ignores_term_is_killed_after_the_grace(medpro: Stack, script: Script) -> None:
    ended = cancel_when_started(medpro, script("trap '' TERM; echo up; while :; do sleep 0.1; done"))
    assert outcome(ended) == ("cancelled", 137)


def test_children_are_ended_too_also_those_in_a_session_of_their_own(
    medpro: Stack, script: Script, tmp_path: Path
) -> None:
    path = script(f"sleep 301 & echo $! > {tmp_path}/child; setsid sleep 302 & echo up; wait")
    ended = cancel_when_started(medpro, path)
    assert outcome(ended)[0] == "cancelled"
    assert ended["cancel_note"] is None
    # Its own end is reported as it comes; what left its session hears of it in the same moment, on a slow host later.
    wait_until(lambda: not is_running("sleep 301") and not is_running("sleep 302"), "its children are gone", 10)


def test_a_queued_execution_is_cancelled_at_once_and_never_starts(
    medpro: Stack, script: Script, tmp_path: Path
) -> None:
    client = medpro.client
    mark = tmp_path / "mark"
    blockers = [client.execute(client.job(script("sleep 300", f"b{n}")), "narrow") for n in range(2)]
    for blocker in blockers:
        client.until(blocker["id"], lambda now: now["phase"] == "running")
    queued = client.execute(client.job(script(f"echo ran >> {mark}", "queued")), "narrow")
    ended = client.cancel(queued["id"])
    assert (ended["status"], outcome(ended)[0]) == ("failed", "cancelled")
    for blocker in blockers:
        client.cancel(blocker["id"])
        client.ended(blocker["id"], 30)
    after = client.ended(client.execute(client.job(script("echo last", "last")), "narrow")["id"])
    assert after["status"] == "completed"
    assert not mark.exists()


def test_cancelling_what_has_ended_changes_nothing(medpro: Stack, script: Script) -> None:
    client = medpro.client
    ended = client.ended(client.execute(client.job(script("echo done")))["id"])
    again = client.cancel(ended["id"])
    assert again["status"] == "completed"
    assert again["cancel_requested_at"] is None

"""A host that cannot be reached is waited for, and says since when; cancelled is not said before it is known."""

from tests.e2e.conftest import Script
from tests.faults.conftest import Faulty
from tests.servers import Sshd

LINES = 60


def test_a_silent_cut_of_the_network_is_noticed_and_the_log_resumed(faulty: Faulty, script: Script) -> None:
    client = faulty.stack.client
    path = script(f"for i in $(seq {LINES}); do echo line $i; sleep 0.1; done")
    execution = client.execute(client.job(path), "linked")
    client.until(execution["id"], lambda now: now["log_lines"] >= 3)
    faulty.proxy.cut()
    away = client.until(execution["id"], lambda now: now["unreachable_since"], 30)
    assert away["status"] == "running"
    assert "lost" in away["unreachable_reason"]
    faulty.proxy.mend()
    ended = client.ended(execution["id"], 90)
    assert (ended["status"], ended["unreachable_since"]) == ("completed", None)
    assert client.lines(execution["id"]) == [f"line {number}" for number in range(1, LINES + 1)]


def test_cancelling_while_the_host_is_away_is_confirmed_when_it_is_back(
    faulty: Faulty, script: Script, sshd: Sshd
) -> None:
    client = faulty.stack.client
    execution = client.execute(client.job(script("echo up; exec sleep 300")))
    client.until(execution["id"], lambda now: now["log_lines"])
    sshd.kill_with_sessions()
    client.until(execution["id"], lambda now: now["unreachable_since"])
    asked = client.cancel(execution["id"])
    assert (asked["status"], asked["result_summary"]) == ("running", None)
    sshd.start()
    assert client.ended(execution["id"], 90)["result_summary"]["outcome"] == "cancelled"


def test_cancelling_while_connecting_ends_at_once(faulty: Faulty, script: Script) -> None:
    client = faulty.stack.client
    execution = client.execute(client.job(script("true")), "absent")
    client.until(execution["id"], lambda now: now["phase"] == "connecting")
    assert client.cancel(execution["id"])["result_summary"]["outcome"] == "cancelled"


def test_cancelling_while_no_executor_lives_is_done_by_the_next(faulty: Faulty, script: Script) -> None:
    client = faulty.stack.client
    execution = client.execute(client.job(script("echo up; exec sleep 300")))
    client.until(execution["id"], lambda now: now["log_lines"])
    faulty.stack.kill("services.executor")
    assert client.cancel(execution["id"])["status"] == "running"
    faulty.stack.processes["services.executor"].start()
    assert client.ended(execution["id"])["result_summary"]["outcome"] == "cancelled"


def test_cancelling_while_logsink_is_away_is_refused_and_then_works(faulty: Faulty, script: Script) -> None:
    client = faulty.stack.client
    execution = client.execute(client.job(script("echo up; exec sleep 300")))
    client.until(execution["id"], lambda now: now["log_lines"])
    faulty.stack.kill("services.logsink")
    assert client.call("POST", f"/api/v1/migration-executions/{execution['id']}/cancel").status == 503
    faulty.stack.processes["services.logsink"].start()
    faulty.stack.wait_ready()
    client.cancel(execution["id"])
    assert client.ended(execution["id"])["result_summary"]["outcome"] == "cancelled"


def test_a_look_at_a_host_that_does_not_answer_finds_that_alone(faulty: Faulty) -> None:
    checked = faulty.stack.client.post("/environments/absent/check", {"scripts": ["/x"]}, status=200)
    assert checked["good"] is False
    (finding,) = checked["findings"]
    assert (finding["check"], finding["good"]) == ("host", False)
    assert "connection refused" in finding["detail"]

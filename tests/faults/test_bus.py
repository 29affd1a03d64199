"""The bus may be full, forget what it acknowledged, or carry what nobody understands: no line is lost by it."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import nats as nats_client
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from tests.e2e.conftest import Script
from tests.faults.conftest import LOGS_MAX_BYTES, Faulty
from tests.servers import free_port, wait_until
from tests.stack import Client, Stack


def on_bus(faulty: Faulty, work: Callable[[JetStreamContext], Awaitable[Any]]) -> Any:
    async def connected() -> Any:
        client = await nats_client.connect(faulty.nats.url)
        try:
            return await work(client.jetstream())
        finally:
            await client.close()

    with asyncio.Runner() as runner:
        return runner.run(connected())


def stream_bytes(faulty: Faulty, name: str) -> int:
    async def work(stream: JetStreamContext) -> int:
        return (await stream.stream_info(name)).state.bytes

    return int(on_bus(faulty, work))


def memory_bytes(stack: Stack, name: str) -> int:
    status = Path(f"/proc/{stack.processes[name].pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) * 1024


def test_executors_wait_while_the_log_stream_is_full_and_then_every_line_arrives(
    faulty: Faulty, script: Script
) -> None:
    stack, client, lines = faulty.stack, faulty.stack.client, 120_000
    jobs = [
        client.job(script(f"seq -f 'run {number} line %08.0f {'x' * 60}' {lines}", f"full-{number}"))
        for number in range(6)
    ]
    stack.kill("services.logsink")
    posted = [
        client.call("POST", f"/api/v1/migration-jobs/{job['id']}/execute", {"environment_id": "staging"})
        for job in jobs
    ]
    assert {answer.status for answer in posted} == {202}
    # Without logsink nothing is attached; with it for a moment the runs start, and their logs pile up.
    stack.processes["services.logsink"].start()
    stack.wait_ready()
    for answer in posted:
        client.until(answer.json["id"], lambda now: now["phase"] == "running" or now["status"] != "running")
    stack.kill("services.logsink")
    wait_until(lambda: "log waits" in stack.processes["services.executor"].said(), "an executor waits", 30)
    assert stream_bytes(faulty, "LOGS") <= LOGS_MAX_BYTES
    assert memory_bytes(stack, "services.executor") < 200 * 1024**2
    stack.processes["services.logsink"].start()
    stack.wait_ready()
    for number, answer in enumerate(posted):
        assert client.ended(answer.json["id"], 120)["status"] == "completed"
        found = client.lines(answer.json["id"])
        assert found == [f"run {number} line {n:08} {'x' * 60}" for n in range(1, lines + 1)]


def test_lines_that_the_bus_acknowledged_and_lost_are_sent_again_while_the_script_sleeps(
    faulty: Faulty, script: Script, tmp_path: Path
) -> None:
    stack, client = faulty.stack, faulty.stack.client
    wait_for = "while [ ! -e {0}/{1} ]; do sleep 0.1; done"
    text = f"""echo up; {wait_for.format(tmp_path, "go")}; for i in $(seq 40); do echo line $i; done; echo printed
        {wait_for.format(tmp_path, "end")}"""
    execution = client.execute(client.job(script(text)))
    client.until(execution["id"], lambda now: now["log_lines"] == 1)
    stack.kill("services.logsink")
    (tmp_path / "go").touch()
    wait_until(lambda: b"printed" in log_messages(faulty), "all of it is in the stream")
    on_bus(faulty, lambda stream: stream.purge_stream("LOGS"))
    stack.processes["services.logsink"].start()
    stack.wait_ready()
    running = client.until(execution["id"], lambda now: now["log_lines"] > 1, 30)
    assert running["status"] == "running"
    expected = ["up", *(f"line {number}" for number in range(1, 41)), "printed"]
    assert client.lines(execution["id"]) == expected
    (tmp_path / "end").touch()
    assert client.ended(execution["id"])["status"] == "completed"
    assert client.lines(execution["id"]) == expected


def test_the_last_message_lost_by_the_bus_is_sent_again(faulty: Faulty, script: Script, tmp_path: Path) -> None:
    stack, client = faulty.stack, faulty.stack.client
    path = script(f"echo up; while [ ! -e {tmp_path}/go ]; do sleep 0.1; done; echo last")
    execution = client.execute(client.job(path))
    client.until(execution["id"], lambda now: now["log_lines"])
    stack.kill("services.logsink")
    (tmp_path / "go").touch()
    wait_until(lambda: b'"ending":"exited"' in log_messages(faulty), "the end is in the stream")
    on_bus(faulty, lambda stream: stream.purge_stream("LOGS"))
    stack.processes["services.logsink"].start()
    stack.wait_ready()
    assert client.ended(execution["id"])["status"] == "completed"
    assert client.lines(execution["id"]) == ["up", "last"]


def test_what_nobody_understands_is_buried_with_its_reason_and_harms_no_other(faulty: Faulty, script: Script) -> None:
    client = faulty.stack.client
    garbage = {
        "medpro.log.999999999": b"for an execution that does not exist",
        "medpro.log.abc": b"for no execution",
        "medpro.execute.staging.999999997": b"not json",
        "medpro.execute.staging.999999998": b'{"execution_id": 999999998}',
        "medpro.execute.staging.999999996": b'{"execution_id": 1}',
        "medpro.execute.staging.999999995": b'{"execution_id": 999999995, "version": 9}',
    }

    async def publish(stream: JetStreamContext) -> None:
        headers = {"Medpro-Kind": "bytes", "Medpro-Offset": "0", "Medpro-Read-At": "2026-11-22T10:00:00.000Z"}
        for subject, payload in garbage.items():
            await stream.publish(subject, payload, headers=headers)
        await stream.publish("medpro.log.999999994", b"of another version", headers={**headers, "Medpro-Version": "9"})

    on_bus(faulty, publish)
    buried = {f"medpro.dead.{subject.removeprefix('medpro.')}" for subject in [*garbage, "medpro.log.999999994"]}
    wait_until(lambda: set(dead_letters(faulty)) >= buried, "they are dead letters", 30)
    assert all(dead_letters(faulty).values())
    assert "version" in dead_letters(faulty)["medpro.dead.log.999999994"]
    assert "version" in dead_letters(faulty)["medpro.dead.execute.staging.999999995"]
    assert client.ended(client.execute(client.job(script("echo fine")))["id"])["status"] == "completed"


def test_a_dead_letter_is_counted_and_logged_by_who_buried_it(faulty: Faulty) -> None:
    stack, port = faulty.stack, free_port()
    stack.kill("services.executor")
    burying = stack.start("burying", "services.executor", MEDPRO_ADMIN_PORT=str(port))
    metrics = Client(f"http://127.0.0.1:{port}")
    try:
        wait_until(metrics.ready, "it is ready")
        on_bus(faulty, lambda stream: stream.publish("medpro.execute.staging.999999990", b"not json"))
        counted = 'medpro_dead_letters_total{stream="execute"} 1.0'
        wait_until(lambda: counted in metrics.call("GET", "/metrics").body.decode(), "it is counted", 30)
        assert "dead letter" in burying.said()
        assert "medpro.execute.staging.999999990" in burying.said()
    finally:
        stack.processes.pop("burying").stop()


def dead_letters(faulty: Faulty) -> dict[str, str]:
    """Subject → reason."""

    async def work(stream: JetStreamContext) -> dict[str, str]:
        found = {}
        info = await stream.stream_info("DEAD")
        for number in range(info.state.first_seq, info.state.last_seq + 1):
            message = await stream.get_msg("DEAD", number)
            found[str(message.subject)] = (message.headers or {})["Medpro-Reason"]
        return found

    return dict(on_bus(faulty, work))


def log_messages(faulty: Faulty) -> bytes:
    async def work(stream: JetStreamContext) -> bytes:
        info = await stream.stream_info("LOGS")
        try:
            return (await stream.get_msg("LOGS", info.state.last_seq)).data or b""
        except NotFoundError:
            return b""

    return bytes(on_bus(faulty, work))

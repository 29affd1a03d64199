"""How soon: from a line that is printed to one that can be read, from a request to its end; and what waiting costs."""

import asyncio
import os
import statistics
import time
from collections.abc import Iterator

import aiohttp

from tests.bench.bounds import durable_commit_ms, ssh_true_ms
from tests.bench.scene import NO_BOUND, Row, Scene

POLL_S = 0.002
TELLS_THE_TIME = """#!/usr/bin/python3 -IS
import time
start = time.time()
for number in range({count}):
    if number % {at_once} == 0:
        time.sleep(max(0, start + number / {per_second} - time.time()))
    last = (number + 1) % {at_once} == 0
    print(f"{{time.time():.6f}} line {{number}} of a migration that tells the time", flush=last)
"""


def delay(scene: Scene) -> Iterator[Row]:
    commit_ms = durable_commit_ms(scene)
    count = 100 if scene.short else 6_000
    script = scene.script("tells", TELLS_THE_TIME.format(count=count, per_second=100, at_once=1))
    client = scene.stack.client
    delays = asyncio.run(sample(client.base, [client.execute(client.job(script))["id"]], count))
    p50, p99 = quantile(delays, 0.5), quantile(delays, 0.99)
    yield Row(
        "delay",
        f"p50 {p50:.0f} ms, p99 {p99:.0f} ms",
        f"one durable commit {commit_ms:.1f} ms",
        "p50 ≤ 25 ms, p99 ≤ 60 ms",
        reached=p50 <= 25 and p99 <= 60,
        limited_by="one turn each of `tail`, sshd, executor, NATS, logsink and its transaction, and of the reading",
    )


def start(scene: Scene) -> Iterator[Row]:
    bound_ms = ssh_true_ms(scene)
    client = scene.stack.client
    job = client.job(scene.script("one-line", "#!/bin/sh\necho done\n"))
    took = []
    for _ in range(3 if scene.short else 20):
        started = time.perf_counter()
        execution_id = client.execute(job)["id"]
        while client.execution(execution_id)["status"] == "running":
            time.sleep(POLL_S)
        took.append((time.perf_counter() - started) * 1000)
    p50 = statistics.median(took)
    yield Row(
        "start to `completed`",
        f"p50 {p50:.0f} ms, most {max(took):.0f} ms",
        f"`ssh host true` {bound_ms:.0f} ms",
        "100 ms above the bound",
        reached=p50 <= bound_ms + 100,
        limited_by="the handshake, three sessions, and the syncs that keep a run from starting twice",
    )


def idle(scene: Scene) -> Iterator[Row]:
    seconds, runs = (1, 2) if scene.short else (30, 100)
    limited_by = "pulls every two seconds, sweeps every ten"
    yield _idle("idle, nothing running", scene, seconds, 2, limited_by)
    client = scene.stack.client
    fifo = scene.folder / "fifo"
    os.mkfifo(fifo)
    script = scene.script("waits", f"#!/bin/sh\nread -r _ < {fifo}\n:\n")
    ids = [client.execute(client.job(script))["id"] for _ in range(runs)]
    for execution_id in ids:
        client.until(execution_id, lambda execution: execution["phase"] == "running", within_s=120)
    limited_by = "a heartbeat of each run every ten seconds: a request and a transaction"
    yield _idle(f"idle, {runs} silent runs", scene, seconds, 15, limited_by)
    fifo.open("w").close()  # all of them come to their end
    for execution_id in ids:
        client.ended(execution_id, within_s=120)


def quantile(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


async def sample(base: str, ids: list[int], count: int, poll_s: float = POLL_S, after: int = 0) -> list[float]:
    """The delays of all lines of these runs, from that `after` the given one to that numbered `count`, in ascending
    order, asked for every `poll_s`."""
    async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as tasks:
        watching = [
            tasks.create_task(_line_delays(session, base, execution_id, count, poll_s, after)) for execution_id in ids
        ]
    return sorted(one for task in watching for one in task.result())


async def _line_delays(
    session: aiohttp.ClientSession, base: str, execution_id: int, count: int, poll_s: float, after: int
) -> list[float]:
    """Milliseconds from each line's printing to the end of the answer that first held it."""
    delays: list[float] = []
    while after < count:
        address = f"{base}/api/v1/migration-executions/{execution_id}/logs?after={after}&limit=1000"
        async with session.get(address) as response:
            items = (await response.json()).get("items", [])  # none where it is refused
        read_at = time.time()
        after += len(items)
        delays += [(read_at - float(item["message"].split()[0])) * 1000 for item in items]
        await asyncio.sleep(poll_s)
    return delays


def _idle(what: str, scene: Scene, seconds: float, must_percent: float, limited_by: str) -> Row:
    before = scene.own_cpu_s()
    time.sleep(seconds)
    percent = (scene.own_cpu_s() - before) / seconds * 100
    measured, must = f"{percent:.1f} % of a core", f"below {must_percent} %"
    return Row(what, measured, NO_BOUND, must, percent < must_percent, limited_by)

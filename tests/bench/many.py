"""Many at once: hundreds of runs of one executor, hundreds of clients that poll."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp

from tests.bench.quick import TELLS_THE_TIME, quantile, sample
from tests.bench.scene import NO_BOUND, Row, Scene

SAMPLES = 5
POLL_S = 0.1
LINES_WITHIN_MS = 1000


def many(scene: Scene) -> Iterator[Row]:
    scene.host_is_elsewhere()
    for runs, limit_mb in ((2, 200), (3, 400)) if scene.short else ((200, 200), (1000, 400)):
        lines = 20 if scene.short else 600
        script = scene.script("many", TELLS_THE_TIME.format(count=lines, per_second=10))
        ids, delays = asyncio.run(_start_and_sample(scene, _jobs(scene, script, runs), lines))
        ended = [scene.stack.client.ended(execution_id, within_s=600) for execution_id in ids]
        good = sum(one["status"] == "completed" and one["log_lines"] == lines for one in ended)
        p99, memory_mb = quantile(delays, 0.99), scene.peak_mb("services.executor")
        yield Row(
            f"{runs} runs at once",
            f"delay p50 {quantile(delays, 0.5):.0f} ms, p99 {p99:.0f} ms; executor {memory_mb:.0f} MB;"
            f" {good} runs with every line",
            NO_BOUND,
            f"every line, under {limit_mb} MB" + (", p99 ≤ 1 s" if runs == 200 else ""),
            reached=good == runs and memory_mb < limit_mb and (runs != 200 or p99 <= LINES_WITHIN_MS),
            limited_by="both cores: handshakes and forks while runs start, then every process's turn for each line",
        )


def watchers(scene: Scene) -> Iterator[Row]:
    scene.host_is_elsewhere()
    runs, clients, seconds = (2, 5, 2) if scene.short else (20, 500, 30)
    script = scene.script("watched", TELLS_THE_TIME.format(count=250 * (seconds + 5), per_second=250))
    ids = [scene.stack.client.execute(job)["id"] for job in _jobs(scene, script, runs)]
    took, refused, delays = asyncio.run(_both(scene.stack.client.base, ids, clients, seconds))
    for execution_id in ids:
        scene.stack.client.ended(execution_id, within_s=300)
    p99, lines_p99 = quantile(took, 0.99), quantile(delays, 0.99)
    yield Row(
        f"{clients} watchers of {runs} runs",
        f"answers p50 {quantile(took, 0.5):.0f} ms, p99 {p99:.0f} ms, {len(took) / seconds:,.0f} a second,"
        f" {refused} refused; lines meanwhile p99 {lines_p99:.0f} ms",
        NO_BOUND,
        "p99 ≤ 150 ms, ingestion unaffected",
        reached=p99 <= 150 and not refused and lines_p99 <= LINES_WITHIN_MS,
        limited_by="both cores: a turn of script, `tail`, sshd and executor for each line, and the polling client",
    )


def _jobs(scene: Scene, script: Path, count: int) -> list[Any]:
    client = scene.stack.client
    source = client.source(script)
    return [
        client.post("/migration-jobs", {"source_id": source["id"], "name": f"job {number}", "parameters": {}})
        for number in range(count)
    ]


async def _start_and_sample(scene: Scene, jobs: list[Any], lines: int) -> tuple[list[int], list[float]]:
    """Some of the runs are read from their first line on, while others are still to be started."""
    ids: list[int] = []
    sampling = []
    async with asyncio.TaskGroup() as tasks:
        for number, job in enumerate(jobs):
            ids.append((await asyncio.to_thread(scene.stack.client.execute, job))["id"])
            if number % max(1, len(jobs) // SAMPLES) == 0:
                sampling.append(tasks.create_task(sample(scene.stack.client.base, ids[-1:], lines, POLL_S)))
    return ids, sorted(delay for task in sampling for delay in task.result())


async def _both(base: str, ids: list[int], clients: int, seconds: int) -> tuple[list[float], int, list[float]]:
    async with asyncio.TaskGroup() as tasks:
        polling = tasks.create_task(_poll(base, ids, clients, seconds))
        sampling = tasks.create_task(sample(base, ids[:3], 250 * (seconds + 5), POLL_S))
    return *polling.result(), sampling.result()


async def _poll(base: str, ids: list[int], clients: int, seconds: float) -> tuple[list[float], int]:
    """Milliseconds that each answer took, ascending, and how many were refused. Each client asks once a second."""
    took: list[float] = []
    refused: list[int] = []

    async def get(session: aiohttp.ClientSession, address: str) -> dict[str, object]:
        started = time.perf_counter()
        async with session.get(base + address) as response:
            body: dict[str, object] = await response.json()
        took.append((time.perf_counter() - started) * 1000)
        if response.status != 200:
            refused.append(response.status)
        return body

    async def watch(session: aiohttp.ClientSession, number: int, until: float) -> None:
        await asyncio.sleep(number / clients)
        address = f"/api/v1/migration-executions/{ids[number % len(ids)]}"
        after = (await get(session, f"{address}/logs?tail=1")).get("next_after", 0)
        while (started := time.perf_counter()) < until:
            await get(session, address)
            after = (await get(session, f"{address}/logs?after={after}&limit=1000")).get("next_after", after)
            await asyncio.sleep(max(0, started + 1 - time.perf_counter()))

    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session, asyncio.TaskGroup() as tasks:
        until = time.perf_counter() + seconds
        for number in range(clients):
            tasks.create_task(watch(session, number, until))
    return sorted(took), len(refused)

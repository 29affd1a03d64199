"""Many at once: hundreds of runs of one executor, hundreds of clients that poll."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from tests.bench.polling import Polling
from tests.bench.quick import TELLS_THE_TIME, quantile, sample
from tests.bench.scene import NO_BOUND, Row, Scene

SAMPLES = 5
POLL_S = 0.1
LINES_AT_ONCE = 25
LINES_WITHIN_MS = 1000


def many(scene: Scene) -> Iterator[Row]:
    for runs, limit_mb in ((2, 200), (3, 400)) if scene.short else ((200, 200), (1000, 400)):
        lines = 20 if scene.short else 600
        script = scene.script("many", TELLS_THE_TIME.format(count=lines, per_second=10, at_once=1))
        # A thousand starts are the host's work above all: with what is left to it, a slow machine would take an hour.
        with scene.host_is_elsewhere() if runs <= 200 else nullcontext():
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
    with scene.host_is_elsewhere():
        yield _watched(scene, at_once=LINES_AT_ONCE, limited_by="logsink, which reads and keeps in one process")
        by = "both cores: a turn of script, `tail`, sshd and executor for each line"
        yield _watched(scene, at_once=1, limited_by=by)


def _watched(scene: Scene, at_once: int, limited_by: str) -> Row:
    runs, clients, seconds = (2, 5, 2) if scene.short else (20, 500, 30)
    lines = 250 * (seconds + 10)
    script = scene.script(f"watched-{at_once}", TELLS_THE_TIME.format(count=lines, per_second=250, at_once=at_once))
    ids = [scene.stack.client.execute(job)["id"] for job in _jobs(scene, script, runs)]
    for execution_id in ids:  # it is their lines that are watched, not their start
        scene.stack.client.until(execution_id, lambda execution: execution["log_lines"] > 0, within_s=60)
    after = scene.stack.client.execution(ids[0])["log_lines"]  # of the run that is furthest
    polling = Polling(scene.stack.client.base.removeprefix("http://"), ids)
    with ThreadPoolExecutor(1) as other:
        sampling = other.submit(asyncio.run, sample(scene.stack.client.base, ids[:3], lines, POLL_S, after))
        polling.run(clients, seconds)
        delays = sampling.result()
    for execution_id in ids:
        scene.stack.client.ended(execution_id, within_s=300)
    took = sorted(polling.took_ms)
    p99, lines_p99 = quantile(took, 0.99), quantile(delays, 0.99)
    return Row(
        f"{clients} watchers of {runs} runs, {at_once} lines at once",
        f"answers p50 {quantile(took, 0.5):.0f} ms, p99 {p99:.0f} ms, {len(took) / seconds:,.0f} a second,"
        f" {polling.refused} refused; lines meanwhile p99 {lines_p99:.0f} ms",
        NO_BOUND,
        "p99 ≤ 150 ms, ingestion unaffected",
        reached=p99 <= 150 and not polling.refused and lines_p99 <= LINES_WITHIN_MS,
        limited_by=limited_by,
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

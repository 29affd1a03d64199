"""Flood: lines a second that become readable, from one run and from eight, with more logsinks and executors."""

import time
from collections.abc import Iterator
from pathlib import Path

from tests.bench.bounds import load_data
from tests.bench.scene import NO_BOUND, Row, Scene

RUNS = 8


def flood(scene: Scene) -> Iterator[Row]:
    count = 5_000 if scene.short else 1_000_000
    lines = ordinary_lines(scene, count)
    bound = load_data(scene, lines, count)
    one, _ = _flood(scene, lines, count, runs=1)
    limited_by = "both cores: MariaDB, which writes an undo for each row, then logsink and the connection to the host"
    yield _row("flood", one, bound, "0.5 of the bound", limited_by, reached=one >= bound / 2)
    many, _ = _flood(scene, lines, count // RUNS, runs=RUNS)
    limited_by = "both cores: MariaDB, then logsink"
    yield _row(f"flood x{RUNS}, one logsink", many, bound, "no slower than one run", limited_by, reached=many >= one)
    scene.stack.start("second logsink", "services.logsink")
    scene.stack.wait_ready()
    two, _ = _flood(scene, lines, count // RUNS, runs=RUNS)
    scene.stack.processes.pop("second logsink").stop()
    limited_by = "both cores: a second logsink takes from MariaDB what it adds"
    yield _row(f"flood x{RUNS}, two logsinks", two, bound, "faster, where cores allow", limited_by, reached=None)


def scale_out(scene: Scene) -> Iterator[Row]:
    count = 5_000 if scene.short else 500_000
    lines = ordinary_lines(scene, count)
    costs = []
    extra: list[str] = []
    for executors in (1, 2, 4):
        while len(extra) < executors - 1:
            extra.append(f"executor {len(extra) + 2}")
            scene.stack.start(extra[-1], "services.executor")
        rate, cpu_s = _flood(scene, lines, count // RUNS, runs=RUNS)
        costs.append(cpu_s / count * 1e6)
        yield Row(
            f"scale-out, {executors} executors",
            f"{rate:,.0f} lines/s, {costs[-1]:.1f} µs of CPU a line",
            NO_BOUND,
            "cost per line constant",
            reached=costs[-1] <= costs[0] * 1.15,
            limited_by="both cores: MariaDB, then logsink",
        )
    for name in extra:
        scene.stack.processes.pop(name).stop()


def ordinary_lines(scene: Scene, count: int) -> Path:
    """A file of lines of 100 bytes, as scripts print them."""
    path = scene.folder / f"lines-{count}"
    if not path.exists():
        with path.open("w") as file:
            for number in range(count):
                text = f"2026-01-01 12:00:{number // 50 % 60:02} INFO migrated patient {number} of clinic {number % 7},"
                file.write(f"{text} {number % 13} appointments and notes".ljust(99, ".") + "\n")
    return path


def _flood(scene: Scene, lines: Path, count: int, runs: int) -> tuple[float, float]:
    """Lines per second from the first request until each run's last line was read, and CPU seconds of all processes."""
    client = scene.stack.client
    script = scene.script(f"flood-{count}", f"#!/bin/sh\nexec head -n {count} {lines}\n")
    jobs = [client.job(script) for _ in range(runs)]
    scene.settle()
    cpu_s, started = scene.all_cpu_s(), time.perf_counter()
    waiting = [client.execute(job)["id"] for job in jobs]
    while waiting:
        tail = client.get(f"/migration-executions/{waiting[0]}/logs?tail=1")["items"]
        if tail and tail[0]["seq"] == count:
            waiting.pop(0)
        else:
            time.sleep(0.1)
    return count * runs / (time.perf_counter() - started), scene.all_cpu_s() - cpu_s


def _row(what: str, rate: float, bound: float, must: str, limited_by: str, *, reached: bool | None) -> Row:
    measured = f"{rate:,.0f} lines/s ({rate / bound:.2f} of the bound)"
    return Row(what, measured, f"`ssh \\| LOAD DATA` {bound:,.0f} lines/s", must, reached, limited_by)

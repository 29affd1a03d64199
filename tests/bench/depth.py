"""Depth: pages of a log of five million lines, beside the same rows asked in the `mariadb` client; its download."""

import http.client
import statistics
import subprocess
import time
import urllib.request
from collections.abc import Iterator

from tests.bench.bounds import empty_execution, fill
from tests.bench.flood import ordinary_lines
from tests.bench.scene import DATABASE, NO_BOUND, Row, Scene
from tests.servers import program

PAGE = 200
BY_THE_WAY = "the way: HTTP, NATS, and two questions to the database where the client has one"
BY_LEVEL = "one question to the database for each level and window"


def depth(scene: Scene) -> Iterator[Row]:
    count = 5_000 if scene.short else 5_000_000
    execution_id = empty_execution(scene)
    fill(scene, execution_id, ordinary_lines(scene, count), count)
    scene.mariadb.execute(f"UPDATE {DATABASE}.migration_executions SET log_lines = {count} WHERE id = {execution_id}")
    base = f"/migration-executions/{execution_id}/logs"
    queries = {
        "start": (f"after=0&limit={PAGE}", f"seq BETWEEN 1 AND {PAGE}"),
        "middle": (f"after={count // 2}&limit={PAGE}", f"seq BETWEEN {count // 2 + 1} AND {count // 2 + PAGE}"),
        "end": (f"after={count - PAGE}&limit={PAGE}", f"seq BETWEEN {count - PAGE + 1} AND {count}"),
        "tail": (f"tail={PAGE}", f"seq BETWEEN {count - PAGE + 1} AND {count}"),
        "level": (
            f"after={count // 2}&limit={PAGE}&level=INFO",
            f"log_level = 'INFO' AND seq > {count // 2} ORDER BY seq LIMIT {PAGE}",
        ),
    }
    for what, (query, condition) in queries.items():
        page_ms = _page_ms(scene, f"/api/v1{base}?{query}")
        statement = (
            f"SELECT seq, log_level, message, logged_at FROM {DATABASE}.migration_logs"
            f" WHERE execution_id = {execution_id} AND {condition}"
        )
        bound_ms = _client_ms(scene, statement)
        yield Row(
            f"depth, {what}",
            f"{page_ms:.1f} ms",
            f"in the client {bound_ms:.1f} ms",
            "1.5 of the bound",
            reached=page_ms <= 1.5 * bound_ms,
            limited_by=BY_LEVEL if what == "level" else BY_THE_WAY,
        )
    yield _download(scene, f"{base}?format=text", count)


def _download(scene: Scene, path: str, count: int) -> Row:
    before_mb = scene.peak_mb("gateway"), scene.peak_mb("services.logsink")
    started, lines = time.perf_counter(), 0
    with urllib.request.urlopen(f"{scene.stack.client.base}/api/v1{path}", timeout=600) as response:
        while data := response.read(1 << 20):
            lines += data.count(b"\n")
    seconds = time.perf_counter() - started
    grown_mb = max(scene.peak_mb("gateway") - before_mb[0], scene.peak_mb("services.logsink") - before_mb[1])
    return Row(
        "depth, text download",
        f"{lines / seconds:,.0f} lines/s, memory grew by {grown_mb:.0f} MB",
        NO_BOUND,
        "every line, flat memory",
        reached=lines == count and grown_mb < 30,
        limited_by="logsink: a page after another, each line once through Python",
    )


def _page_ms(scene: Scene, path: str) -> float:
    """The median over one connection that stays open, as a browser's does."""
    took = []
    connection = http.client.HTTPConnection(scene.stack.client.base.removeprefix("http://"), timeout=60)
    for _ in range(3 if scene.short else 50):
        started = time.perf_counter()
        connection.request("GET", path)
        response = connection.getresponse()
        assert response.status == 200
        response.read()
        took.append((time.perf_counter() - started) * 1000)
    connection.close()
    return statistics.median(took)


def _client_ms(scene: Scene, statement: str) -> float:
    """One client, the statement many times, so that its own start does not count."""
    times = 3 if scene.short else 50
    command = [program("mariadb"), "--no-defaults", f"--socket={scene.mariadb.socket}", "--user=root", "-N", "-e"]

    def took(count: int) -> float:
        started = time.perf_counter()
        subprocess.run([*command, ";".join([statement] * count)], check=True, capture_output=True)
        return time.perf_counter() - started

    return (took(times + 1) - took(1)) / times * 1000

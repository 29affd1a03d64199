"""What the machine could do at best: the same work by the plainest tools, on the same servers."""

import statistics
import subprocess
import time
from pathlib import Path

from schema.tables import log_id
from tests.bench.scene import DATABASE, Scene
from tests.servers import program


def load_data(scene: Scene, lines: Path, count: int) -> float:
    """Lines per second of `ssh … | LOAD DATA LOCAL INFILE` into `migration_logs`."""
    execution_id = empty_execution(scene)
    started = time.perf_counter()
    fill(scene, execution_id, lines, count)
    return count / (time.perf_counter() - started)


def fill(scene: Scene, execution_id: int, lines: Path, count: int) -> None:
    statement = (
        f"SET @n = 0; LOAD DATA LOCAL INFILE '/dev/stdin' INTO TABLE migration_logs CHARACTER SET utf8mb4"
        f" FIELDS TERMINATED BY '' ESCAPED BY '' (message) SET execution_id = {execution_id}, seq = (@n := @n + 1),"
        f" id = {log_id(execution_id, 0)} + @n, log_level = 'INFO', logged_at = UTC_TIMESTAMP(3)"
    )
    with subprocess.Popen(scene.ssh(f"head -n {count} {lines}"), stdout=subprocess.PIPE) as source:
        subprocess.run(
            [program("mariadb"), "--no-defaults", f"--socket={scene.mariadb.socket}", "--user=root", "--local-infile=1",
             DATABASE, "-e", statement],
            stdin=source.stdout, check=True,
        )  # fmt: skip


def empty_execution(scene: Scene) -> int:
    """An execution that has ended without a line, to which lines can be given."""
    client = scene.stack.client
    execution = client.execute(client.job(scene.script("silent", "#!/bin/sh\n")))
    ended = client.ended(execution["id"])
    assert ended["status"] == "completed", ended
    return int(ended["id"])


def durable_commit_ms(scene: Scene) -> float:
    """The mean of single-row transactions in the `mariadb` client, the connection's start taken off."""
    scene.mariadb.execute(f"CREATE TABLE IF NOT EXISTS {DATABASE}.bound (n INT)")
    count = 20 if scene.short else 200
    started = time.perf_counter()
    scene.mariadb.execute("SELECT 1")
    between = time.perf_counter()
    scene.mariadb.execute(";".join([f"INSERT INTO {DATABASE}.bound VALUES (1)"] * count))
    return ((time.perf_counter() - between) - (between - started)) / count * 1000


def ssh_true_ms(scene: Scene) -> float:
    return statistics.median(_timed_ms(scene.ssh("true")) for _ in range(3 if scene.short else 20))


def _timed_ms(command: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return (time.perf_counter() - started) * 1000

"""What is compared: the run directory on the host, the rows behind REST, the mark file, and the published events."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.chaos.scene import Scene
from tests.chaos.wire import Message, connection, read_stream
from tests.servers import nats_server
from tests.stack import Client

COLUMNS = "id, run_key, log_bytes, status, announced, ifnull(launched_on, '')"


@dataclass(frozen=True)
class OnHost:
    """`status` is None where no exit status was left; `stopped` where `stop` says that we ended it."""

    log: bytes
    status: int | None
    ended: bool
    started: bool
    stopped: bool
    result: str | None


@dataclass(frozen=True)
class Row:
    run_key: str
    log_bytes: int
    status: str
    launched: bool


def on_host(folder: Path) -> OnHost:
    log, exit_file, result = folder / "log", folder / "exit", folder / "result.json"
    words = dict(word.split("=") for word in exit_file.read_text().split()) if exit_file.exists() else {}
    data = log.read_bytes() if log.exists() else b""
    return OnHost(
        log=data[: int(words.get("size", len(data)))],
        status=int(words["rc"]) if words.get("rc", "").isdigit() else None,
        ended=bool(words),
        started=words.get("rc") != "claimed" and (folder / "started").exists(),
        stopped=(folder / "stop").exists(),
        result=result.read_text() if result.exists() else None,
    )


def rows(scene: Scene) -> dict[int, Row]:
    table = scene.mariadb.execute(f"SELECT {COLUMNS} FROM chaos.migration_executions")
    found = [line.split("\t") for line in table.splitlines()]
    return {int(row[0]): Row(row[1], int(row[2]), row[3], bool(row[5])) for row in found}


def lines(client: Client, execution_id: int) -> list[tuple[int, str, str]]:
    """Number, level and text of every line, by paging."""
    found: list[tuple[int, str, str]] = []
    while True:
        after = found[-1][0] if found else 0
        page = client.get(f"/migration-executions/{execution_id}/logs?after={after}&limit=5000")["items"]
        if not page:
            return found
        found += [(item["seq"], item["log_level"], item["message"]) for item in page]


def not_settled(run_directory: Path) -> int:
    """Logs that nobody will delete: no promise of a run, but told."""
    return sum(not (folder / "committed").exists() for folder in run_directory.iterdir())


@dataclass(frozen=True)
class Published:
    """Events and dead letters of one life of NATS's data: from one wipe to the next."""

    events: list[dict[str, Any]]
    dead: list[Message]


async def published(scene: Scene) -> list[Published]:
    """Of every life of the data, the last one is the present."""
    lives = []
    for number, data in enumerate(scene.wiped, 1):
        folder = scene.folder / f"life-{number}"
        folder.mkdir()
        data.rename(folder / "data")
        with nats_server(folder) as server:
            lives.append(await _published(server.url))
    return [*lives, await _published(scene.nats.url)]


async def _published(url: str) -> Published:
    async with connection(url) as client:
        stream = client.jetstream(timeout=10)
        present = {info.config.name for info in await stream.streams_info()}
        events = await read_stream(stream, "EVENTS") if "EVENTS" in present else []
        dead = await read_stream(stream, "DEAD") if "DEAD" in present else []
    return Published([{**json.loads(event.data), "ce-id": event.headers["ce-id"]} for event in events], dead)

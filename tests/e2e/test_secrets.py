"""A secret is in no file, table, stream, log, answer or process list of ours: the script alone has it."""

import base64
import json
import secrets
import shlex
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.e2e.conftest import Script
from tests.servers import MariaDb, Nats, Sshd, nats_server, wait_until
from tests.stack import Stack, environment, stack

TABLES = ("migration_sources", "migration_jobs", "migration_executions", "migration_logs")
# Of the kinds of characters that some encoding changes; and never the same, for others' data lie in the same database.
SECRET = f"s3cr3t/+=é' \"$x`{secrets.token_hex(8)}"
MARK = f"beside-the-secret-{secrets.token_hex(8)}"
TEXT = """say() {{ echo "{mark} $1 $TOKEN"; echo "$TOKEN" >&2; printf '%s' "$TOKEN"; echo; }}
say first
while [ ! -e {folder}/go ]; do sleep 0.1; done
say second
printf '{{"message": "%s", "outputs": {{"{mark}": "x"}}}}' "$TOKEN" > $MEDPRO_RESULT_FILE
while [ ! -e {folder}/end ]; do sleep 0.1; done
say third
echo "ERROR {mark} $TOKEN" >&2
exit 3"""


def forms() -> list[bytes]:
    """The value as it stands, and as JSON, URLs, shells, `repr` or base64 would write it."""
    as_json = [json.dumps(SECRET, ensure_ascii=ascii_only)[1:-1] for ascii_only in (True, False)]
    written = [SECRET, *as_json, quote(SECRET), quote(SECRET, safe=""), shlex.quote(SECRET), repr(SECRET)[1:-1]]
    encoded = [text.encode() for text in written]
    return [*encoded, SECRET[-16:].encode(), base64.b64encode(SECRET.encode())[:-4]]


def is_clean(data: bytes) -> bool:
    return not any(form in data for form in forms())


def files(folder: Path) -> Iterator[tuple[Path, bytes]]:
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError):
            if path.is_file():
                yield path, path.read_bytes()


def check_files(folder: Path) -> None:
    """None has the secret; and one has what was printed beside it, so this looks in the right place."""
    found = list(files(folder))
    assert [path for path, data in found if not is_clean(data)] == []
    assert any(MARK.encode() in data for _, data in found)


@dataclass
class Secretive:
    stack: Stack
    nats: Nats
    folder: Path

    @property
    def service_pids(self) -> list[int]:
        running = [one._process for one in self.stack.processes.values()]  # none of one that is killed right now
        return [self.nats.process.pid, *(one.pid for one in running if one is not None)]


@pytest.fixture
def secretive(folder: Path, tmp_path: Path, mariadb: MariaDb, sshd: Sshd) -> Iterator[Secretive]:
    secret_file = folder / "only-here"
    secret_file.write_text(SECRET)
    environments = {"staging": environment(sshd, tmp_path / "host", secrets={"token": secret_file})}
    database = mariadb.create("secrets")
    with nats_server(tmp_path / "nats") as nats, stack(tmp_path / "stack", nats, database, environments) as running:
        yield Secretive(running, nats, tmp_path)


@contextmanager
def looking_at_processes(secretive: Secretive) -> Iterator[list[bytes]]:
    """Again and again, what `ps` tells everyone of all processes, and of ours their environment, too."""
    looks: list[bytes] = []
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            shown = subprocess.run(["ps", "axww", "-o", "pid,args"], check=True, capture_output=True).stdout
            for pid in secretive.service_pids:
                with suppress(OSError):
                    shown += Path(f"/proc/{pid}/environ").read_bytes()
            looks.append(shown)

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    yield looks
    done.set()
    thread.join(10)


def test_a_secret_is_in_no_file_table_stream_log_or_process(
    secretive: Secretive, mariadb: MariaDb, sshd: Sshd, script: Script
) -> None:
    running, client = secretive.stack, secretive.stack.client
    path = script(TEXT.format(mark=MARK, folder=secretive.folder))
    with looking_at_processes(secretive) as looks:
        job = client.job(path, [{"name": "TOKEN", "type": "secret"}], TOKEN="token")
        execution = client.execute(job)
        client.until(execution["id"], lambda now: now["log_lines"] >= 3)
        # While logsink is away the log stays in the stream, so that its files can be looked at.
        running.kill("services.logsink")
        (secretive.folder / "go").touch()
        wait_until(lambda: any(b"second" in data for _, data in files(secretive.folder / "nats")), "it is in a file")
        check_files(secretive.folder / "nats")
        running.processes["services.logsink"].start()
        running.wait_ready()
        (secretive.folder / "end").touch()
        ended = client.ended(execution["id"])
    assert (ended["status"], ended["result_summary"]["exit_status"], ended["log_lines"]) == ("failed", 3, 10)
    assert len(looks) >= 5
    assert str(path).encode() in b"".join(looks)  # the run was seen
    assert all(is_clean(look) for look in looks)

    log = f"/api/v1/migration-executions/{ended['id']}/logs"
    answers = [
        client.call("GET", path)
        for path in (
            "/api/v1/migration-sources", "/api/v1/migration-jobs", "/api/v1/migration-executions",
            f"/api/v1/migration-executions/{ended['id']}", "/api/v1/environments", log, f"{log}?level=ERROR",
            f"{log}?q={MARK}", f"{log}?format=text",
        )
    ]  # fmt: skip
    assert {answer.status for answer in answers} == {200}
    assert all(is_clean(answer.body) for answer in answers)
    download = answers[-1].body.decode()
    assert f"{MARK} third {'*' * len(SECRET.encode())}" in download

    rows = {table: mariadb.execute(f"SELECT * FROM secrets.{table}").encode() for table in TABLES}
    assert all(rows.values())
    assert all(is_clean(table) for table in rows.values())
    assert MARK.encode() in rows["migration_logs"]
    check_files(mariadb.process.log.parent / "data")
    check_files(secretive.folder / "nats")  # the events are there
    said = [process.said() for process in (*running.processes.values(), mariadb.process, sshd.process)]
    assert all(is_clean(text.encode()) for text in said)
    leftovers = [path for path, data in files(running.run_directory) if not is_clean(data)]
    assert {path.name for path in leftovers} == {"log", "result.json"}  # what the script itself wrote

"""The world of one schedule, and what must be true at each of its steps."""

from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Engine

from proto import subjects
from schema.tables import MigrationExecution
from services.executor.window import Window
from services.logsink.intake import GIVE_UP_AFTER_DELIVERIES
from services.logsink.runs import CANCELLED_BEFORE_START
from tests.protocol.bus import Network
from tests.protocol.database import insert_execution, lines_after, load_execution
from tests.protocol.loop import now_s
from tests.protocol.plan import SECRET, Plan
from tests.protocol.product import CHUNK_BYTES, IN_FLIGHT_BYTES, Present
from tests.protocol.queues import Message
from tests.protocol.rundir import RunDirectory
from tests.protocol.ssh import Address


class World(Present):
    """`excuses` are why a result may be unknown: what was done to the run on its host."""

    def __init__(self, plan: Plan, engine: Engine, *, tracing: bool = False) -> None:
        super().__init__(plan, tracing=tracing)
        self.engine = engine
        self.network = Network(self)
        self.address = Address(self)
        self.excuses: set[str] = set()
        self.starts = 0
        self.directory: RunDirectory | None = None  # that of the script's start
        self.launched_s = float("inf")
        self.lines: list[str] = []
        insert_execution(engine, secrets={"TOKEN": "token"} if plan.secret else {})
        self.row = load_execution(engine)

    @property
    def shown_log(self) -> bytes:
        log = bytes(self.directory.log) if self.directory is not None else b""
        return log.replace(SECRET, b"*" * len(SECRET)) if self.plan.secret else log

    def script_starts(self, directory: RunDirectory) -> None:
        self.note("THE SCRIPT STARTS")
        self.starts += 1
        self.directory = self.directory or directory
        if self.starts > 1:
            self.fail("the script was started a second time")
        if directory.made_s > self.launched_s:
            self.fail("the script starts in a run directory that was made after the launch")
        if self.row.status != "running" and says_it_never_starts(self.row):
            self.fail(f"the script starts after {self.row.result_summary}")

    def stored(self, subject: str, data: bytes, headers: dict[str, str]) -> None:
        if not subject.startswith("medpro.log.") or headers[subjects.HEADER_KIND] != subjects.KIND_BYTES:
            return
        offset = int(headers[subjects.HEADER_OFFSET])
        if self.shown_log[offset : offset + len(data)] != data:
            self.fail(f"{len(data)} bytes at {offset} are not those of the log")
        if len(data) > CHUNK_BYTES:
            self.fail(f"a message of {len(data)} bytes")

    def acknowledging(self, message: Message) -> None:
        if message.subject.startswith("medpro.execute."):
            if self.row.status == "running":
                self.fail("the command is acknowledged while the execution is running")
        elif self.row.status != "running" or message.deliveries >= GIVE_UP_AFTER_DELIVERIES:
            return
        elif message.headers[subjects.HEADER_KIND] == subjects.KIND_END:
            if self.row.end_status is None:
                self.fail("an end is acknowledged that is not kept")
        else:
            end = int(message.headers[subjects.HEADER_OFFSET]) + len(message.data)
            if self.row.log_bytes < (end if self.row.end_bytes is None else min(end, self.row.end_bytes)):
                self.fail("bytes are acknowledged that are not kept")

    def committed(self, row: MigrationExecution) -> None:
        """After each transaction."""
        before, self.row = self.row, row
        if row.log_lines != before.log_lines or row.status != before.status:
            self.lines += lines_after(self.engine, len(self.lines))
        self._check_lines()
        if before.launched_on is None and row.launched_on is not None:
            self.launched_s = now_s()
        if before.status == "running":
            if self.row.status != "running":
                self.note(f"ENDED {self.row.status} {self.row.result_summary}")
            self.changed.set()
        elif (before.status, before.result_summary, before.log_bytes) != (
            self.row.status, self.row.result_summary, self.row.log_bytes,
        ):  # fmt: skip
            self.fail(f"the end changed from {before.result_summary} to {self.row.result_summary}")
        if self.row.log_bytes < before.log_bytes:
            self.fail("the committed offset went back")

    def _check_lines(self) -> None:
        if self.row.log_lines != len(self.lines):
            self.fail(f"the row counts {self.row.log_lines} lines, {len(self.lines)} are stored")
        printed = self.shown_log[: self.row.log_bytes]
        complete = printed.decode().split("\n")
        unfinished = complete.pop()
        expected = [*complete, unfinished] if unfinished and self.row.status != "running" else complete
        if self.row.log_bytes > len(self.shown_log) or self.lines != expected:
            self.fail(f"stored: {self.lines[-3:]}, printed: {expected[-3:]} of {self.row.log_bytes} bytes")

    def window(self, committed: int) -> "CheckedWindow":
        window = CheckedWindow(committed)
        window.world = self
        window.check()
        return window


@dataclass
class CheckedWindow(Window):
    """The executor's window, looked at after each change."""

    world: World | None = None

    def add(self, offset: int, data: bytes) -> None:
        super().add(offset, data)
        self.check()

    def commit(self, offset: int) -> bool:
        news: bool = super().commit(offset)
        self.check()
        return news

    def check(self) -> None:
        if self.world is None:
            return
        if self.end - self.committed > IN_FLIGHT_BYTES:
            self.world.fail(f"an executor holds {self.end - self.committed} bytes")
        if not self.committed <= self.sent <= self.end:
            self.world.fail(f"a window of {self.committed}, {self.sent}, {self.end}")
        if self.committed > self.world.row.log_bytes:
            self.world.fail(f"an executor takes {self.committed} bytes for committed: {self.world.row.log_bytes} are")


def says_it_never_starts(row: MigrationExecution) -> bool:
    summary = row.result_summary or {}
    return bool(summary["outcome"] == "not_started" or summary["reason"] == CANCELLED_BEFORE_START)


def end_of(row: MigrationExecution) -> dict[str, Any]:
    return msgspec.convert(row.result_summary or {}, dict[str, Any])

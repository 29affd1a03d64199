"""The operator: launches, cancels and watches executions through REST alone, with whatever patience it takes."""

import asyncio
import http.client
import random
import time
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.scene import ENVIRONMENT
from tests.chaos.scripts import Script
from tests.stack import Answer, Client

AGAIN_S = 0.3
LOOK_EVERY_S = 0.3
PATIENT = (502, 503, 504)
CANCEL_AFTER_S = (0.0, 0.0, 0.3, 1, 2, 4, 9)


@dataclass
class Driven:
    """One execution: what it runs, and everything that REST showed of it."""

    script: Script
    job: Any
    launch_at_s: float
    cancel_after_s: float | None
    id: int | None = None
    launched_at: float = 0.0
    cancel_sent: bool = False
    cancel_confirmed: bool = False
    last: dict[str, Any] = field(default_factory=dict)
    lines: dict[int, str] = field(default_factory=dict)

    @property
    def ended(self) -> bool:
        return bool(self.last) and self.last["status"] != "running"

    @property
    def name(self) -> str:
        return f"execution {self.id} ({self.script.name})"


@dataclass
class Operator:
    client: Client
    seed: int
    driven: list[Driven]
    wrong: list[str] = field(default_factory=list)
    looks: int = 0
    unanswered: int = 0

    def known(self) -> list[int]:
        return [one.id for one in self.driven if one.id is not None]

    async def drive(self) -> None:
        """Returns when every execution is launched and every cancelling is accepted."""
        async with asyncio.TaskGroup() as tasks:
            for one in self.driven:
                tasks.create_task(self._drive(one), name=one.script.name)

    async def _drive(self, one: Driven) -> None:
        await asyncio.sleep(one.launch_at_s)
        key = {"Idempotency-Key": f"{self.seed}-{one.script.name}"}
        path = f"/api/v1/migration-jobs/{one.job['id']}/execute"
        one.id = (await self._insist("POST", path, {"environment_id": ENVIRONMENT}, key)).json["id"]
        one.launched_at = time.monotonic()
        if one.cancel_after_s is not None:
            await asyncio.sleep(one.cancel_after_s)
            one.cancel_sent = True
            answer = await self._insist("POST", f"/api/v1/migration-executions/{one.id}/cancel", {}, {})
            one.cancel_confirmed = answer.json["cancel_requested_at"] is not None

    async def _insist(self, method: str, path: str, body: Any, headers: dict[str, str]) -> Answer:
        while True:
            answer = await self._call(method, path, body, headers)
            if answer is not None and answer.status == 202:
                return answer
            await asyncio.sleep(AGAIN_S)

    async def watch(self) -> None:
        """Until cancelled: what was shown never falls, never changes once it has ended."""
        dice = random.Random(f"watch {self.seed}")
        while True:
            running = [one for one in self.driven if one.id is not None and not one.ended]
            for one in running:
                await self._look(one)
            if running:
                await self._read(dice.choice(running))
            await asyncio.sleep(LOOK_EVERY_S)

    async def _look(self, one: Driven) -> None:
        answer = await self._call("GET", f"/api/v1/migration-executions/{one.id}")
        if answer is None:
            return
        self.looks += 1
        self.note(one, answer.json)

    def note(self, one: Driven, now: dict[str, Any]) -> None:
        for name in ("progress", "log_lines"):
            if one.last and now[name] < one.last[name]:
                self.wrong.append(f"{one.name}: {name} fell from {one.last[name]} to {now[name]}")
        for name in ("script_started_at", "cancel_requested_at", "completed_at", "result_summary"):
            if one.last and one.last[name] is not None and now[name] != one.last[name]:
                self.wrong.append(f"{one.name}: {name} changed from {one.last[name]} to {now[name]}")
        if one.ended and now["status"] != one.last["status"]:
            self.wrong.append(f"{one.name}: was {one.last['status']}, became {now['status']}")
        one.last = now

    async def _read(self, one: Driven) -> None:
        answer = await self._call("GET", f"/api/v1/migration-executions/{one.id}/logs?tail=20")
        for item in answer.json["items"] if answer else []:
            if one.lines.setdefault(item["seq"], item["message"]) != item["message"]:
                self.wrong.append(f"{one.name}: line {item['seq']} changed")

    async def _call(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> Answer | None:
        """None where there was no answer, or one that asks for patience; any other refusal is wrong."""
        try:
            answer = await asyncio.to_thread(self.client.call, method, path, body, headers)
        except (OSError, http.client.HTTPException):
            self.unanswered += 1
            return None
        if answer.status in PATIENT:
            self.unanswered += 1
            return None
        if answer.status not in (200, 202):
            self.wrong.append(f"{method} {path}: {answer.status} {answer.body[:300]!r}")
            return None
        return answer

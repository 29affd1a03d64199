"""The bus in memory: what `bus.*` offers to the product, on a network that loses, delays and reorders.

A request or message that its sender gave up may still arrive. A process that was killed is neither heard nor answered.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from bus.publish import AlreadyThere
from proto import subjects
from proto.problems import Rejected, Unavailable
from proto.requests import Request
from tests.protocol.loop import now_s
from tests.protocol.processes import Process
from tests.protocol.queues import Queue
from tests.protocol.scene import Scene

ANSWER_WITHIN_S = 5.0
Heard = Callable[[bytes], Awaitable[None]]
Answer = Callable[[Request], Awaitable[Any]]


@dataclass
class Network:
    """The server, and who listens to it. `answerers` are the living logsinks with their handlers."""

    scene: Scene
    away_until_s: float = 0.0
    events: list[str] = field(default_factory=list)
    dead: list[str] = field(default_factory=list)
    answerers: list[tuple[Process, Answer]] = field(default_factory=list)
    hearers: dict[str, list[tuple[Process, Heard]]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        self.execute = Queue(self.scene.random, one_per_subject=True)
        self.logs = Queue(self.scene.random)

    @property
    def is_away(self) -> bool:
        return now_s() < self.away_until_s

    def travel(self, arrive: Callable[[], object]) -> None:
        """Something is on its way; it may be lost, or come later than what was sent after it."""
        scene = self.scene
        if self.is_away or scene.fails("bus"):
            return
        delay_s = scene.random.choice([0.5, 3.0, 9.0]) if scene.fails("bus", 2) else 0.0
        asyncio.get_running_loop().call_later(delay_s + scene.random.uniform(0.0005, 0.004), arrive)

    def store(self, subject: str, data: bytes, headers: dict[str, str], message_id: str | None) -> Exception | None:
        kind = subject.split(".")[1]
        self.scene.stored(subject, data, headers)
        if kind == "execute":
            return None if self.execute.store(subject, data, headers, message_id) else AlreadyThere()
        if kind == "log":
            self.logs.store(subject, data, headers, message_id)
        elif kind == "executions":
            self.events.append(subject.rpartition(".")[2])
        else:
            self.dead.append(headers[subjects.HEADER_REASON])
        return None

    def queue(self, stream: str) -> Queue:
        return {subjects.EXECUTE: self.execute, subjects.LOGS: self.logs}[stream]


@dataclass(frozen=True)
class Wire:
    """A process's connection; the product knows it as `Bus`, and as what all runs share."""

    network: Network
    process: Process


async def ask(wire: Wire, request: Request, _reply: type) -> Any:
    wire.process.check()
    network = wire.network
    if network.is_away:
        raise Unavailable("the message bus does not answer")
    answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    def reply(result: object) -> None:
        if not answer.done():
            answer.set_result(result)

    def arrive() -> None:
        living = [(process, handle) for process, handle in network.answerers if process.alive]
        if not living:
            reply(Unavailable("nobody answers"))
            return
        process, handle = network.scene.random.choice(living)
        process.spawn(_respond(network, handle, request, reply))

    network.travel(arrive)
    try:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            result = await answer
    except TimeoutError as error:
        raise Unavailable("no answer") from error
    wire.process.check()
    if isinstance(result, Exception):
        raise result
    return result


async def _respond(network: Network, handle: Answer, request: Request, reply: Callable[[object], None]) -> None:
    try:
        result = await handle(request)
    except (Rejected, Unavailable) as error:
        result = error
    network.scene.note(f"answers {request} with {result}")
    network.travel(lambda: reply(result))


async def publish(
    wire: Wire, subject: str, payload: bytes, headers: dict[str, str] | None = None, message_id: str | None = None
) -> None:
    wire.process.check()
    network = wire.network
    if network.is_away:
        raise Unavailable("nats is away")
    stored: asyncio.Future[Exception | None] = asyncio.get_running_loop().create_future()

    def confirm(refusal: Exception | None) -> None:
        if not stored.done():
            stored.set_result(refusal)

    def arrive() -> None:
        refusal = network.store(subject, payload, headers or {}, message_id)
        network.travel(lambda: confirm(refusal))

    network.travel(arrive)
    try:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            refusal = await stored
    except TimeoutError as error:
        raise Unavailable("no acknowledgement") from error
    wire.process.check()
    if refusal is not None:
        raise refusal


async def hint(wire: Wire, subject: str, payload: bytes = b"") -> None:
    wire.process.check()
    network = wire.network
    if network.scene.random.random() < network.scene.hints_lost:
        return
    for process, heard in list(network.hearers[subject]):

        def arrive(process: Process = process, heard: Heard = heard) -> None:
            if process.alive:
                process.spawn(heard(payload))  # type: ignore[arg-type]  # the product's are coroutine functions

        network.travel(arrive)


@asynccontextmanager
async def listen(wire: Wire, subject: str, heard: Heard) -> AsyncIterator[None]:
    entry = (wire.process, heard)
    wire.network.hearers[subject].append(entry)
    try:
        yield
    finally:
        wire.network.hearers[subject].remove(entry)

"""The nemesis on the bus: hears every log message, and sends commands and log messages again, late, out of order."""

import asyncio
import json
import random
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import nats
import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.errors import Error as StreamError
from nats.js.errors import NotFoundError

from proto import subjects
from tests.chaos.scene import ENVIRONMENT

REMEMBERED = 600
NONSENSE = "Nemesis"  # a header of what is sent to be dead-lettered
FAILED = (nats.errors.Error, StreamError, TimeoutError, OSError)


@dataclass(frozen=True)
class Message:
    subject: str
    headers: dict[str, str]
    data: bytes


@dataclass
class Wire:
    client: Client
    stream: JetStreamContext
    connected: asyncio.Event
    heard: deque[Message] = field(default_factory=lambda: deque(maxlen=REMEMBERED))

    async def back(self, within_s: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self.connected.wait(), within_s)

    async def command_twice(self, execution_id: int) -> str:
        """The queued command is taken out first, so that the stream accepts another while the first is worked on."""
        subject = subjects.execute(ENVIRONMENT, execution_id)
        payload = json.dumps({"execution_id": execution_id}).encode()
        await self.stream.purge_stream(subjects.EXECUTE, subject=subject)
        answers = [await self._send(Message(subject, {}, payload)) for _ in range(2)]
        return f"execution {execution_id}: {', '.join(answers)}"

    async def repeat_log(self, dice: random.Random) -> str:
        messages = dice.sample(list(self.heard), min(len(self.heard), dice.randint(5, 40)))
        for message in messages:
            await self._send(message, f"nemesis-{dice.getrandbits(64):x}")
        return f"{len(messages)} messages"

    async def shuffle_log(self, dice: random.Random) -> str:
        """What lies in LOGS is taken out and put back in another order, some of it twice, some of it not at all."""
        messages = await read_stream(self.stream, subjects.LOGS)
        await self.stream.purge_stream(subjects.LOGS)
        back = [message for message in messages for _ in range(dice.choice([0, 1, 1, 1, 1, 2]))]
        dice.shuffle(back)
        for message in back:
            await self._send(message, f"nemesis-{dice.getrandbits(64):x}")
        return f"{len(messages)} messages out, {len(back)} back"

    async def send_nonsense(self, known_id: int) -> str:
        mark = {NONSENSE: "1"}
        command = json.dumps({"execution_id": 999_999_999}).encode()
        sent = [
            Message(subjects.execute(ENVIRONMENT, 999_999_999), mark, command),
            Message(subjects.execute(ENVIRONMENT, 999_999_998), mark, b"\xff not JSON"),
            Message(subjects.log(999_999_999), {**mark, subjects.HEADER_KIND: "bytes"}, b"no time, no offset"),
            Message(subjects.log(known_id), {**mark, subjects.HEADER_KIND: "poem"}, b"of an unknown kind"),
        ]
        return ", ".join([await self._send(message) for message in sent])

    async def _send(self, message: Message, message_id: str | None = None) -> str:
        headers = {name: value for name, value in message.headers.items() if not name.startswith("Nats-")}
        if message_id is not None:
            headers[subjects.HEADER_MESSAGE_ID] = message_id
        try:
            await self.stream.publish(message.subject, message.data, headers=headers or None)
        except FAILED as error:
            return f"refused ({type(error).__name__})"
        return "accepted"


@asynccontextmanager
async def wire(url: str) -> AsyncIterator[Wire]:
    connected = asyncio.Event()
    async with connection(url, connected) as client:
        made = Wire(client, client.jetstream(timeout=3), connected)

        async def hear(message: Msg) -> None:
            made.heard.append(Message(message.subject, dict(message.headers or {}), message.data))

        await client.subscribe(subjects.STREAM_SUBJECTS[subjects.LOGS], cb=hear)
        yield made


@asynccontextmanager
async def connection(url: str, connected: asyncio.Event | None = None) -> AsyncIterator[Client]:
    """`connected` is set while NATS is there."""
    connected = connected or asyncio.Event()

    async def be_quiet(_error: Exception) -> None:
        return

    async def on_gone() -> None:
        connected.clear()

    async def on_back() -> None:
        connected.set()

    client = await nats.connect(
        url,
        max_reconnect_attempts=-1,
        reconnect_time_wait=0.1,
        error_cb=be_quiet,
        disconnected_cb=on_gone,
        reconnected_cb=on_back,
    )
    connected.set()
    try:
        yield client
    finally:
        await client.close()


async def read_stream(stream: JetStreamContext, name: str) -> list[Message]:
    """Every message that is there now, in order. Work queues allow no second consumer, so one by one."""
    state = (await stream.stream_info(name)).state
    messages = []
    for number in range(max(1, state.first_seq), state.last_seq + 1):
        try:
            found = await stream.get_msg(name, number)
        except NotFoundError:
            continue
        messages.append(Message(found.subject or "", dict(found.headers or {}), found.data or b""))
    return messages

"""Another service that follows the executions: it needs nats-py and the committed JSON Schemas, nothing of ours.

    python examples/subscriber.py nats://127.0.0.1:4222 [DURABLE]

Prints one line an event. With the name of a durable consumer it misses nothing while it is down: it goes on where it
stopped. An event may come twice: `ce-id` tells.
"""

import asyncio
import json
import sys
from pathlib import Path

import nats
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

SCHEMA = Path(__file__).parent.parent / "proto" / "schemas" / "ExecutionEvent.json"
REMEMBERED = 10_000


async def follow(url: str, durable: str | None) -> None:
    known = set(json.loads(SCHEMA.read_text(encoding="utf-8"))["properties"])
    client = await nats.connect(url, max_reconnect_attempts=-1)
    policy = DeliverPolicy.ALL if durable else DeliverPolicy.NEW
    config = ConsumerConfig(ack_policy=AckPolicy.EXPLICIT, deliver_policy=policy)
    events = await client.jetstream().subscribe(
        "medpro.executions.>", durable=durable, stream="EVENTS", config=config, manual_ack=True
    )
    seen: dict[str, None] = {}
    print("following", flush=True)
    async for message in events.messages:
        event_id = (message.headers or {})["ce-id"]
        if event_id not in seen:
            seen[event_id] = None
            if len(seen) > REMEMBERED:
                del seen[next(iter(seen))]
            event = {name: value for name, value in json.loads(message.data).items() if name in known}
            print(json.dumps({"type": (message.headers or {})["ce-type"], **event}), flush=True)
        await message.ack()


if __name__ == "__main__":
    asyncio.run(follow(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None))

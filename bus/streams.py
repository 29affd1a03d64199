"""The four streams and their consumers. Declaring is idempotent: it creates or brings up to date."""

import nats.errors
from nats.js import api
from nats.js.errors import APIError, BadRequestError
from prometheus_client import Gauge

from bus.connection import Bus
from proto import subjects
from proto.problems import Unavailable

DAY_S = 24 * 3600
MIB = 1024 * 1024
DUPLICATE_WINDOW_S = 120
STREAM_NAME_IN_USE = 10058
QUEUE = Gauge("medpro_queue_messages", "Messages of a work queue", ["stream", "consumer", "state"])


async def declare_streams(bus: Bus, logs_max_bytes: int) -> None:
    """Raises Unavailable."""
    try:
        for config in _configs(logs_max_bytes):
            await _declare(bus, config)
    except (APIError, nats.errors.Error, TimeoutError) as error:
        raise Unavailable(f"cannot declare the streams: {error!r}") from error


async def declare_executor_consumer(bus: Bus, environment_id: str, max_concurrent: int, ack_wait_s: float) -> None:
    """All executors of an environment share it, so its `max_ack_pending` caps what runs there at once."""
    await _declare_consumer(
        bus,
        subjects.EXECUTE,
        api.ConsumerConfig(
            durable_name=subjects.execute_durable(environment_id),
            filter_subject=subjects.execute_filter(environment_id),
            ack_policy=api.AckPolicy.EXPLICIT,
            ack_wait=ack_wait_s,
            max_ack_pending=max_concurrent,
            max_deliver=-1,
        ),
    )


async def declare_log_consumer(bus: Bus, ack_wait_s: float) -> None:
    await _declare_consumer(
        bus,
        subjects.LOGS,
        api.ConsumerConfig(
            durable_name=subjects.LOG_DURABLE,
            ack_policy=api.AckPolicy.EXPLICIT,
            ack_wait=ack_wait_s,
            max_ack_pending=4096,
            max_deliver=-1,
        ),
    )


async def observe_queue(bus: Bus, stream: str, durable: str) -> None:
    """Shows how much waits for a consumer and is in its hands. Raises Unavailable."""
    try:
        info = await bus.stream.consumer_info(stream, durable)
    except (APIError, nats.errors.Error, TimeoutError) as error:
        raise Unavailable(f"cannot look at the consumer {durable}: {error!r}") from error
    QUEUE.labels(stream, durable, "waiting").set(info.num_pending or 0)
    QUEUE.labels(stream, durable, "in_hand").set(info.num_ack_pending or 0)


async def _declare(bus: Bus, config: api.StreamConfig) -> None:
    try:
        await bus.stream.add_stream(config)
    except BadRequestError as error:
        if error.err_code != STREAM_NAME_IN_USE:
            raise
        await bus.stream.update_stream(config)


async def _declare_consumer(bus: Bus, stream: str, config: api.ConsumerConfig) -> None:
    try:
        await bus.stream.add_consumer(stream, config)
    except (APIError, nats.errors.Error, TimeoutError) as error:
        raise Unavailable(f"cannot declare the consumer {config.durable_name}: {error!r}") from error


def _configs(logs_max_bytes: int) -> list[api.StreamConfig]:
    def stream(name: str, retention: api.RetentionPolicy, max_bytes: int) -> api.StreamConfig:
        return api.StreamConfig(
            name=name,
            subjects=[subjects.STREAM_SUBJECTS[name]],
            retention=retention,
            storage=api.StorageType.FILE,
            max_bytes=max_bytes,
            duplicate_window=DUPLICATE_WINDOW_S,
        )

    execute = stream(subjects.EXECUTE, api.RetentionPolicy.WORK_QUEUE, 64 * MIB)
    execute.discard = api.DiscardPolicy.NEW
    execute.discard_new_per_subject = True
    execute.max_msgs_per_subject = 1
    logs = stream(subjects.LOGS, api.RetentionPolicy.WORK_QUEUE, logs_max_bytes)
    logs.discard = api.DiscardPolicy.NEW
    events = stream(subjects.EVENTS, api.RetentionPolicy.LIMITS, 512 * MIB)
    events.max_age = 7 * DAY_S
    dead = stream(subjects.DEAD, api.RetentionPolicy.LIMITS, 256 * MIB)
    dead.max_age = 30 * DAY_S
    return [execute, logs, events, dead]

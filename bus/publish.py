"""Publishing: to a stream with an acknowledgement, or as a hint that nothing depends on."""

import nats.errors
from nats.js.errors import APIError
from nats.js.errors import Error as StreamError

from bus.connection import Bus, honour_cancellation
from proto import subjects
from proto.problems import Unavailable

PUBLISH_WITHIN_S = 5


class AlreadyThere(Exception):  # noqa: N818 - an answer, not a failure
    """The stream holds a message of this subject and refuses a second one."""


async def publish(
    bus: Bus,
    subject: str,
    payload: bytes,
    headers: dict[str, str] | None = None,
    message_id: str | None = None,
) -> None:
    """Returns when the stream has stored the message.

    Raises Unavailable, after which the message may still arrive, so a repeat carries the same `message_id`; and
    AlreadyThere from EXECUTE.
    """
    if not bus.connected:
        raise Unavailable("nats is away")
    if message_id is not None:
        headers = {**(headers or {}), subjects.HEADER_MESSAGE_ID: message_id}
    try:
        await bus.stream.publish(subject, payload, timeout=PUBLISH_WITHIN_S, headers=headers)
        honour_cancellation()
    except APIError as error:
        if "per subject" in (error.description or ""):
            raise AlreadyThere from error
        raise Unavailable(f"{subject} is refused: {error.description}") from error
    except (StreamError, nats.errors.Error, TimeoutError) as error:
        raise Unavailable(f"{subject}: {type(error).__name__}") from error


async def hint(bus: Bus, subject: str, payload: bytes = b"") -> None:
    """At most once, without a promise: whoever needs it finds out by itself a little later."""
    if not bus.connected:
        return
    try:
        await bus.client.publish(subject, payload)
    except nats.errors.Error:
        return

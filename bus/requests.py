"""Requests and replies: asking a service, and being one (nats.micro, a queue group shared by all instances).

nats-py runs the callbacks of one subscription one after another and answers an uncaught exception with its repr;
so each request becomes a task of its own, within a limit, and only problems of ours are ever sent back.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import msgspec
import nats.errors
import nats.micro
import structlog
from nats.micro.request import Request as MicroRequest
from nats.micro.service import EndpointConfig, ServiceConfig
from prometheus_client import Histogram

from bus.connection import Bus, honour_cancellation
from proto import subjects
from proto.problems import Problem, Rejected, Unavailable
from proto.requests import Request

ANSWER_WITHIN_S = 4.8  # a client hears within 5 s
HANDLE_WITHIN_S = 4.3  # a little less, so that the requester hears why
MAX_AT_ONCE, TURN_WITHIN_S, MAX_WAITING = 32, 2.0, 2000
MAX_REQUEST_BYTES = 1000 * 1024  # a little less than the server takes, for the headers
MAX_REPLY_BYTES = 512 * 1024

DURATION = Histogram("medpro_request_seconds", "Requests answered over the bus", ["subject", "outcome"])
R = TypeVar("R")
Handler = Callable[[Any], Awaitable[Any]]
log = structlog.get_logger()


async def ask(bus: Bus, request: Request, reply: type[R]) -> R:
    """`reply` is the request's own reply type. Raises Rejected, or Unavailable when nobody answers in 5 s."""
    return msgspec.json.decode(await ask_raw(bus, request), type=reply)


async def ask_raw(bus: Bus, request: Request) -> bytes:
    """The reply as JSON, not decoded: for passing on. Raises as `ask`."""
    if not bus.connected:
        raise Unavailable("the message bus does not answer")
    payload = msgspec.json.encode(request)
    if len(payload) > MAX_REQUEST_BYTES:
        raise Rejected(Problem(413, "too_large", f"the request has more than {MAX_REQUEST_BYTES} bytes"))
    try:
        message = await bus.client.request(request.address, payload, timeout=ANSWER_WITHIN_S, headers=_trace())
        honour_cancellation()
    except (nats.errors.Error, TimeoutError) as error:
        raise Unavailable(f"{request.subject.split('.')[1]} does not answer") from error
    if message.headers and subjects.HEADER_PROBLEM in message.headers:
        problem = msgspec.json.decode(message.data, type=Problem)
        raise Unavailable(problem.detail, problem.code) if problem.status == 503 else Rejected(problem)
    return message.data


def _trace() -> dict[str, str] | None:
    """The id that whoever began this bound to its logs: it goes on in those of the service that is asked."""
    trace_id = structlog.contextvars.get_contextvars().get("trace_id")
    return {subjects.HEADER_TRACE: trace_id} if trace_id else None


async def answer(
    bus: Bus, name: str, handlers: Mapping[type[Request], Handler], addresses: Sequence[str] = ("",)
) -> None:
    """Answers requests until cancelled; what is under way then is finished first, within its deadline.

    `addresses` follow the subject, where a service answers only for some: ".staging".
    """
    responding: list[set[asyncio.Task[None]]] = []

    def endpoint(kind: type[Request], handler: Handler) -> Callable[[MicroRequest], Awaitable[None]]:
        # For each kind, so that many of one do not stand before another.
        turns, tasks = asyncio.Semaphore(MAX_AT_ONCE), set[asyncio.Task[None]]()
        responding.append(tasks)

        async def in_turn(request: Request) -> Any:
            async with _turn(turns):
                return await handler(request)

        async def spawn(message: MicroRequest) -> None:
            respond = _respond(message, kind, in_turn if len(tasks) < MAX_WAITING else _refused)
            task = asyncio.create_task(respond, name=kind.subject)
            tasks.add(task)
            task.add_done_callback(tasks.discard)

        return spawn

    service = await nats.micro.add_service(bus.client, ServiceConfig(name=f"medpro-{name}", version="1.0.0"))
    for number, address in enumerate(addresses):
        for kind, handler in handlers.items():
            await service.add_endpoint(
                EndpointConfig(
                    name=f"{kind.__name__}{number or ''}",
                    subject=f"{kind.subject}{address}",
                    handler=endpoint(kind, handler),
                ),
            )
    try:
        await asyncio.get_running_loop().create_future()
    finally:
        if bus.connected:
            await service.stop()
        if under_way := set().union(*responding):
            await asyncio.wait(under_way, timeout=ANSWER_WITHIN_S)


@asynccontextmanager
async def _turn(turns: asyncio.Semaphore) -> AsyncIterator[None]:
    """Raises Unavailable where it does not come soon. Whoever asked would be gone before an answer that is begun late,
    and would ask again: all would be busy, and nobody answered."""
    try:
        async with asyncio.timeout(TURN_WITHIN_S):
            await turns.acquire()
    except TimeoutError as error:
        raise _busy() from error
    try:
        yield
    finally:
        turns.release()


async def _refused(_request: Request) -> None:
    raise _busy()


def _busy() -> Unavailable:
    return Unavailable("too much is asked at once", "busy")


async def _respond(message: MicroRequest, kind: type[Request], handler: Handler) -> None:
    began = time.monotonic()
    structlog.contextvars.bind_contextvars(trace_id=(message.headers or {}).get(subjects.HEADER_TRACE))
    try:
        async with asyncio.timeout(HANDLE_WITHIN_S):
            reply = msgspec.json.encode(await handler(msgspec.json.decode(message.data, type=kind)))
        if len(reply) > MAX_REPLY_BYTES:
            raise ValueError(f"the reply has {len(reply)} bytes")
        problem = None
    except (Rejected, Unavailable) as error:
        problem = error.problem
    except TimeoutError:
        problem = Problem(503, "timeout", "the answer took too long")
    except msgspec.MsgspecError as error:
        log.error("request not understood", subject=kind.subject, error=str(error))
        problem = Problem(400, "malformed", "the request is not understood")
    except Exception:
        log.exception("request failed", subject=kind.subject)
        problem = Problem(503, "internal", "the request failed; the service's log says why")
    outcome = "ok" if problem is None else str(problem.status)
    DURATION.labels(kind.subject, outcome).observe(time.monotonic() - began)
    try:
        if problem is None:
            await message.respond(reply)
        else:
            await message.respond(msgspec.json.encode(problem), headers={subjects.HEADER_PROBLEM: problem.code})
    except nats.errors.Error as error:
        log.warning("reply not sent", subject=kind.subject, error=type(error).__name__)

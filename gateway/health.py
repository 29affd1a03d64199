"""Whether this process lives, and whether everything that a request needs answers."""

import asyncio

from aiohttp import web

from bus.connection import Bus
from bus.requests import ask
from gateway.handlers import BUS
from proto import requests
from proto.problems import Unavailable


async def healthz(_request: web.Request) -> web.Response:
    """This process lives; nothing else is asked."""
    return web.json_response({"status": "ok"})


async def readyz(request: web.Request) -> web.Response:
    """Everything that a request needs answers: NATS, catalog, logsink and, through them, the database."""
    checks = {"catalog": requests.PingCatalog(), "logsink": requests.PingLogsink()}
    bus = request.app[BUS]
    nats, *answers = await asyncio.gather(bus.answers(), *(_state(bus, ping) for ping in checks.values()))
    states = {"nats": "ok" if nats else "does not answer", **dict(zip(checks, answers, strict=True))}
    ready = set(states.values()) == {"ok"}
    return web.json_response(
        {"status": "ok" if ready else "unavailable", "checks": states}, status=200 if ready else 503
    )


async def _state(bus: Bus, ping: requests.Request) -> str:
    try:
        await ask(bus, ping, requests.Pong)
    except Unavailable as error:
        return str(error)
    return "ok"

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
    states = await services_ready(request.app[BUS])
    ready = all(states.values())
    checks = {name: "ok" if good else f"{name} does not answer" for name, good in states.items()}
    return web.json_response(
        {"status": "ok" if ready else "unavailable", "checks": checks}, status=200 if ready else 503
    )


async def services_ready(bus: Bus) -> dict[str, bool]:
    """Everything that a request needs: NATS, catalog, logsink and, through them, the database."""
    checks = {"catalog": requests.PingCatalog(), "logsink": requests.PingLogsink()}
    nats, *answers = await asyncio.gather(bus.answers(), *(_answers(bus, ping) for ping in checks.values()))
    return {"nats": nats, **dict(zip(checks, answers, strict=True))}


async def _answers(bus: Bus, ping: requests.Request) -> bool:
    try:
        await ask(bus, ping, requests.Pong)
    except Unavailable:
        return False
    return True

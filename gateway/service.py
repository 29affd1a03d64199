"""Gateway's composition root: settings, the bus, the application, the listener."""

import asyncio
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import structlog
from aiohttp import web

from bus.connection import Bus, connect
from gateway import openapi
from gateway.access import Access, access, add_cors_headers, read_tokens
from gateway.handlers import BUS, TOGETHER
from gateway.health import services_ready
from gateway.pages import DOCUMENT
from gateway.problems import expectations, problems, traced
from gateway.protocol import Protocol
from gateway.routes import ROUTES
from gateway.together import Together
from process.admin import admin_listener
from process.settings import SettingsError

MAX_BODY_BYTES = 1024 * 1024
SHUTDOWN_WITHIN_S = 5
IDLE_FOR_S = 20  # also for a request line and headers that do not come
log = structlog.get_logger()


@dataclass(frozen=True)
class Settings:
    nats_url: str = "nats://127.0.0.1:4222"
    nats_creds: str | None = None
    gateway_host: str = "127.0.0.1"
    gateway_port: int = 8080
    api_tokens_file: Path | None = None
    allowed_origins: tuple[str, ...] = ()
    allowed_hosts: tuple[str, ...] = ()
    log_format: str = "console"
    admin_port: int | None = None


async def serve(settings: Settings) -> None:
    host = settings.gateway_host
    tokens = read_tokens(settings.api_tokens_file, host)
    allowed = access(tokens, host, settings.allowed_hosts, settings.allowed_origins)
    async with connect(settings.nats_url, "gateway", settings.nats_creds) as bus:
        runner = web.AppRunner(application(bus, allowed), shutdown_timeout=SHUTDOWN_WITHIN_S)
        await runner.setup()
        try:
            async with (
                admin_listener(settings.admin_port, partial(services_ready, bus)),
                await _listen(runner, host, settings.gateway_port),
            ):
                log.info("ready", address=f"http://{host}:{settings.gateway_port}")
                await asyncio.get_running_loop().create_future()
        finally:
            await runner.cleanup()


async def _listen(runner: web.AppRunner, host: str, port: int) -> asyncio.Server:
    """Raises SettingsError where the address cannot be had."""
    loop = asyncio.get_running_loop()

    def protocol() -> Protocol:
        manager = runner.server
        if manager is None:
            raise RuntimeError("the runner is not set up")
        options = {"access_log": None, "keepalive_timeout": IDLE_FOR_S, "auto_decompress": False}
        return Protocol(manager, loop=loop, **options)  # type: ignore[arg-type]  # as AppRunner passes them

    try:
        return await loop.create_server(protocol, host, port, backlog=1024)
    except OSError as error:
        raise SettingsError(f"cannot listen on {host}:{port}: {error.strerror}") from error


def application(bus: Bus, allowed: Access) -> web.Application:
    app = web.Application(middlewares=[traced, problems, allowed.middleware()], client_max_size=MAX_BODY_BYTES)
    app[BUS] = bus
    app[TOGETHER] = Together(bus)
    app[DOCUMENT] = openapi.text()
    app.on_response_prepare.append(add_cors_headers)
    for route in ROUTES:
        app.router.add_route(route.method, route.path, route.handler, expect_handler=expectations)
    return app

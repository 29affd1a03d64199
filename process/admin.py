"""The admin listener of a service: `/metrics`, `/healthz`, `/readyz` on a port of its own, for those who operate it.

It has a thread of its own, so that it answers while the service is busy; readiness is asked of the service's own loop.
"""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import structlog
from prometheus_client import make_wsgi_app

from process.settings import SettingsError

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

READY_WITHIN_S = 5.0
log = structlog.get_logger()
Checks = Callable[[], Awaitable[dict[str, bool]]]


@asynccontextmanager
async def admin_listener(port: int | None, checks: Checks) -> AsyncIterator[None]:
    """Listens as long as the block lasts, on every address, where a port is given. `checks` says what answers now.

    Raises SettingsError where the port cannot be had.
    """
    if port is None:
        yield
        return
    loop = asyncio.get_running_loop()
    try:
        server = make_server("", port, _application(loop, checks), _Server, _Quiet)
    except OSError as error:
        raise SettingsError(f"cannot listen on MEDPRO_ADMIN_PORT {port}: {error.strerror}") from error
    thread = threading.Thread(target=server.serve_forever, name="admin", daemon=True)
    thread.start()
    log.info("admin listener", port=port)
    try:
        yield
    finally:
        await asyncio.to_thread(server.shutdown)
        server.server_close()


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_args: object) -> None:
        """A line for each scrape says nothing."""


def _application(
    loop: asyncio.AbstractEventLoop, checks: Checks
) -> Callable[["WSGIEnvironment", "StartResponse"], Iterable[bytes]]:
    metrics = make_wsgi_app()

    def application(environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        match environ["PATH_INFO"]:
            case "/metrics":
                answer: Iterable[bytes] = metrics(environ, start)
                return answer
            case "/healthz":
                return _answer(start, 200, {"status": "ok"})
            case "/readyz":
                states = _states(loop, checks)
                ready = bool(states) and all(states.values())
                return _answer(start, 200 if ready else 503, {"status": "ok" if ready else "unavailable", **states})
            case _:
                return _answer(start, 404, {"status": "there is nothing here"})

    return application


def _states(loop: asyncio.AbstractEventLoop, checks: Checks) -> dict[str, bool]:
    """Nothing where the service's loop does not answer in time."""

    async def ask() -> dict[str, bool]:
        return await checks()

    asked = asyncio.run_coroutine_threadsafe(ask(), loop)
    try:
        return asked.result(READY_WITHIN_S)
    except Exception:
        asked.cancel()
        log.exception("readiness cannot be told")
        return {}


def _answer(start: "StartResponse", status: int, content: Mapping[str, object]) -> list[bytes]:
    start(f"{status} {'OK' if status == 200 else 'Unavailable'}", [("Content-Type", "application/json")])
    return [json.dumps(content).encode()]

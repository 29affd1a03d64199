"""Gateways with settings of their own before the shared services, and requests that urllib would not send."""

import hashlib
import http.client
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers import free_port, wait_until
from tests.stack import Answer, Client, Stack

ADMIN = "https://admin.medpro.example"
OTHER_ADMIN = "http://localhost:5173"
TOKEN = "s3cret-token"


@contextmanager
def gateway(stack: Stack, **variables: str) -> Iterator[Client]:
    port = free_port()
    client = Client(f"http://127.0.0.1:{port}")
    name = f"gateway-{port}"
    stack.start(name, "gateway", MEDPRO_GATEWAY_PORT=str(port), **variables)
    try:
        wait_until(client.ready, "the gateway is ready")
        yield client
    finally:
        stack.processes.pop(name).stop()


@contextmanager
def guarded_gateway(stack: Stack, folder: Path) -> Iterator[Client]:
    """With two tokens, of `ana@clinic` and `other`, and with two other origins and one other host allowed."""
    path = folder / "tokens.toml"
    other = hashlib.sha256(b"other").hexdigest()
    path.write_text(f'"ana@clinic" = "{hashlib.sha256(TOKEN.encode()).hexdigest()}"\nother = "{other.upper()}"\n')
    variables = {
        "MEDPRO_API_TOKENS_FILE": str(path),
        "MEDPRO_ALLOWED_ORIGINS": f"{ADMIN}, {OTHER_ADMIN}",
        "MEDPRO_ALLOWED_HOSTS": "api.medpro.example",
    }
    with gateway(stack, **variables) as client:
        yield client


def bearer(token: str = TOKEN) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def send(client: Client, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> Answer:
    """The request as it stands: with any Host, and headers of any bytes."""
    connection = http.client.HTTPConnection(client.base.removeprefix("http://"), timeout=30)
    try:
        connection.putrequest(method, path, skip_host="Host" in headers)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            connection.putheader(name, value.encode("latin-1"))
        connection.endheaders(body)
        response = connection.getresponse()
        return Answer(response.status, dict(response.headers), response.read())
    finally:
        connection.close()

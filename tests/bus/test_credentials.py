"""A NATS that asks for credentials: a file with a JWT and a seed, as `nsc` writes it, lets a service in; others not."""

import asyncio
import base64
import json
import os
import sysconfig
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nkeys
import pytest

from bus.connection import connect
from tests.servers import Process, free_port, wait_until

pytestmark = pytest.mark.slow


class Key:
    def __init__(self, prefix: int) -> None:
        self.seed = nkeys.encode_seed(os.urandom(32), prefix)
        self._pair = nkeys.from_seed(bytearray(self.seed))
        self.public: str = self._pair.public_key.decode()

    def token(self, subject: str, **claims: Any) -> str:
        """A JWT, signed by this key."""
        now = int(time.time())
        content = {"jti": os.urandom(8).hex(), "iat": now, "iss": self.public, "name": subject, "sub": subject}
        parts = [{"typ": "JWT", "alg": "ed25519-nkey"}, {**content, "nats": {"version": 2, **claims}}]
        body = b".".join(_base64(json.dumps(part).encode()) for part in parts)
        return (body + b"." + _base64(self._pair.sign(body))).decode()


def _base64(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def credentials(account: Key, path: Path) -> Path:
    user = Key(nkeys.PREFIX_BYTE_USER)
    limits = {"subs": -1, "data": -1, "payload": -1}
    token = account.token(user.public, type="user", pub={}, sub={}, **limits)
    path.write_text(
        f"-----BEGIN NATS USER JWT-----\n{token}\n------END NATS USER JWT------\n\n"
        f"-----BEGIN USER NKEY SEED-----\n{user.seed.decode()}\n------END USER NKEY SEED------\n"
    )
    return path


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """The address of a server in operator mode, and the credentials that it accepts."""
    operator, account = Key(nkeys.PREFIX_BYTE_OPERATOR), Key(nkeys.PREFIX_BYTE_ACCOUNT)
    port = free_port()
    limits = {
        "subs": -1,
        "data": -1,
        "payload": -1,
        "imports": -1,
        "exports": -1,
        "wildcards": True,
        "conn": -1,
        "leaf": -1,
    }
    config = tmp_path / "nats.conf"
    config.write_text(
        f"listen: 127.0.0.1:{port}\noperator: {operator.token(operator.public, type='operator')}\nresolver: MEMORY\n"
        f"resolver_preload: {{ {account.public}: {operator.token(account.public, type='account', limits=limits)} }}\n"
    )
    server = Process([str(Path(sysconfig.get_path("scripts")) / "nats-server"), "-c", str(config)], tmp_path / "log")
    server.start()
    wait_until(lambda: "Server is ready" in server.said() or not server.running, "it is ready")
    assert server.running, server.said()
    yield f"nats://127.0.0.1:{port}", credentials(account, tmp_path / "good.creds")
    server.stop()


async def answers(url: str, creds: Path | None) -> bool:
    try:
        async with asyncio.timeout(5), connect(url, "tested", str(creds) if creds else None) as bus:
            return await bus.answers()
    except TimeoutError:
        return False


async def test_the_right_credentials_open_it_and_others_or_none_do_not(
    guarded: tuple[str, Path], tmp_path: Path
) -> None:
    url, creds = guarded
    assert await answers(url, creds)
    stranger = credentials(Key(nkeys.PREFIX_BYTE_ACCOUNT), tmp_path / "stranger.creds")
    assert not await answers(url, stranger)
    assert not await answers(url, None)

"""Clients that send slowly or without end are ended in time, and the others are answered as ever."""

import contextlib
import socket
import time
from collections.abc import Iterator

import pytest

from gateway.service import IDLE_FOR_S
from gateway.shape import BODY_WITHIN_S
from tests.stack import Client, Stack

HEAD = b"POST /api/v1/migration-sources HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
SLOW = [
    HEAD + b"Content-Length: 1000\r\n",
    HEAD + b"Content-Length: 1000\r\n\r\n",
    HEAD + b"Transfer-Encoding: chunked\r\n\r\n",
]


@pytest.fixture
def slow(medpro: Stack) -> Iterator[list[socket.socket]]:
    """Five hundred of them, in the middle of their headers or of their bodies."""
    port = int(medpro.client.base.rpartition(":")[2])
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_connection(("127.0.0.1", port))) for _ in range(500)]
        for number, one in enumerate(sockets):
            one.sendall(SLOW[number % len(SLOW)])
        yield sockets


def drip(one: socket.socket) -> bool:
    """Sends one byte of a chunk or body; whether the other side is still there."""
    try:
        one.sendall(b"1")
        one.setblocking(False)
        return one.recv(1) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        one.setblocking(True)


@pytest.mark.slow
def test_five_hundred_slow_clients_are_ended_and_hurt_nobody(medpro: Stack, slow: list[socket.socket]) -> None:
    client = Client(medpro.client.base)
    deadline = time.monotonic() + max(IDLE_FOR_S, BODY_WITHIN_S) + 15
    left = slow
    while left:
        assert time.monotonic() < deadline, f"{len(left)} are still connected"
        asked = time.monotonic()
        assert client.call("GET", "/healthz").status == 200
        assert time.monotonic() - asked < 1
        time.sleep(1)  # their pace, a byte a second
        left = [one for one in left if drip(one)]

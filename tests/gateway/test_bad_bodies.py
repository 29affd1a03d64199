"""Bodies with wrong lengths, without end or nested without end: refused in time, and others are answered as ever."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from gateway.shape import BODY_WITHIN_S
from tests.stack import Client, Stack

PATH = "/api/v1/migration-sources"
HEAD = f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n".encode()
BAD_LENGTHS = [
    *(b"Content-Length: " + length for length in (b"-1", b"abc", b"1e3", b"+5", b"0x5", b"", b"5, 6", b"5 5", b"\xb2")),
    b"Content-Length: " + b"9" * 400,
    b"Content-Length: 5\r\nContent-Length: 6",
    b"Content-Length: 2\r\nTransfer-Encoding: chunked",
    b"Transfer-Encoding: chunked, identity",
]
BAD_CHUNKS = [b"-1\r\n", b"zz\r\n", b"0x2\r\n{}\r\n", b"f" * 40 + b"\r\n", b"2\r\n{}0\r\n\r\n"]
NESTED = [
    pytest.param(b'{"name":' * 10_000 + b"1" + b"}" * 10_000, id="objects"),
    pytest.param(b'{"parameters":' + b"[" * 9_999 + b"]" * 9_999 + b"}", id="lists"),
]


@contextmanager
def others_are_answered(stack: Stack) -> Iterator[None]:
    """Another client asks all the time, where database and bus are needed for the answer: always within a second."""
    done, slowest, statuses = threading.Event(), [0.0], set[int]()

    def ask() -> None:
        client = Client(stack.client.base)
        while not done.is_set():
            asked = time.monotonic()
            statuses.add(client.call("GET", f"{PATH}?limit=1").status)
            slowest[0] = max(slowest[0], time.monotonic() - asked)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    yield
    done.set()
    thread.join(60)
    assert statuses == {200}
    assert slowest[0] < 1


def connect(stack: Stack) -> socket.socket:
    return socket.create_connection(("127.0.0.1", int(stack.client.base.rpartition(":")[2])), timeout=30)


def until_closed(one: socket.socket) -> bytes:
    """Everything that is answered until the other side hangs up."""
    answer = b""
    with suppress(ConnectionError):
        while data := one.recv(65536):
            answer += data
    return answer


def status(answer: bytes) -> int:
    """Of one answer alone: what was sent as a body is never taken for a second request."""
    assert answer.count(b"HTTP/1.") == 1, answer
    assert b"\r\nContent-Type: application/problem+json\r\n" in answer
    return int(answer.split()[1])


@pytest.mark.parametrize("header", BAD_LENGTHS, ids=repr)
def test_a_bad_length_is_refused_at_once_and_the_connection_closed(medpro: Stack, header: bytes) -> None:
    with others_are_answered(medpro), connect(medpro) as one:
        asked = time.monotonic()
        one.sendall(HEAD + header + b"\r\n\r\n{}GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert status(until_closed(one)) in (400, 413)
        assert time.monotonic() - asked < 2


@pytest.mark.parametrize("chunks", BAD_CHUNKS, ids=repr)
def test_a_bad_chunk_is_refused_at_once_and_the_connection_closed(medpro: Stack, chunks: bytes) -> None:
    with others_are_answered(medpro), connect(medpro) as one:
        asked = time.monotonic()
        one.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunks)
        assert status(until_closed(one)) in (400, 413)
        assert time.monotonic() - asked < 2


@pytest.mark.slow
def test_a_length_that_is_never_reached_is_refused_in_time(medpro: Stack) -> None:
    with others_are_answered(medpro), connect(medpro) as short, connect(medpro) as huge:
        asked = time.monotonic()
        short.sendall(HEAD + b"Content-Length: 1000\r\n\r\n{")
        huge.sendall(HEAD + b"Content-Length: 9999999999999999999\r\n\r\n{")
        assert status(short.recv(65536)) == 408
        assert status(huge.recv(65536)) in (408, 413)
        assert time.monotonic() - asked < BODY_WITHIN_S + 5


@pytest.mark.parametrize("size", [1, 1000, 65536])
def test_a_body_of_chunks_without_end_is_refused_however_fast_it_comes(medpro: Stack, size: int) -> None:
    chunk = b"%x\r\n%s\r\n" % (size, b" " * size)
    piece = chunk * max(1, 65536 // len(chunk))
    with others_are_answered(medpro), connect(medpro) as one:
        asked = time.monotonic()
        one.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
        sending = threading.Thread(target=send_for_ever, args=(one, piece), daemon=True)
        sending.start()
        answer = one.recv(65536)
        assert time.monotonic() - asked < BODY_WITHIN_S + 5
        one.shutdown(socket.SHUT_RDWR)
        sending.join(10)
        assert status(answer) == 413


def send_for_ever(one: socket.socket, piece: bytes) -> None:
    with suppress(OSError):
        while True:
            one.sendall(piece)


@pytest.mark.parametrize("body", NESTED)
def test_nesting_ten_thousand_deep_is_refused_at_once(medpro: Stack, body: bytes) -> None:
    assert max(body.count(b"{"), body.count(b"{") + body.count(b"[")) == 10_000
    with others_are_answered(medpro):
        asked = time.monotonic()
        answer = Client(medpro.client.base).call("POST", PATH, body)
        assert time.monotonic() - asked < 1
    assert (answer.status, json.loads(answer.body)["code"]) == (400, "not_json")

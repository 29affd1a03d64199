"""HTTP that cannot be read gets a problem document like everything else, and never the parser's words."""

import json
import socket

import pytest

from tests.stack import Client

LONG = "x" * 9000
UNREADABLE = {
    "no request at all": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n",
    "a version of the future": b"GET / HTTP/9.9\r\nHost: localhost\r\n\r\n",
    "a negative length": b"POST /api/v1/migration-jobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n",
    "a length that is no number": b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: abc\r\n\r\n",
    "two lengths": b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    "a header without a colon": b"GET / HTTP/1.1\r\nHost: localhost\r\nnonsense\r\n\r\n",
    "a long query": f"GET /api/v1/migration-jobs?q={LONG} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode(),
    "a long header": f"GET / HTTP/1.1\r\nHost: localhost\r\nIdempotency-Key: {LONG}\r\n\r\n".encode(),
}


def answer_to(client: Client, request: bytes) -> bytes:
    host, _, port = client.base.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(request)
        received = b""
        while data := connection.recv(65536):
            received += data
    return received


@pytest.mark.parametrize("what", UNREADABLE)
def test_what_is_not_http_gets_a_problem_document_in_our_own_words(client: Client, what: str) -> None:
    head, _, body = answer_to(client, UNREADABLE[what]).partition(b"\r\n\r\n")
    status_line, *headers = head.decode().split("\r\n")
    assert status_line.split()[1] == ("431" if "long" in what else "400")
    assert any(header.lower() == "content-type: application/problem+json" for header in headers)
    problem = json.loads(body)
    assert problem["status"] == int(status_line.split()[1])
    assert "x" * 100 not in problem["detail"]
    assert "bytearray" not in problem["detail"]
    assert client.call("GET", "/healthz").status == 200

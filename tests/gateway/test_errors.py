"""What the gateway refuses, whatever the endpoint: always as a problem document, never as a 500."""

import gzip
from typing import Any

import pytest

from tests.gateway.expect import problem, wrong
from tests.gateway.gateways import send
from tests.stack import Client

API = "/api/v1"
JSON = {"Content-Type": "application/json"}
WITH_BODY = (
    ("POST", "/migration-sources"),
    ("PUT", "/migration-sources/1"),
    ("POST", "/migration-jobs"),
    ("PUT", "/migration-jobs/1"),
    ("POST", "/migration-jobs/1/execute"),
    ("POST", "/migration-jobs/1/preview"),
)
BY_ID = (
    ("GET", "/migration-sources/{}"), ("PUT", "/migration-sources/{}"), ("DELETE", "/migration-sources/{}"),
    ("GET", "/migration-jobs/{}"), ("PUT", "/migration-jobs/{}"), ("DELETE", "/migration-jobs/{}"),
    ("POST", "/migration-jobs/{}/execute"), ("POST", "/migration-jobs/{}/preview"), ("GET", "/migration-executions/{}"),
    ("GET", "/migration-executions/{}/logs"), ("POST", "/migration-executions/{}/cancel"),
)  # fmt: skip


def repr_start(body: bytes) -> str:
    return repr(body[:20])


@pytest.mark.parametrize(("method", "path"), BY_ID)
@pytest.mark.parametrize("identity", ["999999999", "0", "9" * 40, "-1", "abc", "%00", "1.0", "%F0%9F%98%80", "%FF"])
def test_what_is_no_id_is_not_found(client: Client, method: str, path: str, identity: str) -> None:
    body: Any = None if method in ("GET", "DELETE") else {}
    problem(client.call(method, API + path.format(identity), body), 404)


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/assets/nothing.js",
        "/api",
        f"{API}/",
        f"{API}/nothing",
        f"{API}/migration-sources/1/jobs",
    ],
)
def test_an_unknown_path_is_not_found(client: Client, path: str) -> None:
    assert problem(client.call("GET", path), 404)["instance"] == path


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/migration-sources", {"GET", "POST"}),
        ("POST", "/migration-sources/1", {"GET", "PUT", "DELETE"}),
        ("PATCH", "/migration-jobs/1", {"GET", "PUT", "DELETE"}),
        ("GET", "/migration-jobs/1/execute", {"POST"}),
        ("DELETE", "/migration-executions/1", {"GET"}),
        ("GET", "/migration-executions/1/cancel", {"POST"}),
        ("PUT", "/environments", {"GET"}),
    ],
)
def test_another_method_is_refused_and_told_which_are_allowed(
    client: Client, method: str, path: str, allowed: set[str]
) -> None:
    answer = client.call(method, API + path, None if method == "GET" else {})
    problem(answer, 405)
    assert {name.strip() for name in answer.headers["Allow"].split(",")} - {"HEAD"} == allowed


@pytest.mark.parametrize(("method", "path"), WITH_BODY)
@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"nonsense", b"[1]", b'"text"', b"null", b"NaN", b'{"name": NaN}', b'{"name": Infinity}',
        b"\xff\xfe{}", b'{"name": "\xff"}', b'{"name": "\\ud800"}', b"{}{}", b"[" * 100_000,
        b'{"name":' * 5000 + b"1" + b"}" * 5000,
    ],
    ids=repr_start,
)  # fmt: skip
def test_what_is_not_a_json_object_is_a_400(client: Client, method: str, path: str, body: bytes) -> None:
    problem(client.call(method, API + path, body, JSON), 400)


@pytest.mark.parametrize(("method", "path"), WITH_BODY)
def test_wrong_types_and_unknown_fields_are_a_400_with_all_of_them(client: Client, method: str, path: str) -> None:
    fields = wrong(client.call(method, API + path, {"parameters": "many", "colour": 1}), 400)
    assert fields == {("parameters", "type"), ("colour", "unknown")}


def test_fields_within_lists_and_objects_are_named_by_their_path(client: Client) -> None:
    parameters: list[Any] = [{"name": 1, "min": "x", "color": 1}, 7, {"type": "text"}, {"name": "a", "choices": [1]}]
    found = wrong(client.call("POST", f"{API}/migration-sources", {"name": None, "parameters": parameters}), 400)
    assert {field for field, _ in found} == {
        "name", "parameters.0.name", "parameters.0.min", "parameters.0.color", "parameters.1", "parameters.2.name",
        "parameters.2.type", "parameters.3.choices.0",
    }  # fmt: skip
    found = wrong(client.call("POST", f"{API}/migration-jobs", {"parameters": {"a": [1], "b": {}, "c": 1}}), 400)
    assert found == {("parameters.a", "type"), ("parameters.b", "type")}


@pytest.mark.parametrize("number", ["9" * 19, "9" * 30, "-" + "9" * 30, "9" * 5000, "1e308", "-1e308", "1e999"])
def test_a_huge_number_is_a_wrong_value_wherever_it_stands(client: Client, number: str) -> None:
    source = client.source("/opt/x", [{"name": "a", "type": "integer"}, {"name": "b", "type": "number"}])
    job = client.post("/migration-jobs", {"source_id": source["id"], "name": "x"})
    bodies = (
        ("/migration-jobs", f'{{"source_id": {number}, "name": "x"}}'),
        ("/migration-jobs", f'{{"source_id": {source["id"]}, "name": "x", "parameters": {{"a": {number}}}}}'),
        ("/migration-jobs", f'{{"source_id": {source["id"]}, "name": "x", "parameters": {{"b": {number}}}}}'),
        (f"/migration-jobs/{job['id']}/execute", f'{{"environment_id": "staging", "parameters": {{"a": {number}}}}}'),
        ("/migration-sources", f'{{"parameters": [{{"name": "a", "type": "integer", "default": {number}}}]}}'),
        ("/migration-sources", f'{{"name": {number}}}'),
    )
    for path, body in bodies:
        answer = client.call("POST", API + path, body.encode())
        assert answer.status in (400, 422), (body[:80], answer)
        problem(answer, answer.status)


@pytest.mark.parametrize(("method", "path"), WITH_BODY)
@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "nonsense"])
def test_another_content_type_is_a_415(client: Client, method: str, path: str, kind: str) -> None:
    problem(client.call(method, API + path, b"{}", {"Content-Type": kind}), 415)


def test_a_content_type_may_have_parameters_and_any_case(client: Client) -> None:
    headers = {"Content-Type": "Application/JSON; charset=utf-8"}
    problem(client.call("POST", f"{API}/migration-sources", b"{}", headers), 422)


def test_a_compressed_body_is_held_to_the_same_bound_and_a_broken_one_is_refused(client: Client) -> None:
    headers = {**JSON, "Content-Encoding": "gzip"}
    bomb = gzip.compress(b" " * (64 * 1024 * 1024))
    assert client.call("POST", f"{API}/migration-sources", bomb, headers).status in (400, 413, 415)
    assert client.call("POST", f"{API}/migration-sources", b"not gzip", headers).status in (400, 415)


ODD_HOSTS = ["[", "[::1", "]", "a:b:c", "", "127.0.0.1:x", "[zz]", "a]b", "café", "127.0.0.1:99999999"]


@pytest.mark.parametrize("value", ODD_HOSTS)
def test_an_odd_host_is_refused_not_failed_at(client: Client, value: str) -> None:
    assert send(client, "GET", "/healthz", {"Host": value}).status < 500


@pytest.mark.parametrize("value", ODD_HOSTS)
def test_an_odd_origin_is_refused_not_failed_at(client: Client, value: str) -> None:
    problem(send(client, "GET", "/healthz", {"Origin": f"http://{value}"}), 403)


@pytest.mark.parametrize("value", ["nonsense", "\xff"])
def test_an_odd_expectation_is_refused_not_failed_at(client: Client, value: str) -> None:
    problem(send(client, "GET", "/healthz", {"Expect": value}), 417)


@pytest.mark.parametrize(
    "query", ["q=%FF", "q=%00", "q=%ED%A0%80", "q=%F0%9F%98%80", "&&&==", "q=a&q=b", "limit=1&limit=2"]
)
def test_an_odd_query_is_answered(client: Client, query: str) -> None:
    for path in ("/migration-sources", "/migration-jobs", "/migration-executions", "/environments"):
        assert client.call("GET", f"{API}{path}?{query}").status < 500
    for path in ("?environment_id=%FF", "?environment_id=%00", "?status=%FF"):
        assert client.call("GET", f"{API}/migration-executions{path}").status < 500

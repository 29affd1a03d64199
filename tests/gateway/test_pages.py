"""What the gateway serves beside the API: the pages, their files, and how strict it is with them."""

import re

import pytest

from tests.gateway.expect import problem
from tests.stack import Client

PAGES = ("/", "/sources", "/sources/new", "/sources/1", "/jobs/7/run", "/executions/12", "/api/docs")


def directives(policy: str) -> dict[str, str]:
    return {name: value for name, _, value in (one.strip().partition(" ") for one in policy.split(";"))}


@pytest.mark.parametrize("path", PAGES)
def test_every_address_of_the_pages_is_a_page_whose_policy_lets_nothing_foreign_run(client: Client, path: str) -> None:
    answer = client.call("GET", path)
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    policy = directives(answer.headers["Content-Security-Policy"])
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["connect-src"] == "'self'"
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert policy["frame-ancestors"] == "'none'"
    assert not re.search(r"(?:src|href)=\"?(?:https?:)?//", answer.body.decode())


def test_each_answer_has_a_nonce_of_its_own(client: Client) -> None:
    first, second = (client.call("GET", "/jobs") for _ in range(2))
    nonces = [re.findall(r'nonce="([^"]+)"', answer.body.decode()) for answer in (first, second)]
    assert len(set(nonces[0])) == len(set(nonces[1])) == 1
    assert nonces[0][0] != nonces[1][0]
    assert f"'nonce-{nonces[0][0]}'" in first.headers["Content-Security-Policy"]


def test_the_first_visit_downloads_less_than_300_kb_compressed_and_keeps_it(client: Client) -> None:
    page = client.call("GET", "/").body
    paths = re.findall(r'(?:src|href)="(/assets/[^"]+)"', page.decode())
    assert any(path.endswith(".js") for path in paths)
    answers = [client.call("GET", path, headers={"Accept-Encoding": "gzip"}) for path in paths]
    assert all("immutable" in answer.headers["Cache-Control"] for answer in answers)
    assert all(answer.headers["Content-Encoding"] == "gzip" for answer in answers)
    assert len(page) + sum(len(answer.body) for answer in answers) < 300_000


@pytest.mark.parametrize("path", ["/assets/nothing.js", "/assets/..%2F..%2Fpages.py", "/assets/../pages.py", "/jobsx"])
def test_nothing_but_what_was_built_is_served(client: Client, path: str) -> None:
    problem(client.call("GET", path), 404)


def test_the_pages_need_no_token_and_hold_nothing(guarded: Client) -> None:
    assert guarded.call("GET", "/jobs").status == 200
    assert guarded.call("GET", "/api/docs").status == 200
    problem(guarded.call("GET", "/api/v1/openapi.json"), 401)

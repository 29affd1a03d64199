"""What many tests of the REST API look for: a problem document, every item of a list, a name that nobody has."""

import itertools
import os
import re
from typing import Any

from tests.stack import Answer, Client

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
NUMBERS = itertools.count()

Wrong = set[tuple[str, str]]


def problem(answer: Answer, status: int) -> Any:
    """The document, once it is one of RFC 9457's with this status."""
    assert answer.status == status, answer
    assert answer.headers["Content-Type"].split(";")[0] == "application/problem+json"
    document = answer.json
    assert document["type"] == "about:blank"
    assert document["status"] == status
    assert document["title"]
    assert document["detail"]
    assert document["instance"].startswith("/")
    for error in document["errors"]:
        assert {"field", "code", "message"} <= set(error)
        assert error["message"]
    return document


def wrong(answer: Answer, status: int = 422) -> Wrong:
    """Which fields are wrong, and how."""
    return {(error["field"], error["code"]) for error in problem(answer, status)["errors"]}


def walk(client: Client, path: str, limit: int) -> list[Any]:
    """Every item of a list, page by page."""
    joint = "&" if "?" in path else "?"
    items: list[Any] = []
    cursor = ""
    while True:
        page = client.get(f"{path}{joint}limit={limit}{cursor}")
        assert len(page["items"]) <= limit
        items += page["items"]
        if page["next_cursor"] is None:
            assert page["total"] == len(items)
            return items
        cursor = f"&cursor={page['next_cursor']}"


def fresh(word: str) -> str:
    """A name that no other test uses."""
    return f"{word}-{os.getpid()}-{next(NUMBERS)}"

"""A log of very long lines, and one that still grows, through REST: bounded pages that lose nothing."""

from pathlib import Path
from typing import Any

import pytest

from tests.gateway.scripts import Gate, write_script
from tests.stack import Client, Stack

LENGTH, LINES = 16_000, 120
SCRIPT = f"""#!/usr/bin/env python3
for number in range({LINES}):
    print(("ERROR " if number % 2 else "") + str(number).ljust({LENGTH} - 6, "é"))
"""
PAGE_BYTES = 1024 * 1024


@pytest.fixture(scope="module")
def logs(medpro: Stack, tmp_path_factory: pytest.TempPathFactory) -> str:
    script = write_script(tmp_path_factory.mktemp("long"), SCRIPT)
    execution = medpro.client.ended(medpro.client.execute(medpro.client.job(script))["id"])
    assert execution["log_lines"] == LINES
    return f"/migration-executions/{execution['id']}/logs"


def page(client: Client, path: str) -> Any:
    answer = client.call("GET", f"/api/v1{path}")
    assert answer.status == 200, answer
    assert len(answer.body) < PAGE_BYTES
    return answer.json


@pytest.mark.parametrize(("query", "step"), [("", 1), ("level=ERROR&", 2), ("q=%C3%A9&", 1), ("q=error&", 2)])
def test_pages_forwards_are_bounded_in_bytes_and_lose_no_line(client: Client, logs: str, query: str, step: int) -> None:
    seen: list[int] = []
    after = 0
    while (found := page(client, f"{logs}?{query}after={after}&limit=5000"))["next_after"] > after:
        seen += [item["seq"] for item in found["items"]]
        after = found["next_after"]
    assert seen == list(range(step, LINES + 1, step))


@pytest.mark.parametrize(("query", "step"), [("", 1), ("level=ERROR&", 2), ("q=%C3%A9&", 1)])
def test_pages_backwards_are_bounded_in_bytes_and_lose_no_line(
    client: Client, logs: str, query: str, step: int
) -> None:
    items = page(client, f"{logs}?{query}tail=5000")["items"]
    assert items[-1]["seq"] == LINES
    seen = [item["seq"] for item in items]
    while items := page(client, f"{logs}?{query}before={seen[0]}&limit=5000")["items"]:
        seen = [item["seq"] for item in items] + seen
    assert seen == list(range(step, LINES + 1, step))


def test_the_download_has_every_byte(client: Client, logs: str) -> None:
    lines = client.call("GET", f"/api/v1{logs}?format=text").body.decode().splitlines()
    assert [line.removeprefix("ERROR ").rstrip("é") for line in lines] == [str(number) for number in range(LINES)]
    assert {len(line.removeprefix("ERROR ")) for line in lines} == {LENGTH - 6}


def test_a_growing_log_is_followed_to_its_end(client: Client, gated: Gate) -> None:
    execution = client.execute(client.job(gated.script))
    client.until(execution["id"], lambda now: now["log_lines"] == 1)
    path = f"/migration-executions/{execution['id']}/logs"
    growing = client.get(path)
    assert [item["message"] for item in growing["items"]] == ["began"]
    assert (growing["next_after"], growing["log_complete"], growing["execution_finished"]) == (1, False, False)
    gated.open()
    client.ended(execution["id"])
    rest = client.get(f"{path}?after=1")
    assert (rest["items"], rest["log_complete"], rest["execution_finished"]) == ([], True, True)


def test_a_line_that_repaints_is_shown_live_and_then_kept_once(client: Client, tmp_path: Path) -> None:
    script = write_script(
        tmp_path, '#!/bin/sh\nprintf "loading 10%%\\rloading 20%%"\nuntil [ -e "$0.open" ]; do sleep 0.05; done\necho\n'
    )
    execution = client.execute(client.job(script))
    client.until(execution["id"], lambda now: now["live_line"] == "loading 20%")
    live = client.get(f"/migration-executions/{execution['id']}/logs")
    assert (live["live_line"], live["items"]) == ("loading 20%", [])
    script.with_suffix(".open").touch()
    assert client.ended(execution["id"])["live_line"] is None
    assert client.lines(execution["id"]) == ["loading 20%"]

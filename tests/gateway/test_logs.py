"""The log through REST: pages in both directions, levels, search, the download, bounds."""

from typing import Any

import pytest

from tests.gateway.expect import TIME, problem, wrong
from tests.gateway.scripts import write_script
from tests.stack import Client, Stack

LINES = 6000
SCRIPT = f"""#!/usr/bin/env python3
for number in range(1, {LINES + 1}):
    level = "ERROR" if number % 1000 == 0 else "WARNING" if number % 100 == 0 else "INFO"
    print(f"{{level}} row {{number}} 100%_é")
"""
WARNINGS = list(range(100, LINES + 1, 100))
ERRORS = list(range(1000, LINES + 1, 1000))


@pytest.fixture(scope="module")
def execution(medpro: Stack, tmp_path_factory: pytest.TempPathFactory) -> Any:
    script = write_script(tmp_path_factory.mktemp("logs"), SCRIPT)
    return medpro.client.ended(medpro.client.execute(medpro.client.job(script))["id"])


@pytest.fixture
def logs(execution: Any) -> str:
    return f"/migration-executions/{execution['id']}/logs"


def numbers(page: Any) -> list[int]:
    return [item["seq"] for item in page["items"]]


def test_a_page_has_the_first_500_lines_and_every_field(client: Client, execution: Any, logs: str) -> None:
    page = client.get(logs)
    assert page.keys() >= {"items", "next_after", "live_line", "log_complete", "execution_finished"}
    assert "hits" not in page
    assert numbers(page) == list(range(1, 501))
    first = page["items"][0]
    assert first.keys() >= {"seq", "log_level", "message", "logged_at"}
    assert (first["log_level"], first["message"]) == ("INFO", "INFO row 1 100%_é")
    assert TIME.fullmatch(first["logged_at"])
    assert page["next_after"] == 500
    assert (page["log_complete"], page["execution_finished"], page["live_line"]) == (True, True, None)
    assert execution["log_lines"] == LINES


@pytest.mark.parametrize("limit", [700, 5000])
def test_following_next_after_gives_every_line_once_and_in_order(client: Client, logs: str, limit: int) -> None:
    seen: list[int] = []
    messages: list[str] = []
    after = 0
    while (page := client.get(f"{logs}?after={after}&limit={limit}"))["items"]:
        seen += numbers(page)
        messages += [item["message"] for item in page["items"]]
        after = page["next_after"]
    assert seen == list(range(1, LINES + 1))
    assert [message.split()[2] for message in messages] == [str(number) for number in seen]
    assert page["next_after"] == LINES


def test_a_limit_of_more_than_5000_is_lowered(client: Client, logs: str) -> None:
    for query in ("limit=5001", "limit=999999", "after=1&limit=6000", "tail=6000", "before=6001&limit=6000"):
        assert 500 < len(client.get(f"{logs}?{query}")["items"]) <= 5000


def test_before_gives_the_lines_that_precede(client: Client, logs: str) -> None:
    assert numbers(client.get(f"{logs}?before=4001&limit=3")) == [3998, 3999, 4000]
    assert numbers(client.get(f"{logs}?before=3&limit=10")) == [1, 2]
    assert numbers(client.get(f"{logs}?before=1")) == []
    assert numbers(client.get(f"{logs}?before=999999&limit=1")) == [LINES]


def test_tail_gives_the_last_lines(client: Client, logs: str) -> None:
    page = client.get(f"{logs}?tail=3")
    assert numbers(page) == [LINES - 2, LINES - 1, LINES]
    assert page["next_after"] == LINES


def test_after_the_last_line_there_is_nothing_and_the_place_is_kept(client: Client, logs: str) -> None:
    for after in (LINES, LINES + 5, 10**14):
        page = client.get(f"{logs}?after={after}")
        assert (page["items"], page["next_after"]) == ([], after)


def test_level_gives_that_level_and_above(client: Client, logs: str) -> None:
    assert numbers(client.get(f"{logs}?level=WARNING")) == WARNINGS
    assert numbers(client.get(f"{logs}?level=ERROR")) == ERRORS
    assert numbers(client.get(f"{logs}?level=CRITICAL")) == []
    assert numbers(client.get(f"{logs}?level=ERROR&tail=2")) == ERRORS[-2:]
    assert numbers(client.get(f"{logs}?level=ERROR&before=3000&limit=5")) == [1000, 2000]
    assert numbers(client.get(f"{logs}?level=DEBUG&limit=4")) == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("query", "expected"),
    [("level=WARNING", WARNINGS), ("q=0%20100%25_", list(range(10, LINES + 1, 10))), ("level=ERROR&q=row", ERRORS)],
)
def test_following_next_after_through_a_filter_loses_no_line(
    client: Client, logs: str, query: str, expected: list[int]
) -> None:
    seen: list[int] = []
    after = 0
    while (page := client.get(f"{logs}?{query}&after={after}&limit=37"))["next_after"] > after:
        seen += numbers(page)
        after = page["next_after"]
    assert seen == expected


def test_q_finds_a_substring_in_either_case_and_counts_the_hits(client: Client, logs: str) -> None:
    page = client.get(f"{logs}?q=ROW%2059")
    assert numbers(page) == [59, 590, *range(591, 600), *range(5900, 6000)]
    assert (page["hits"], page["hits_capped"]) == (111, False)
    assert numbers(client.get(f"{logs}?q=row%206000%20100%25_%C3%89")) == [6000]
    assert numbers(client.get(f"{logs}?q=row%206000&after=5999")) == [6000]
    assert numbers(client.get(f"{logs}?q=row&tail=2")) == [LINES - 1, LINES]
    assert numbers(client.get(f"{logs}?q=row%201&before=12&limit=2")) == [10, 11]
    none = client.get(f"{logs}?q=r_w")
    assert (none["items"], none["hits"]) == ([], 0)


def test_the_count_of_hits_is_capped_and_says_so(client: Client, logs: str) -> None:
    page = client.get(f"{logs}?q=row&limit=1")
    assert page["hits_capped"] is True
    assert page["hits"] >= 1000


def test_the_whole_log_is_downloaded_as_text(client: Client, execution: Any, logs: str) -> None:
    answer = client.call("GET", f"/api/v1{logs}?format=text")
    assert answer.status == 200
    assert answer.headers["Content-Type"].replace(" ", "").lower() == "text/plain;charset=utf-8"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    lines = answer.body.decode().splitlines()
    assert len(lines) == LINES
    assert (lines[0], lines[-1]) == ("INFO row 1 100%_é", f"ERROR row {LINES} 100%_é")
    problem(client.call("GET", "/api/v1/migration-executions/999999999/logs?format=text"), 404)


def test_every_wrong_value_of_a_query_is_named_at_once(client: Client, logs: str) -> None:
    answer = client.call("GET", f"/api/v1{logs}?after=-1&limit=0&level=LOUD&format=pdf&tail=x")
    assert {field for field, _ in wrong(answer)} == {"after", "limit", "level", "format", "tail"}
    assert wrong(client.call("GET", f"/api/v1{logs}?before=0")) == {("before", "invalid")}
    assert wrong(client.call("GET", f"/api/v1{logs}?q={'x' * 201}")) == {("q", "invalid")}
    for both in ("after=1&before=5", "after=1&tail=5", "before=5&tail=5"):
        assert len(wrong(client.call("GET", f"/api/v1{logs}?{both}"))) == 1

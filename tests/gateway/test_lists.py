"""Lists through REST: pages without a gap or a repeat, limits, search, what a wrong query says."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.gateway.expect import fresh, walk, wrong
from tests.stack import Client

LISTS = ("/migration-sources", "/migration-jobs", "/migration-executions")


def test_pages_of_any_size_give_every_item_once(client: Client) -> None:
    word = fresh("walk")
    ids = [client.source("/opt/x", name=f"{word}-{number}")["id"] for number in range(7)]
    for limit in (1, 2, 3, 7, 8):
        assert [source["id"] for source in walk(client, f"/migration-sources?q={word}", limit)] == ids


def test_an_item_created_between_two_pages_moves_no_other(client: Client) -> None:
    word = fresh("grow")
    ids = [client.source("/opt/x", name=f"{word}-{number}")["id"] for number in range(4)]
    first = client.get(f"/migration-sources?q={word}&limit=2")
    client.call("DELETE", f"/api/v1/migration-sources/{ids[0]}")
    ids.append(client.source("/opt/x", name=f"{word}-new")["id"])
    rest = client.get(f"/migration-sources?q={word}&limit=9&cursor={first['next_cursor']}")
    assert [item["id"] for item in first["items"] + rest["items"]] == ids


def test_jobs_are_paged_too(client: Client) -> None:
    source = client.source("/opt/x")
    body = {"source_id": source["id"], "parameters": {}}
    ids = [client.post("/migration-jobs", {**body, "name": f"job {number}"})["id"] for number in range(5)]
    assert [job["id"] for job in walk(client, f"/migration-jobs?source_id={source['id']}", 2)] == ids


def test_a_page_of_large_items_ends_early_and_loses_none(client: Client) -> None:
    source = client.source("/opt/x", [{"name": "text"}])
    body = {"source_id": source["id"], "name": "large", "parameters": {"text": "ö" * 30_000}}
    ids = [client.post("/migration-jobs", body)["id"] for _ in range(12)]
    path = f"/migration-jobs?source_id={source['id']}"
    assert len(client.call("GET", f"/api/v1{path}").body) < 1024 * 1024
    assert [job["id"] for job in walk(client, path, 500)] == ids


@pytest.mark.parametrize("path", LISTS)
def test_a_list_has_fifty_items_unless_asked_and_a_larger_limit_is_lowered(client: Client, path: str) -> None:
    page = client.get(path)
    assert page.keys() >= {"items", "next_cursor", "total"}
    assert len(page["items"]) <= 50
    assert len(client.get(f"{path}?limit=100000")["items"]) <= 500


def test_fifty_and_five_hundred_are_the_bounds(client: Client) -> None:
    source_id = client.source("/opt/x")["id"]
    body = {"source_id": source_id, "name": "one of many"}
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: client.post("/migration-jobs", body), range(502)))
    path = f"/migration-jobs?source_id={source_id}"
    sizes = [len(client.get(path + limit)["items"]) for limit in ("", "&limit=501", "&limit=100000")]
    assert sizes == [50, 500, 500]
    assert client.get(path)["total"] == 502


def test_q_searches_names_in_either_case_and_knows_no_wildcards(client: Client) -> None:
    word = fresh("SoUza")
    percent = client.source("/opt/x", name=f"{word} 100%_a\\b")
    client.source("/opt/x", name=f"{word} 1000a")
    display = client.source("/opt/x", name=fresh("plain"), display_name=f"{word} Clínica")
    assert client.get(f"/migration-sources?q={word.lower()}")["total"] == 3
    assert client.get(f"/migration-sources?q={word}%20100%25_")["items"] == [percent]
    assert client.get(f"/migration-sources?q={word}%20100%25_a%5Cb")["items"] == [percent]
    assert client.get(f"/migration-sources?q={word}%20cl%C3%8Dnica")["items"] == [display]
    assert client.get(f"/migration-sources?q={word}%27%20OR%201=1--")["items"] == []


@pytest.mark.parametrize("path", LISTS)
def test_every_wrong_value_of_a_query_is_named_at_once(client: Client, path: str) -> None:
    answer = client.call("GET", f"/api/v1{path}?limit=0&cursor=abc")
    assert wrong(answer) == {("limit", "invalid"), ("cursor", "invalid")}
    for value in ("-1", "1.5", "ten", "", "1e3", "%D9%A3", "9" * 30):
        assert wrong(client.call("GET", f"/api/v1{path}?limit={value}")) == {("limit", "invalid")}


@pytest.mark.parametrize("path", LISTS[:2])
def test_include_inactive_is_true_or_false(client: Client, path: str) -> None:
    assert wrong(client.call("GET", f"/api/v1{path}?include_inactive=maybe")) == {("include_inactive", "invalid")}
    for value in ("true", "false"):
        client.get(f"{path}?include_inactive={value}")


def test_filters_of_executions_are_checked(client: Client) -> None:
    answer = client.call("GET", "/api/v1/migration-executions?job_id=x&source_id=-3&status=done")
    assert wrong(answer) == {("job_id", "invalid"), ("source_id", "invalid"), ("status", "invalid")}

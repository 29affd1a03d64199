"""Two people who edit the same thing: the second one hears of it, and nothing is undone silently."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.gateway.expect import problem
from tests.stack import Client

API = "/api/v1"


@pytest.fixture(params=["migration-sources", "migration-jobs"])
def path(request: pytest.FixtureRequest, client: Client) -> str:
    kind = str(request.param)
    made = client.source("/opt/x") if kind == "migration-sources" else client.job("/opt/x")
    return f"{API}/{kind}/{made['id']}"


def test_a_change_of_what_somebody_else_has_changed_is_refused(client: Client, path: str) -> None:
    tag = client.call("GET", path).headers["ETag"]
    first = client.call("PUT", path, {"description": "mine"}, {"If-Match": tag})
    assert first.status == 200
    assert first.headers["ETag"] != tag
    second = client.call("PUT", path, {"description": "theirs"}, {"If-Match": tag})
    assert problem(second, 412)["code"] == "changed_meanwhile"
    assert client.call("GET", path).json["description"] == "mine"
    again = client.call("PUT", path, {"description": "both"}, {"If-Match": first.headers["ETag"]})
    assert (again.status, again.json["description"]) == (200, "both")


@pytest.mark.parametrize("given", [None, "*", 'W/{tag}, "other"'])
def test_a_change_that_asks_for_no_version_or_names_the_right_one_works(
    client: Client, path: str, given: str | None
) -> None:
    tag = client.call("GET", path).headers["ETag"]
    headers = {} if given is None else {"If-Match": given.format(tag=tag)}
    assert client.call("PUT", path, {"description": "changed"}, headers).status == 200


def test_of_many_who_change_the_same_version_at_once_one_succeeds(client: Client, path: str) -> None:
    tag = client.call("GET", path).headers["ETag"]
    with ThreadPoolExecutor(8) as threads:
        answers = threads.map(
            lambda number: client.call("PUT", path, {"description": f"by {number}"}, {"If-Match": tag}), range(8)
        )
    assert sorted(answer.status for answer in answers) == [200, *[412] * 7]

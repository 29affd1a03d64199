"""Which runs the sweep takes up: what is not dispatched, and what nobody speaks of, whatever the clocks say."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from process.environments import Environment
from proto.times import now
from schema.engine import Database
from services.catalog.dispatch import _due
from tests.logsink.conftest import Insert

STAGING = {"staging": Environment(host="h", username="u", client_key="k", known_hosts="k")}
SILENT_FOR_S = 60


def ago(seconds: float) -> Any:
    return now() - timedelta(seconds=seconds)


async def due(database: Database, environments: dict[str, Environment] = STAGING) -> set[int]:
    found = [await database.read(partial(_due, environments, SILENT_FOR_S, launched, 0)) for launched in (True, False)]
    return {execution_id for rows in found for execution_id, _ in rows}


@pytest.mark.parametrize(
    ("columns", "taken"),
    [
        ({}, True),
        ({"dispatched_at": 5}, False),
        ({"dispatched_at": 90}, True),
        ({"dispatched_at": 90, "last_seen_at": 5}, False),
        ({"dispatched_at": 90, "last_seen_at": 90}, True),
        ({"dispatched_at": 5, "last_seen_at": 90}, False),
        # Another's clock is a day ahead, or our own was set back since.
        ({"dispatched_at": 90, "last_seen_at": -86_400}, True),
        ({"dispatched_at": -3600, "last_seen_at": 90}, True),
    ],
)
async def test_a_run_is_taken_up_when_nobody_has_spoken_of_it_lately(
    database: Database, insert_execution: Insert, columns: dict[str, float], taken: bool
) -> None:
    execution_id = await insert_execution(**{name: ago(seconds) for name, seconds in columns.items()})
    assert await due(database) == ({execution_id} if taken else set())


@pytest.mark.parametrize(("launched", "seen_s", "given_up"), [(False, 5, True), (True, 5, False), (True, 90, True)])
async def test_where_the_environment_is_gone_a_run_is_given_up_unless_an_executor_follows_it(
    database: Database, insert_execution: Insert, launched: bool, seen_s: float, given_up: bool
) -> None:
    host = "m SHA256:k d" if launched else None
    execution_id = await insert_execution(dispatched_at=ago(100), last_seen_at=ago(seen_s), launched_on=host)
    assert await due(database, {}) == ({execution_id} if given_up else set())

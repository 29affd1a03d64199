"""Whatever goes wrong with bus, host, database and our own processes: every promise of the protocol is kept.

Each seed is a schedule that repeats exactly; `python -m tests.protocol.schedule SEED --smallest` tells what happens.
"""

import random
import time
from collections import Counter
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from proto.runs import MAX_CHUNK_BYTES, MAX_IN_FLIGHT_BYTES
from tests.protocol.database import open_memory
from tests.protocol.plan import Harm, Plan, Script, plan_of
from tests.protocol.product import CHUNK_BYTES, IN_FLIGHT_BYTES, Now, installed
from tests.protocol.schedule import Result, run, smallest

AT_LEAST = 50  # schedules, however slow the machine is
OUTCOMES = {"succeeded", "exit_status", "signal", "cancelled", "timed_out", "not_started", "lost"}


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    engine = open_memory()
    yield engine
    engine.dispose()


@pytest.fixture
def present() -> Iterator[Now]:
    with installed() as now:
        yield now


def explained(failed: Result, present: Now, engine: Engine) -> str:
    least = smallest(failed, present, engine)
    return "\n".join([f"seed {failed.plan.seed}: {failed.wrong}", *least.trace, repr(least.plan), str(least.wrong)])


def check_all(first: int, within_s: float, present: Now, engine: Engine) -> Counter[str | None]:
    outcomes: Counter[str | None] = Counter()
    until = time.monotonic() + within_s
    seed = first
    while time.monotonic() < until or outcomes.total() < AT_LEAST:
        result = run(plan_of(seed), present, engine)
        if result.wrong is not None:
            pytest.fail(explained(result, present, engine))
        outcomes[result.outcome] += 1
        seed += 1
    print(f"{outcomes.total()} schedules: {dict(outcomes)}")
    return outcomes


def test_every_promise_is_kept_in_the_first_schedules(present: Now, engine: Engine) -> None:
    outcomes = check_all(0, 10, present, engine)
    assert outcomes.keys() <= OUTCOMES


@pytest.mark.slow
def test_every_promise_is_kept_in_thousands_of_schedules(present: Now, engine: Engine) -> None:
    assert check_all(100_000, 150, present, engine).keys() == OUTCOMES


@pytest.mark.parametrize("first", ["commands again", "connections lost", "operations killed"])
def test_a_run_disturbed_at_its_launch_starts_once_and_only_where_it_was_launched(
    first: str, present: Now, engine: Engine
) -> None:
    """Two executors launch at once, or the second does after the first; the run directory may be removed meanwhile."""
    draw = random.Random(1)
    script = Script(((2.0, b"line 1\n"), (2.0, b"line 2\n")))
    until = time.monotonic() + 2.5
    seed = 0
    while time.monotonic() < until:
        at_s = draw.uniform(0.004, 0.2)
        harms = (Harm(at_s, first, 0), Harm(at_s + draw.choice([0.05, 1.0, 2.5]) * draw.random(), "directory lost", 0))
        plan = Plan(seed, script, harms[: 2 - seed % 3 // 2], noise=0.25, noisy=("host",))
        result = run(plan, present, engine)
        assert result.wrong is None, explained(result, present, engine)
        seed += 1


def test_a_run_that_nobody_disturbs_succeeds_at_once(present: Now, engine: Engine) -> None:
    result = run(Plan(), present, engine, tracing=True)
    assert (result.wrong, result.outcome) == (None, "succeeded")


def test_a_schedule_repeats_exactly_from_its_seed(present: Now, engine: Engine) -> None:
    for seed in range(10):
        first, second = (run(plan_of(seed), present, engine, tracing=True).trace for _ in range(2))
        assert first == second


def test_the_simulated_sizes_are_a_thousandth_of_the_real_ones() -> None:
    assert (MAX_IN_FLIGHT_BYTES, MAX_CHUNK_BYTES) == (1024 * IN_FLIGHT_BYTES, 1024 * CHUNK_BYTES)
    assert MAX_IN_FLIGHT_BYTES == 1024 * 1024

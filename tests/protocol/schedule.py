"""One schedule from its plan to rest; and the smallest plan that still fails.

`python -m tests.protocol.schedule SEED` tells what happens in it.
"""

import asyncio
import sys
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import Engine

from services.logsink.events import ENDED
from tests.protocol import truth
from tests.protocol.database import open_memory
from tests.protocol.loop import Stuck, VirtualLoop, now_s
from tests.protocol.nemesis import Nemesis
from tests.protocol.plan import Plan, plan_of, simpler
from tests.protocol.product import Now, installed
from tests.protocol.world import World

REST_WITHIN_S = 600.0
LATER_S = 15.0
TRIES_AT_MOST = 150


@dataclass(frozen=True)
class Result:
    plan: Plan
    wrong: str | None
    outcome: str | None
    trace: list[str]
    cause: BaseException | None = None


def run(plan: Plan, now: Now, engine: Engine, *, tracing: bool = False) -> Result:
    """Needs `installed()`, whose yield `now` is."""
    loop = VirtualLoop()
    try:
        return loop.run_until_complete(_run(plan, now, engine, tracing=tracing))
    except Stuck as error:
        return Result(plan, f"stuck {error}", None, [])
    finally:
        _finish(loop)


def smallest(failed: Result, now: Now, engine: Engine) -> Result:
    """Takes away harm after harm, as long as something still goes wrong."""
    tries = 0
    candidates = simpler(failed.plan)
    while candidates and tries < TRIES_AT_MOST:
        tries += 1
        result = run(candidates.pop(0), now, engine)
        if result.wrong is not None:
            failed, candidates = result, simpler(result.plan)
    return run(failed.plan, now, engine, tracing=True)


async def _run(plan: Plan, now: Now, engine: Engine, *, tracing: bool) -> Result:
    world = now.world = World(plan, engine, tracing=tracing)
    nemesis = Nemesis(world)
    harming = asyncio.create_task(nemesis.run())
    await _rest(world)
    if harming.done():
        harming.result()
    if world.wrong is None:
        truth.check(world)
    outcome = (world.row.result_summary or {}).get("outcome")
    return Result(plan, world.wrong, outcome, world.trace or [], world.cause)


async def _rest(world: World) -> None:
    """Until the execution has ended, nothing is left on the bus, all events are told, and a while more; or something
    is wrong."""
    deadline_s = world.plan.calm_s + world.plan.script.lasts_s + REST_WITHIN_S
    rested_since_s = None
    while world.wrong is None and now_s() < (rested_since_s or deadline_s) + LATER_S:
        if not _is_at_rest(world):
            rested_since_s = None
        elif rested_since_s is None:
            rested_since_s = now_s()
        world.changed.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(2.0):
                await world.changed.wait()
    if rested_since_s is None:
        left = f"EXECUTE {list(world.network.execute.messages)}, LOGS {list(world.network.logs.messages)}"
        world.fail(f"not at rest: {world.row.status} {world.row.phase}, {world.row.log_bytes} bytes, {left}")


def _is_at_rest(world: World) -> bool:
    network, row = world.network, world.row
    all_done = row.status != "running" and row.announced & ENDED
    return bool(all_done) and not network.execute.messages and not network.logs.messages and now_s() > world.plan.last_s


def _finish(loop: VirtualLoop) -> None:
    """Ends what is still under way. Nothing of it counts any more."""
    loop.turns = 0
    for _ in range(20):
        tasks = asyncio.all_tasks(loop)
        if not tasks:
            break
        for task in tasks:
            task.cancel()
        with suppress(Stuck):
            loop.run_until_complete(asyncio.wait(tasks, timeout=1))
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()


def main() -> None:
    with installed() as now:
        engine = open_memory()
        result = run(plan_of(int(sys.argv[1])), now, engine, tracing=True)
        if result.wrong is not None and "--smallest" in sys.argv:
            result = smallest(result, now, engine)
    print("\n".join(result.trace), result.plan, result.wrong or "all is well", sep="\n")
    if result.cause is not None:
        raise result.cause


if __name__ == "__main__":
    main()

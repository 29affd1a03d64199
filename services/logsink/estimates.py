"""Progress of a script that tells none: from how long its earlier runs took. Labelled as an estimate wherever shown."""

from collections.abc import Awaitable, Callable

from sqlalchemy import bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from proto.times import now
from schema.tables import MigrationExecution

MOST_PERCENT = 99
EARLIER_RUNS = 10
REMEMBERED = 1000
Mean = Callable[[AsyncSession, MigrationExecution], Awaitable[float | None]]
EXECUTION = MigrationExecution.__table__.c
EARLIER = (
    select(EXECUTION.script_started_at, EXECUTION.completed_at)
    .where(
        EXECUTION.job_id == bindparam("job_id"),
        EXECUTION.environment_id == bindparam("environment_id"),
        EXECUTION.status == "completed",
        func.coalesce(EXECUTION.progress_origin, "estimated") == "estimated",
        EXECUTION.script_started_at.is_not(None),
    )
    .order_by(EXECUTION.id.desc())
    .limit(EARLIER_RUNS)
)


async def estimate_progress(session: AsyncSession, row: MigrationExecution, mean_of: Mean) -> None:
    """Kept in the row, for what was shown once must not fall when the run fails."""
    if row.script_started_at is None or row.progress_origin not in (None, "estimated"):
        return
    if (mean_s := await mean_of(session, row)) is not None:
        elapsed_s = (now() - row.script_started_at).total_seconds()
        row.progress, row.progress_origin = max(row.progress, share_of(mean_s, elapsed_s)), "estimated"


class EarlierRuns:
    """The means of executions that are looked at again and again. While one runs, its mean stays as it is: no other
    run of its job there can end meanwhile."""

    def __init__(self) -> None:
        self._means: dict[int, float | None] = {}

    async def mean_duration_s(self, session: AsyncSession, row: MigrationExecution) -> float | None:
        if row.id not in self._means:
            self._means[row.id] = await mean_duration_s(session, row)
            while len(self._means) > REMEMBERED:
                del self._means[next(iter(self._means))]
        return self._means[row.id]


async def mean_duration_s(session: AsyncSession, row: MigrationExecution) -> float | None:
    """Of the last ten successful runs of this job there; None where there is none to go by.

    A script that told its own progress once will do so again: an estimate would only be taken back.
    """
    runs = await session.execute(EARLIER, {"job_id": row.job_id, "environment_id": row.environment_id})
    seconds = [(end - start).total_seconds() for start, end in runs if start and end]
    return sum(seconds) / len(seconds) if seconds else None


def share_of(whole_s: float, elapsed_s: float) -> int:
    """In percent; never all of it."""
    return min(MOST_PERCENT, int(elapsed_s / whole_s * 100)) if whole_s > 0 else MOST_PERCENT

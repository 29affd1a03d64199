"""Progress of a script that tells none: from how long its earlier runs took. Labelled as an estimate wherever shown."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from proto.times import now
from schema.tables import MigrationExecution

MOST_PERCENT = 99
EARLIER_RUNS = 10


async def estimate_progress(session: AsyncSession, row: MigrationExecution) -> None:
    """Kept in the row, for what was shown once must not fall when the run fails."""
    if row.script_started_at is None or row.progress_origin not in (None, "estimated"):
        return
    if (mean_s := await mean_duration_s(session, row)) is not None:
        elapsed_s = (now() - row.script_started_at).total_seconds()
        row.progress, row.progress_origin = max(row.progress, share_of(mean_s, elapsed_s)), "estimated"


async def mean_duration_s(session: AsyncSession, row: MigrationExecution) -> float | None:
    """Of the last ten successful runs of this job there; None where there is none to go by.

    A script that told its own progress once will do so again: an estimate would only be taken back.
    """
    query = (
        select(MigrationExecution.script_started_at, MigrationExecution.completed_at)
        .where(
            MigrationExecution.job_id == row.job_id,
            MigrationExecution.environment_id == row.environment_id,
            MigrationExecution.status == "completed",
            func.coalesce(MigrationExecution.progress_origin, "estimated") == "estimated",
            MigrationExecution.script_started_at.is_not(None),
        )
        .order_by(MigrationExecution.id.desc())
        .limit(EARLIER_RUNS)
    )
    seconds = [(end - start).total_seconds() for start, end in await session.execute(query) if start and end]
    return sum(seconds) / len(seconds) if seconds else None


def share_of(whole_s: float, elapsed_s: float) -> int:
    """In percent; never all of it."""
    return min(MOST_PERCENT, int(elapsed_s / whole_s * 100)) if whole_s > 0 else MOST_PERCENT

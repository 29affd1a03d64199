"""Two people who change the same source or job: the second one hears of it instead of undoing the first one's work.

`updated_at` is the version: it never stays the same over a change, whatever the clock does.
"""

from datetime import datetime, timedelta

from proto.problems import Problem, Rejected
from proto.times import now, rfc3339
from schema.tables import MigrationJob, MigrationSource

RESOLUTION = timedelta(milliseconds=1)


def refuse_unseen(row: MigrationSource | MigrationJob, seen: list[str] | None) -> None:
    """Raises Rejected (412) where the row is none of the versions that the change was made from."""
    if seen is not None and rfc3339(row.updated_at) not in seen:
        detail = f"it was changed by somebody else at {rfc3339(row.updated_at)}: look at it before you change it"
        raise Rejected(Problem(412, "changed_meanwhile", detail))


def later_than(before: datetime) -> datetime:
    return max(now(), before + RESOLUTION)

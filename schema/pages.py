"""Pages of a list by ascending or descending id. A cursor is the last id shown, so a page costs the same anywhere."""

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

MAX_LIMIT = 500
MAX_PAGE_BYTES = 384 * 1024
WINDOW_ROWS = 20  # read at once: one may have half a megabyte

Row = TypeVar("Row")
View = TypeVar("View")


async def page(
    session: AsyncSession,
    query: Select[*tuple[Any, ...]],
    key: InstrumentedAttribute[int],
    view: Callable[[Any], View],
    *,
    limit: int,
    cursor: int | None,
    newest_first: bool = False,
) -> tuple[list[View], str | None, int]:
    """Items, next cursor, total. `query` selects rows whose first column is an entity with an id.

    A page ends early where it would grow beyond what a reply may carry; it always has one item where there is one.
    """
    limit = max(1, min(limit, MAX_LIMIT))
    total = await session.scalar(select(func.count()).select_from(query.order_by(None).subquery()))
    query = query.order_by(key.desc() if newest_first else key)
    items: list[View] = []
    size_bytes = 0
    last_id = cursor
    while True:
        beyond = query if last_id is None else query.where(key < last_id if newest_first else key > last_id)
        rows = (await session.execute(beyond.limit(WINDOW_ROWS))).all()
        for row in rows:
            item = view(row)
            size_bytes += len(msgspec.json.encode(item))
            if items and (len(items) == limit or size_bytes > MAX_PAGE_BYTES):
                return items, str(last_id), total or 0
            items.append(item)
            last_id = row[0].id
        if len(rows) < WINDOW_ROWS:
            return items, None, total or 0
        session.expunge_all()  # what was shown is not kept


def name_contains(column: InstrumentedAttribute[str], q: str) -> Any:
    """A condition: the letters of `q` as they are (no wildcards), in either case."""
    return func.instr(func.lower(column), q.lower()) > 0

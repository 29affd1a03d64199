"""The four tables: the specification's names and columns, and what the promises need beside them."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, MetaData, String, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, defer, mapped_column

from proto.times import now
from schema.columns import MYSQL, BigKey, LongText, UtcMs

# Binary collation: what is unique and what is equal is the same on every database. An id is never used again.
TABLE_OPTIONS = {
    f"{dialect}_{option}": value
    for dialect in MYSQL
    for option, value in {"charset": "utf8mb4", "collate": "utf8mb4_bin", "engine": "InnoDB"}.items()
} | {"sqlite_autoincrement": True}


class Table(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        },
    )


class MigrationSource(Table):
    __tablename__ = "migration_sources"
    __table_args__ = (TABLE_OPTIONS,)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    display_name: Mapped[str] = mapped_column(String(200))
    description: Mapped[str | None] = mapped_column(LongText)
    script_path: Mapped[str] = mapped_column(String(1000))
    parameters: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(UtcMs, default=now)
    updated_at: Mapped[datetime] = mapped_column(UtcMs, default=now)


class MigrationJob(Table):
    __tablename__ = "migration_jobs"
    __table_args__ = (TABLE_OPTIONS,)

    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey(MigrationSource.id), index=True)
    name: Mapped[str] = mapped_column(String(200))
    description: Mapped[str | None] = mapped_column(LongText)
    parameters: Mapped[dict[str, Any]] = mapped_column(JSON)
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(UtcMs, default=now)
    updated_at: Mapped[datetime] = mapped_column(UtcMs, default=now)


class MigrationExecution(Table):
    """`phase` is null once the status is final. `announced` is the set of published events, as bits."""

    __tablename__ = "migration_executions"
    __table_args__ = (
        CheckConstraint("status IN ('running', 'completed', 'failed')", name="status"),
        CheckConstraint("progress BETWEEN 0 AND 100", name="progress"),
        Index(None, "job_id", "environment_id", "status"),
        Index(None, "status", "last_seen_at"),
        TABLE_OPTIONS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[int] = mapped_column(ForeignKey(MigrationJob.id))
    environment_id: Mapped[str] = mapped_column(String(100), index=True)
    status: Mapped[str] = mapped_column(String(20), default="running")
    progress: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[datetime] = mapped_column(UtcMs, default=now)
    completed_at: Mapped[datetime | None] = mapped_column(UtcMs)
    executed_by: Mapped[str | None] = mapped_column(String(200))
    command_executed: Mapped[str] = mapped_column(LongText)
    result_summary: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))

    run_key: Mapped[str] = mapped_column(String(64), unique=True)
    request: Mapped[dict[str, Any]] = mapped_column(JSON)
    idempotency_key: Mapped[str | None] = mapped_column(String(255), unique=True)
    request_hash: Mapped[str | None] = mapped_column(String(64))
    running_key: Mapped[str | None] = mapped_column(String(150), unique=True)
    dispatched_at: Mapped[datetime | None] = mapped_column(UtcMs)
    phase: Mapped[str | None] = mapped_column(String(20), default="queued")
    launched_on: Mapped[str | None] = mapped_column(String(200))
    script_started_at: Mapped[datetime | None] = mapped_column(UtcMs)
    last_seen_at: Mapped[datetime | None] = mapped_column(UtcMs)
    unreachable_since: Mapped[datetime | None] = mapped_column(UtcMs)
    unreachable_reason: Mapped[str | None] = mapped_column(String(500))
    cancel_requested_at: Mapped[datetime | None] = mapped_column(UtcMs)
    cancel_note: Mapped[str | None] = mapped_column(String(500))
    log_lines: Mapped[int] = mapped_column(default=0)
    log_bytes: Mapped[int] = mapped_column(BigKey, default=0)
    end_bytes: Mapped[int | None] = mapped_column(BigKey)
    end_status: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    last_output_at: Mapped[datetime | None] = mapped_column(UtcMs)
    live_line: Mapped[str | None] = mapped_column(LongText)
    progress_origin: Mapped[str | None] = mapped_column(String(20))
    progress_message: Mapped[str | None] = mapped_column(String(500))
    progress_history: Mapped[list[list[float]] | None] = mapped_column(JSON(none_as_null=True))
    reader_state: Mapped[str | None] = mapped_column(LongText)
    announced: Mapped[int] = mapped_column(default=0, index=True)


# An execution without what only the reading of its log needs.
LIGHT = (defer(MigrationExecution.reader_state), defer(MigrationExecution.end_status))


class MigrationLog(Table):
    """One line. The id comes of `log_id`: a run's lines lie together, in order, on disk too."""

    __tablename__ = "migration_logs"
    __table_args__ = (
        UniqueConstraint("execution_id", "seq"),
        Index(None, "execution_id", "log_level", "seq"),
        {name: value for name, value in TABLE_OPTIONS.items() if not name.startswith("sqlite")},
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=False)
    execution_id: Mapped[int] = mapped_column(ForeignKey(MigrationExecution.id))
    seq: Mapped[int]
    log_level: Mapped[str] = mapped_column(String(10))
    message: Mapped[str] = mapped_column(LongText)
    logged_at: Mapped[datetime] = mapped_column(UtcMs)


def log_id(execution_id: int, seq: int) -> int:
    """The primary key of a line, so that lines `a` to `b` of a run are one range of it."""
    return (execution_id << 32) + seq

"""The four tables."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from schema.columns import BigKey, LongText, UtcMs

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

MYSQL_OPTIONS: dict[str, Any] = {
    f"{dialect}_{option}": value
    for dialect in ("mysql", "mariadb")
    for option, value in {"charset": "utf8mb4", "collate": "utf8mb4_bin", "engine": "InnoDB"}.items()
}
NEW_IDS: dict[str, Any] = {"sqlite_autoincrement": True}


def upgrade() -> None:
    op.create_table(
        "migration_sources",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("display_name", sa.String(length=200), nullable=False),
        sa.Column("description", LongText, nullable=True),
        sa.Column("script_path", sa.String(length=1000), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcMs(), nullable=False),
        sa.Column("updated_at", UtcMs(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_migration_sources")),
        sa.UniqueConstraint("name", name=op.f("uq_migration_sources_name")),
        **MYSQL_OPTIONS,
        **NEW_IDS,
    )
    op.create_table(
        "migration_jobs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("description", LongText, nullable=True),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcMs(), nullable=False),
        sa.Column("updated_at", UtcMs(), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["migration_sources.id"], name=op.f("fk_migration_jobs_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_migration_jobs")),
        **MYSQL_OPTIONS,
        **NEW_IDS,
    )
    with op.batch_alter_table("migration_jobs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_migration_jobs_source_id"), ["source_id"], unique=False)

    op.create_table(
        "migration_executions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=False),
        sa.Column("environment_id", sa.String(length=100), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("progress", sa.Integer(), nullable=False),
        sa.Column("started_at", UtcMs(), nullable=False),
        sa.Column("completed_at", UtcMs(), nullable=True),
        sa.Column("executed_by", sa.String(length=200), nullable=True),
        sa.Column("command_executed", LongText, nullable=False),
        sa.Column("result_summary", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("run_key", sa.String(length=64), nullable=False),
        sa.Column("request", sa.JSON(), nullable=False),
        sa.Column("idempotency_key", sa.String(length=255), nullable=True),
        sa.Column("request_hash", sa.String(length=64), nullable=True),
        sa.Column("running_key", sa.String(length=150), nullable=True),
        sa.Column("dispatched_at", UtcMs(), nullable=True),
        sa.Column("phase", sa.String(length=20), nullable=True),
        sa.Column("launched_on", sa.String(length=200), nullable=True),
        sa.Column("script_started_at", UtcMs(), nullable=True),
        sa.Column("last_seen_at", UtcMs(), nullable=True),
        sa.Column("unreachable_since", UtcMs(), nullable=True),
        sa.Column("unreachable_reason", sa.String(length=500), nullable=True),
        sa.Column("cancel_requested_at", UtcMs(), nullable=True),
        sa.Column("cancel_note", sa.String(length=500), nullable=True),
        sa.Column("log_lines", sa.Integer(), nullable=False),
        sa.Column("log_bytes", BigKey, nullable=False),
        sa.Column("end_bytes", BigKey, nullable=True),
        sa.Column("end_status", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("last_output_at", UtcMs(), nullable=True),
        sa.Column("live_line", LongText, nullable=True),
        sa.Column("progress_origin", sa.String(length=20), nullable=True),
        sa.Column("progress_message", sa.String(length=500), nullable=True),
        sa.Column("progress_history", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("reader_state", LongText, nullable=True),
        sa.Column("announced", sa.Integer(), nullable=False),
        sa.CheckConstraint("status IN ('running', 'completed', 'failed')", name=op.f("ck_migration_executions_status")),
        sa.CheckConstraint("progress BETWEEN 0 AND 100", name=op.f("ck_migration_executions_progress")),
        sa.ForeignKeyConstraint(["job_id"], ["migration_jobs.id"], name=op.f("fk_migration_executions_job_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_migration_executions")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_migration_executions_idempotency_key")),
        sa.UniqueConstraint("run_key", name=op.f("uq_migration_executions_run_key")),
        sa.UniqueConstraint("running_key", name=op.f("uq_migration_executions_running_key")),
        **MYSQL_OPTIONS,
        **NEW_IDS,
    )
    with op.batch_alter_table("migration_executions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_migration_executions_announced"), ["announced"], unique=False)
        batch_op.create_index(batch_op.f("ix_migration_executions_environment_id"), ["environment_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_migration_executions_job_id_environment_id_status"),
            ["job_id", "environment_id", "status"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_migration_executions_status_last_seen_at"),
            ["status", "last_seen_at"],
            unique=False,
        )

    op.create_table(
        "migration_logs",
        sa.Column("id", BigKey, autoincrement=False, nullable=False),
        sa.Column("execution_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("log_level", sa.String(length=10), nullable=False),
        sa.Column("message", LongText, nullable=False),
        sa.Column("logged_at", UtcMs(), nullable=False),
        sa.ForeignKeyConstraint(
            ["execution_id"], ["migration_executions.id"], name=op.f("fk_migration_logs_execution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_migration_logs")),
        sa.UniqueConstraint("execution_id", "seq", name=op.f("uq_migration_logs_execution_id_seq")),
        **MYSQL_OPTIONS,
    )
    with op.batch_alter_table("migration_logs", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_migration_logs_execution_id_log_level_seq"),
            ["execution_id", "log_level", "seq"],
            unique=False,
        )


def downgrade() -> None:
    for table in ("migration_logs", "migration_executions", "migration_jobs", "migration_sources"):
        op.drop_table(table)

"""Bulk jobs."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds their tables."""
    op.create_table(
        "bulk_jobs",
        sa.Column("job_id", sa.String(length=48), nullable=False),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("destination", sa.String(length=1200), nullable=False),
        sa.Column("images", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.Integer(), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("images_per_second", sa.Float(), nullable=False),
        sa.Column("trouble", sa.Text(), nullable=False),
        sa.Column("runner", sa.String(length=48), nullable=False),
        sa.Column("lease_ends_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_bulk_jobs")),
        sa.UniqueConstraint("token", name=op.f("uq_bulk_jobs_token")),
    )
    op.create_index("ix_bulk_jobs_created_at", "bulk_jobs", ["created_at", "job_id"], unique=False)
    op.create_index("ix_bulk_jobs_state", "bulk_jobs", ["state", "created_at"], unique=False)
    op.create_table(
        "bulk_events",
        sa.Column("job_id", sa.String(length=48), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Integer(), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["bulk_jobs.job_id"], name=op.f("fk_bulk_events_job_id")),
        sa.PrimaryKeyConstraint("job_id", "number", name=op.f("pk_bulk_events")),
    )

"""Whose a bulk job is, and from which host an image was asked for."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds their columns; jobs and entries of before have nobody's."""
    op.add_column("bulk_jobs", sa.Column("owner", sa.String(length=600), nullable=False, server_default=""))
    op.create_index("ix_bulk_jobs_owner", "bulk_jobs", ["owner", "created_at", "job_id"], unique=False)
    op.add_column("generated", sa.Column("host", sa.String(length=255), nullable=False, server_default=""))

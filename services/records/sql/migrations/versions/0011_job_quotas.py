"""In whose quotas the images of a bulk job count, and until when one waits."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds their columns; jobs of before have their owner, without roles and groups."""
    op.add_column("bulk_jobs", sa.Column("principal", sa.Text(), nullable=False, server_default=""))
    op.add_column("bulk_jobs", sa.Column("waits_until", sa.BigInteger()))

"""Why a bulk job waits, and what is noted of it, as a code beside the English text."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds their columns; of jobs of before there is the text alone."""
    op.add_column("bulk_jobs", sa.Column("coded_trouble", sa.Text(), nullable=False, server_default=""))
    op.add_column("bulk_events", sa.Column("coded_note", sa.Text(), nullable=False, server_default=""))

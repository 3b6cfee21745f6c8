"""True places in pictures of reader studies."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Pictures that were drawn before have none."""
    op.add_column("study_pictures", sa.Column("place", sa.LargeBinary(), nullable=True))

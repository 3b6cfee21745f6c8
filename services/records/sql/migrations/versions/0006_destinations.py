"""Where an image of the registry has gone. Follows 0009, which came to the main line before it."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the column; images of before went to whoever asked."""
    op.add_column("generated", sa.Column("destination", sa.String(length=1000), server_default="", nullable=False))

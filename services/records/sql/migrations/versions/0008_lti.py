"""Learning platforms (LTI): who may launch, what learners do by them, and what is to be sent."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds their tables."""
    op.create_table(
        "lti_enrolments",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("issuer", sa.String(length=255), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_lti_enrolments")),
    )
    op.create_table(
        "lti_launches",
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("secret_hash", name=op.f("pk_lti_launches")),
    )
    op.create_index(op.f("ix_lti_launches_ends_at"), "lti_launches", ["ends_at"], unique=False)
    op.create_table(
        "lti_nonces",
        sa.Column("nonce_hash", sa.String(length=64), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("nonce_hash", name=op.f("pk_lti_nonces")),
    )
    op.create_index(op.f("ix_lti_nonces_ends_at"), "lti_nonces", ["ends_at"], unique=False)
    op.create_table(
        "lti_platforms",
        sa.Column("platform_id", sa.String(length=48), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("issuer", sa.String(length=255), nullable=False),
        sa.Column("client_id", sa.String(length=255), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("removed_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("platform_id", name=op.f("pk_lti_platforms")),
    )
    op.create_index("ix_lti_platforms_issuer", "lti_platforms", ["issuer", "client_id"], unique=True)
    op.create_table(
        "lti_takings",
        sa.Column("taking_id", sa.String(length=48), nullable=False),
        sa.Column("platform_id", sa.String(length=48), nullable=False),
        sa.Column("resource_link_id", sa.String(length=255), nullable=False),
        sa.Column("resource_id", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("secret", sa.String(length=64), nullable=False),
        sa.Column("line_item", sa.String(length=2000), nullable=False),
        sa.Column("line_items", sa.String(length=2000), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["platform_id"], ["lti_platforms.platform_id"], name=op.f("fk_lti_takings_platform_id")
        ),
        sa.PrimaryKeyConstraint("taking_id", name=op.f("pk_lti_takings")),
    )
    op.create_index("ix_lti_takings_ended_at", "lti_takings", ["ended_at"], unique=False)
    op.create_index(
        "ix_lti_takings_link", "lti_takings", ["platform_id", "resource_link_id", "resource_id", "subject"], unique=True
    )
    op.create_table(
        "lti_deliveries",
        sa.Column("delivery_id", sa.String(length=128), nullable=False),
        sa.Column("taking_id", sa.String(length=48), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("trouble", sa.String(length=500), nullable=False),
        sa.Column("sender", sa.String(length=48), nullable=False),
        sa.Column("lease_ends_at", sa.BigInteger(), nullable=False),
        sa.Column("arrived_at", sa.BigInteger(), nullable=True),
        sa.Column("given_up_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["taking_id"], ["lti_takings.taking_id"], name=op.f("fk_lti_deliveries_taking_id")),
        sa.PrimaryKeyConstraint("delivery_id", name=op.f("pk_lti_deliveries")),
    )
    op.create_index("ix_lti_deliveries_due_at", "lti_deliveries", ["arrived_at", "given_up_at", "due_at"], unique=False)
    op.create_index(op.f("ix_lti_deliveries_taking_id"), "lti_deliveries", ["taking_id"], unique=False)
    op.create_table(
        "lti_links",
        sa.Column("platform_id", sa.String(length=48), nullable=False),
        sa.Column("resource_link_id", sa.String(length=255), nullable=False),
        sa.Column("resource_id", sa.String(length=64), nullable=False),
        sa.Column("token", sa.String(length=48), nullable=False),
        sa.ForeignKeyConstraint(["platform_id"], ["lti_platforms.platform_id"], name=op.f("fk_lti_links_platform_id")),
        sa.ForeignKeyConstraint(["token"], ["links.token"], name=op.f("fk_lti_links_token")),
        sa.PrimaryKeyConstraint("platform_id", "resource_link_id", "resource_id", name=op.f("pk_lti_links")),
    )

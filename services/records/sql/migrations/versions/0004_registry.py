"""The registry of what was generated, which the database itself keeps from being changed."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_TABLES = ("generated", "registry_gaps")


def upgrade() -> None:
    """Adds its tables."""
    op.create_table(
        "generated",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("answer_id", sa.String(length=32), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("answered_at", sa.BigInteger(), nullable=False),
        sa.Column("caller", sa.String(length=255), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=False),
        sa.Column("rpc", sa.String(length=80), nullable=False),
        sa.Column("encoding", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("latent_id", sa.String(length=40), nullable=False),
        sa.Column("bundle_digest", sa.String(length=64), nullable=False),
        sa.Column("pixels_sha256", sa.String(length=64), nullable=False),
        sa.Column("recipe", sa.LargeBinary(), nullable=False),
        sa.Column("texture", sa.LargeBinary(), nullable=False),
        sa.Column("code", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_generated")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_generated_answer_id", "generated", ["answer_id", "place"], unique=True)
    op.create_index("ix_generated_answered_at", "generated", ["answered_at"], unique=False)
    op.create_index(op.f("ix_generated_latent_id"), "generated", ["latent_id"], unique=False)
    op.create_index(op.f("ix_generated_pixels_sha256"), "generated", ["pixels_sha256"], unique=False)
    op.create_table(
        "registry_gaps",
        sa.Column("missed_id", sa.String(length=32), nullable=False),
        sa.Column("noted_at", sa.BigInteger(), nullable=False),
        sa.Column("answers", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("missed_id", name=op.f("pk_registry_gaps")),
    )
    if op.get_bind().dialect.name == "sqlite":
        for table in _TABLES:
            for change in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} "
                    "BEGIN SELECT RAISE(ABORT, 'rows of the registry are only added'); END"
                )
    else:
        op.execute(
            "CREATE FUNCTION registry_only_grows() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'rows of the registry are only added'; END $$"
        )
        for table in _TABLES:
            op.execute(
                f"CREATE TRIGGER {table}_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION registry_only_grows()"
            )

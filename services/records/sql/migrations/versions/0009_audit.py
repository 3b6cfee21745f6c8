"""The audit log, which the database itself keeps from being changed; only its oldest entries can be removed."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0005"
branch_labels = None
depends_on = None

_KEPT = "SELECT coalesce(max(number), 0) FROM audit_checkpoints WHERE pruned"
_REFUSAL = "entries of the audit log are only added, and removed up to a checkpoint alone"


def upgrade() -> None:
    """Adds its tables."""
    op.create_table(
        "audit_entries",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("entry_id", sa.String(length=32), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("who", sa.String(length=520), nullable=False),
        sa.Column("action", sa.String(length=80), nullable=False),
        sa.Column("outcome", sa.String(length=32), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_entries")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_audit_entries_entry_id")),
    )
    op.create_index("ix_audit_entries_recorded_at", "audit_entries", ["recorded_at"], unique=False)
    op.create_index("ix_audit_entries_who", "audit_entries", ["who", "number"], unique=False)
    op.create_table(
        "audit_checkpoints",
        sa.Column("place", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("pruned", sa.Boolean(), nullable=False),
        sa.Column("signature", sa.String(length=160), nullable=False),
        sa.PrimaryKeyConstraint("place", name=op.f("pk_audit_checkpoints")),
        sqlite_autoincrement=True,
    )
    if op.get_bind().dialect.name == "sqlite":
        _sqlite("audit_entries", "UPDATE")
        _sqlite("audit_entries", "DELETE", f"WHEN OLD.number > ({_KEPT})")
        _sqlite("audit_checkpoints", "UPDATE")
        _sqlite("audit_checkpoints", "DELETE")
    else:
        _postgres()


def _sqlite(table: str, change: str, condition: str = "") -> None:
    op.execute(
        f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} {condition} "
        f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
    )


def _postgres() -> None:
    op.execute(
        "CREATE FUNCTION audit_only_grows() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_REFUSAL}'; END $$"
    )
    op.execute(
        "CREATE FUNCTION audit_loses_its_oldest() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN IF OLD.number > ({_KEPT}) THEN RAISE EXCEPTION '{_REFUSAL}'; END IF; RETURN OLD; END $$"
    )
    refuse = "FOR EACH STATEMENT EXECUTE FUNCTION audit_only_grows()"
    op.execute(f"CREATE TRIGGER audit_entries_only_grow BEFORE UPDATE OR TRUNCATE ON audit_entries {refuse}")
    op.execute(
        "CREATE TRIGGER audit_entries_lose_their_oldest BEFORE DELETE ON audit_entries "
        "FOR EACH ROW EXECUTE FUNCTION audit_loses_its_oldest()"
    )
    op.execute(
        f"CREATE TRIGGER audit_checkpoints_only_grow BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_checkpoints {refuse}"
    )

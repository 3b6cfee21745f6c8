"""The oldest entries of the registry can be removed, up to a place that is written down first."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0008"
branch_labels = None
depends_on = None

_KEPT = "SELECT coalesce(max(number), 0) FROM registry_prunes"
_REFUSAL = "rows of the registry are only added"


def upgrade() -> None:
    """Adds the table of removals, and lets go of what they name."""
    op.create_table(
        "registry_prunes",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("pruned_at", sa.BigInteger(), nullable=False),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_registry_prunes")),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER generated_no_delete")
        op.execute(
            f"CREATE TRIGGER generated_no_delete BEFORE DELETE ON generated WHEN OLD.number > ({_KEPT}) "
            f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
        )
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER registry_prunes_no_{change.lower()} BEFORE {change} ON registry_prunes "
                f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
            )
        return
    op.execute("DROP TRIGGER generated_only_grows ON generated")
    op.execute(
        "CREATE FUNCTION registry_loses_its_oldest() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN IF OLD.number > ({_KEPT}) THEN RAISE EXCEPTION '{_REFUSAL}'; END IF; RETURN OLD; END $$"
    )
    refuse = "FOR EACH STATEMENT EXECUTE FUNCTION registry_only_grows()"
    op.execute(f"CREATE TRIGGER generated_only_grows BEFORE UPDATE OR TRUNCATE ON generated {refuse}")
    op.execute(
        "CREATE TRIGGER generated_loses_its_oldest BEFORE DELETE ON generated "
        "FOR EACH ROW EXECUTE FUNCTION registry_loses_its_oldest()"
    )
    op.execute(
        f"CREATE TRIGGER registry_prunes_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON registry_prunes {refuse}"
    )

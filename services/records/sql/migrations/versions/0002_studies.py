"""Reader studies."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds their tables."""
    op.create_table(
        "studies",
        sa.Column("study_id", sa.String(length=48), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("state", sa.Integer(), nullable=False),
        sa.Column("design", sa.LargeBinary(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=True),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("protocol_hash", sa.String(length=64), nullable=False),
        sa.Column("look_alikes", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("study_id", name=op.f("pk_studies")),
    )
    op.create_index("ix_studies_created_at", "studies", ["created_at", "study_id"], unique=False)
    op.create_table(
        "readers",
        sa.Column("reader_id", sa.String(length=48), nullable=False),
        sa.Column("study_id", sa.String(length=48), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("invited_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=True),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.Column("begun_at", sa.BigInteger(), nullable=True),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("screen", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["study_id"], ["studies.study_id"], name=op.f("fk_readers_study_id")),
        sa.PrimaryKeyConstraint("reader_id", name=op.f("pk_readers")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_readers_token_hash")),
    )
    op.create_index("ix_readers_study_id", "readers", ["study_id", "number"], unique=True)
    op.create_table(
        "study_pictures",
        sa.Column("study_id", sa.String(length=48), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("origin", sa.String(length=16), nullable=False),
        sa.Column("image_set", sa.Integer(), nullable=False),
        sa.Column("practice", sa.String(length=8), nullable=False),
        sa.Column("real", sa.String(length=200), nullable=False),
        sa.Column("patient", sa.String(length=64), nullable=False),
        sa.Column("sample", sa.Integer(), nullable=False),
        sa.Column("recipe", sa.LargeBinary(), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("edit_types", sa.Text(), nullable=False),
        sa.Column("look_alike", sa.String(length=240), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("thumbnail", sa.LargeBinary(), nullable=True),
        sa.Column("data", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["study_id"], ["studies.study_id"], name=op.f("fk_study_pictures_study_id")),
        sa.PrimaryKeyConstraint("study_id", "number", name=op.f("pk_study_pictures")),
    )
    op.create_table(
        "study_reals",
        sa.Column("study_id", sa.String(length=48), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["study_id"], ["studies.study_id"], name=op.f("fk_study_reals_study_id")),
        sa.PrimaryKeyConstraint("study_id", "name", name=op.f("pk_study_reals")),
    )
    op.create_table(
        "reader_persons",
        sa.Column("reader_id", sa.String(length=48), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("years", sa.Float(), nullable=True),
        sa.Column("specialty", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(["reader_id"], ["readers.reader_id"], name=op.f("fk_reader_persons_reader_id")),
        sa.PrimaryKeyConstraint("reader_id", name=op.f("pk_reader_persons")),
    )
    op.create_table(
        "reading_answers",
        sa.Column("reader_id", sa.String(length=48), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("answer_id", sa.String(length=48), nullable=False),
        sa.Column("trial_id", sa.String(length=24), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("visible_milliseconds", sa.Float(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["reader_id"], ["readers.reader_id"], name=op.f("fk_reading_answers_reader_id")),
        sa.PrimaryKeyConstraint("reader_id", "number", name=op.f("pk_reading_answers")),
    )
    op.create_index("ix_reading_answers_answer_id", "reading_answers", ["reader_id", "answer_id"], unique=True)
    op.create_table(
        "reading_events",
        sa.Column("reader_id", sa.String(length=48), nullable=False),
        sa.Column("answer_id", sa.String(length=48), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["reader_id"], ["readers.reader_id"], name=op.f("fk_reading_events_reader_id")),
        sa.PrimaryKeyConstraint("reader_id", "answer_id", name=op.f("pk_reading_events")),
    )

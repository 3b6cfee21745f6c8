"""Cases, collections, links, quizzes and answers.

Of `sql/migrations`, a file is never changed once it has been used anywhere: the next change is another file.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """From an empty database on."""
    op.create_table(
        "documents",
        sa.Column("document_id", sa.String(length=48), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("folded_title", sa.String(length=1024), nullable=False),
        sa.Column("saved_at", sa.BigInteger(), nullable=False),
        sa.Column("deleted_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_documents")),
    )
    op.create_index("ix_documents_kind", "documents", ["kind", "saved_at", "document_id"], unique=False)
    op.create_table(
        "quizzes",
        sa.Column("quiz_id", sa.String(length=48), nullable=False),
        sa.Column("token", sa.String(length=48), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("published_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=True),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("group_hidden", sa.Boolean(), nullable=False),
        sa.Column("questions", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("quiz_id", name=op.f("pk_quizzes")),
        sa.UniqueConstraint("token", name=op.f("uq_quizzes_token")),
    )
    op.create_index("ix_quizzes_published_at", "quizzes", ["published_at", "quiz_id"], unique=False)
    op.create_table(
        "uploads",
        sa.Column("upload_id", sa.String(length=48), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("begun_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("upload_id", name=op.f("pk_uploads")),
    )
    op.create_table(
        "attempts",
        sa.Column("attempt_id", sa.String(length=48), nullable=False),
        sa.Column("quiz_id", sa.String(length=48), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["quiz_id"], ["quizzes.quiz_id"], name=op.f("fk_attempts_quiz_id")),
        sa.PrimaryKeyConstraint("attempt_id", name=op.f("pk_attempts")),
    )
    op.create_index(op.f("ix_attempts_quiz_id"), "attempts", ["quiz_id"], unique=False)
    op.create_table(
        "links",
        sa.Column("token", sa.String(length=48), nullable=False),
        sa.Column("document_id", sa.String(length=48), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=True),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["document_id"], ["documents.document_id"], name=op.f("fk_links_document_id")),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_links")),
    )
    op.create_index(op.f("ix_links_document_id"), "links", ["document_id"], unique=False)
    op.create_table(
        "quiz_cases",
        sa.Column("quiz_id", sa.String(length=48), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.String(length=48), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["quiz_id"], ["quizzes.quiz_id"], name=op.f("fk_quiz_cases_quiz_id")),
        sa.PrimaryKeyConstraint("quiz_id", "number", name=op.f("pk_quiz_cases")),
    )
    op.create_index(op.f("ix_quiz_cases_case_id"), "quiz_cases", ["case_id"], unique=False)
    op.create_table(
        "quiz_pictures",
        sa.Column("quiz_id", sa.String(length=48), nullable=False),
        sa.Column("picture_id", sa.String(length=16), nullable=False),
        sa.Column("encoding", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["quiz_id"], ["quizzes.quiz_id"], name=op.f("fk_quiz_pictures_quiz_id")),
        sa.PrimaryKeyConstraint("quiz_id", "picture_id", name=op.f("pk_quiz_pictures")),
    )
    op.create_table(
        "upload_parts",
        sa.Column("upload_id", sa.String(length=48), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["upload_id"], ["uploads.upload_id"], name=op.f("fk_upload_parts_upload_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("upload_id", "start", name=op.f("pk_upload_parts")),
    )
    op.create_table(
        "versions",
        sa.Column("document_id", sa.String(length=48), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("saved_at", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["documents.document_id"], name=op.f("fk_versions_document_id")),
        sa.PrimaryKeyConstraint("document_id", "version", name=op.f("pk_versions")),
    )
    op.create_table(
        "answer_values",
        sa.Column("attempt_id", sa.String(length=48), nullable=False),
        sa.Column("question_id", sa.String(length=16), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("quiz_id", sa.String(length=48), nullable=False),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempts.attempt_id"], name=op.f("fk_answer_values_attempt_id")),
        sa.ForeignKeyConstraint(["quiz_id"], ["quizzes.quiz_id"], name=op.f("fk_answer_values_quiz_id")),
        sa.PrimaryKeyConstraint("attempt_id", "question_id", "value", name=op.f("pk_answer_values")),
    )
    op.create_index("ix_answer_values_quiz_id", "answer_values", ["quiz_id", "question_id", "value"], unique=False)
    op.create_table(
        "answers",
        sa.Column("attempt_id", sa.String(length=48), nullable=False),
        sa.Column("question_id", sa.String(length=16), nullable=False),
        sa.Column("quiz_id", sa.String(length=48), nullable=False),
        sa.Column("answered_at", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("score", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempts.attempt_id"], name=op.f("fk_answers_attempt_id")),
        sa.ForeignKeyConstraint(["quiz_id"], ["quizzes.quiz_id"], name=op.f("fk_answers_quiz_id")),
        sa.PrimaryKeyConstraint("attempt_id", "question_id", name=op.f("pk_answers")),
    )
    op.create_index("ix_answers_quiz_id", "answers", ["quiz_id", "question_id", "answered_at"], unique=False)

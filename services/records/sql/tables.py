"""The schema. Times are microseconds since 1970; messages are stored as protobuf writes them.

What is evidence (versions, answers) is only ever added to. `migrations/` brings a database to this schema; a test
holds that both are one.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

METADATA = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    }
)

DOCUMENTS = Table(
    "documents",
    METADATA,
    Column("document_id", String(48), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("version", Integer, nullable=False),
    Column("folded_title", String(1024), nullable=False),
    Column("saved_at", BigInteger, nullable=False),
    Column("deleted_at", BigInteger),
    Index("ix_documents_kind", "kind", "saved_at", "document_id"),
)
"""Cases and collections, in their newest version."""

VERSIONS = Table(
    "versions",
    METADATA,
    Column("document_id", ForeignKey("documents.document_id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("title", String(200), nullable=False),
    Column("saved_at", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
"""Every version of them: a Case or a Collection without id, version and time."""

LINKS = Table(
    "links",
    METADATA,
    Column("token", String(48), primary_key=True),
    Column("document_id", ForeignKey("documents.document_id"), nullable=False, index=True),
    Column("created_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger),
    Column("revoked_at", BigInteger),
)

UPLOADS = Table(
    "uploads",
    METADATA,
    Column("upload_id", String(48), primary_key=True),
    Column("size", Integer, nullable=False),
    Column("begun_at", BigInteger, nullable=False),
)

UPLOAD_PARTS = Table(
    "upload_parts",
    METADATA,
    Column("upload_id", ForeignKey("uploads.upload_id", ondelete="CASCADE"), primary_key=True),
    Column("start", Integer, primary_key=True),
    Column("data", LargeBinary, nullable=False),
)

QUIZZES = Table(
    "quizzes",
    METADATA,
    Column("quiz_id", String(48), primary_key=True),
    Column("token", String(48), nullable=False, unique=True),
    Column("title", String(200), nullable=False),
    Column("published_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger),
    Column("closed_at", BigInteger),
    Column("group_hidden", Boolean, nullable=False),
    Column("questions", Integer, nullable=False),
    Index("ix_quizzes_published_at", "published_at", "quiz_id"),
)

QUIZ_CASES = Table(
    "quiz_cases",
    METADATA,
    Column("quiz_id", ForeignKey("quizzes.quiz_id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("case_id", String(48), nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
"""Cases as they were published."""

QUIZ_PICTURES = Table(
    "quiz_pictures",
    METADATA,
    Column("quiz_id", ForeignKey("quizzes.quiz_id"), primary_key=True),
    Column("picture_id", String(16), primary_key=True),
    Column("encoding", Integer, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("data", LargeBinary, nullable=False),
)

ATTEMPTS = Table(
    "attempts",
    METADATA,
    Column("attempt_id", String(48), primary_key=True),
    Column("quiz_id", ForeignKey("quizzes.quiz_id"), nullable=False, index=True),
    Column("started_at", BigInteger, nullable=False),
)

ANSWERS = Table(
    "answers",
    METADATA,
    Column("attempt_id", ForeignKey("attempts.attempt_id"), primary_key=True),
    Column("question_id", String(16), primary_key=True),
    Column("quiz_id", ForeignKey("quizzes.quiz_id"), nullable=False),
    Column("answered_at", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("score", Float),
    Index("ix_answers_quiz_id", "quiz_id", "question_id", "answered_at"),
)

ANSWER_VALUES = Table(
    "answer_values",
    METADATA,
    Column("attempt_id", ForeignKey("attempts.attempt_id"), primary_key=True),
    Column("question_id", String(16), primary_key=True),
    Column("value", Integer, primary_key=True),
    Column("quiz_id", ForeignKey("quizzes.quiz_id"), nullable=False),
    Index("ix_answer_values_quiz_id", "quiz_id", "question_id", "value"),
)
"""What is counted of answers: choices and categories."""

STUDIES = Table(
    "studies",
    METADATA,
    Column("study_id", String(48), primary_key=True),
    Column("title", String(200), nullable=False),
    Column("state", Integer, nullable=False),
    Column("design", LargeBinary, nullable=False),
    Column("secret", LargeBinary, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("opened_at", BigInteger),
    Column("closed_at", BigInteger),
    Column("protocol_hash", String(64), nullable=False),
    Column("look_alikes", Integer, nullable=False),
    Index("ix_studies_created_at", "created_at", "study_id"),
)
"""Reader studies. `secret` is the source of their chance, and names pictures to readers."""

STUDY_REALS = Table(
    "study_reals",
    METADATA,
    Column("study_id", ForeignKey("studies.study_id"), primary_key=True),
    Column("name", String(200), primary_key=True),
    Column("body", LargeBinary, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("data", LargeBinary, nullable=False),
)
"""Real images as they were given."""

STUDY_PICTURES = Table(
    "study_pictures",
    METADATA,
    Column("study_id", ForeignKey("studies.study_id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("origin", String(16), nullable=False),
    Column("image_set", Integer, nullable=False),
    Column("practice", String(8), nullable=False),
    Column("real", String(200), nullable=False),
    Column("patient", String(64), nullable=False),
    Column("sample", Integer, nullable=False),
    Column("recipe", LargeBinary, nullable=False),
    Column("sentence", Text, nullable=False),
    Column("edit_types", Text, nullable=False),
    Column("look_alike", String(240), nullable=False),
    Column("size", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("place", LargeBinary),
    Column("thumbnail", LargeBinary),
    Column("data", LargeBinary),
)
"""The images of a study with their truth, drawn when it is prepared; `data` is the file that readers see."""

READERS = Table(
    "readers",
    METADATA,
    Column("reader_id", String(48), primary_key=True),
    Column("study_id", ForeignKey("studies.study_id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("invited_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger),
    Column("revoked_at", BigInteger),
    Column("begun_at", BigInteger),
    Column("finished_at", BigInteger),
    Column("screen", LargeBinary, nullable=False),
    Index("ix_readers_study_id", "study_id", "number", unique=True),
)

READER_PERSONS = Table(
    "reader_persons",
    METADATA,
    Column("reader_id", ForeignKey("readers.reader_id"), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("years", Float),
    Column("specialty", String(100), nullable=False),
)
"""What is personal, apart from answers: a row can be deleted without any other."""

READING_ANSWERS = Table(
    "reading_answers",
    METADATA,
    Column("reader_id", ForeignKey("readers.reader_id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("answer_id", String(48), nullable=False),
    Column("trial_id", String(24), nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    Column("visible_milliseconds", Float, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("ix_reading_answers_answer_id", "reader_id", "answer_id", unique=True),
)
"""Only ever added to: a correction is a row with a later number."""

READING_EVENTS = Table(
    "reading_events",
    METADATA,
    Column("reader_id", ForeignKey("readers.reader_id"), primary_key=True),
    Column("answer_id", String(48), primary_key=True),
    Column("body", LargeBinary, nullable=False),
)
"""What was done before an answer: a RecordAnswerRequest of events alone."""

GENERATED = Table(
    "generated",
    METADATA,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("answer_id", String(32), nullable=False),
    Column("place", Integer, nullable=False),
    Column("answered_at", BigInteger, nullable=False),
    Column("caller", String(255), nullable=False),
    Column("request_id", String(64), nullable=False),
    Column("rpc", String(80), nullable=False),
    Column("encoding", Integer, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("latent_id", String(40), nullable=False, index=True),
    Column("bundle_digest", String(64), nullable=False),
    Column("pixels_sha256", String(64), nullable=False, index=True),
    Column("recipe", LargeBinary, nullable=False),
    Column("texture", LargeBinary, nullable=False),
    Column("code", LargeBinary, nullable=False),
    Column("destination", String(1000), nullable=False, server_default=""),
    Column("host", String(255), nullable=False, server_default=""),
    Index("ix_generated_answer_id", "answer_id", "place", unique=True),
    Index("ix_generated_answered_at", "answered_at"),
    sqlite_autoincrement=True,
)
"""Images that were handed out. Rows are only added: the database itself refuses to change one, or to remove one behind
the last place of REGISTRY_PRUNES."""

REGISTRY_GAPS = Table(
    "registry_gaps",
    METADATA,
    Column("missed_id", String(32), primary_key=True),
    Column("noted_at", BigInteger, nullable=False),
    Column("answers", BigInteger, nullable=False),
)
"""Answers that could not be registered."""

REGISTRY_PRUNES = Table(
    "registry_prunes",
    METADATA,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("pruned_at", BigInteger, nullable=False),
    Column("entries", BigInteger, nullable=False),
)
"""Up to which number entries were removed, when, and how many: only ever added to."""

BULK_JOBS = Table(
    "bulk_jobs",
    METADATA,
    Column("job_id", String(48), primary_key=True),
    Column("token", String(64), nullable=False, unique=True),
    Column("title", String(200), nullable=False),
    Column("document", LargeBinary, nullable=False),
    Column("destination", String(1200), nullable=False),
    Column("images", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("started_at", BigInteger),
    Column("ended_at", BigInteger),
    Column("state", Integer, nullable=False),
    Column("done", BigInteger, nullable=False),
    Column("images_per_second", Float, nullable=False),
    Column("trouble", Text, nullable=False),
    Column("runner", String(48), nullable=False),
    Column("lease_ends_at", BigInteger, nullable=False),
    Column("owner", String(600), nullable=False, server_default=""),
    Column("principal", Text, nullable=False, server_default=""),
    Column("waits_until", BigInteger),
    Column("coded_trouble", Text, nullable=False, server_default=""),
    Index("ix_bulk_jobs_created_at", "created_at", "job_id"),
    Index("ix_bulk_jobs_state", "state", "created_at"),
    Index("ix_bulk_jobs_owner", "owner", "created_at", "job_id"),
)
"""Bulk jobs as they stand. `document` is the complete BulkJob; `runner` is who works on it until `lease_ends_at`;
`principal` is the owner with roles and groups, as `Principal.to_metadata` writes them; `coded_trouble` is a JobReason
as JSON, "" where there is none."""

BULK_EVENTS = Table(
    "bulk_events",
    METADATA,
    Column("job_id", ForeignKey("bulk_jobs.job_id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("state", Integer, nullable=False),
    Column("done", BigInteger, nullable=False),
    Column("note", Text, nullable=False),
    Column("coded_note", Text, nullable=False, server_default=""),
)
"""What happened to jobs: only ever added to. The state of a job is that of its latest event. `coded_note` as
`coded_trouble`."""

AUDIT_ENTRIES = Table(
    "audit_entries",
    METADATA,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("entry_id", String(32), nullable=False, unique=True),
    Column("at", BigInteger, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    Column("who", String(520), nullable=False),
    Column("action", String(80), nullable=False),
    Column("outcome", String(32), nullable=False),
    Column("body", Text, nullable=False),
    Column("hash", String(64), nullable=False),
    Index("ix_audit_entries_recorded_at", "recorded_at"),
    Index("ix_audit_entries_who", "who", "number"),
)
"""The audit log. `body` is what is hashed; the other columns repeat of it what is searched. The database itself refuses
to change an entry, or to remove one behind the last pruned checkpoint."""

AUDIT_CHECKPOINTS = Table(
    "audit_checkpoints",
    METADATA,
    Column("place", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("hash", String(64), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("pruned", Boolean, nullable=False),
    Column("signature", String(160), nullable=False),
    sqlite_autoincrement=True,
)
"""Places in the audit log: only ever added."""

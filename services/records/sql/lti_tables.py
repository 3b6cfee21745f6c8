"""The schema of what learning platforms (LTI) leave behind; as in `tables`. No names of people: subjects are the
platform's own pseudonyms."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text

from services.records.sql.tables import METADATA

LTI_PLATFORMS = Table(
    "lti_platforms",
    METADATA,
    Column("platform_id", String(48), primary_key=True),
    Column("name", String(255), nullable=False),
    Column("issuer", String(255), nullable=False),
    Column("client_id", String(255), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("removed_at", BigInteger),
    Index("ix_lti_platforms_issuer", "issuer", "client_id", unique=True),
)
"""`body` is an LtiPlatform."""

LTI_ENROLMENTS = Table(
    "lti_enrolments",
    METADATA,
    Column("token_hash", String(64), primary_key=True),
    Column("name", String(255), nullable=False),
    Column("issuer", String(255), nullable=False),
    Column("ends_at", BigInteger, nullable=False),
    Column("used_at", BigInteger),
)

LTI_NONCES = Table(
    "lti_nonces",
    METADATA,
    Column("nonce_hash", String(64), primary_key=True),
    Column("ends_at", BigInteger, nullable=False, index=True),
)
"""Nonces that were there, for as long as a token with one could still be valid."""

LTI_LAUNCHES = Table(
    "lti_launches",
    METADATA,
    Column("secret_hash", String(64), primary_key=True),
    Column("ends_at", BigInteger, nullable=False, index=True),
    Column("body", LargeBinary, nullable=False),
)
"""Launches of the last hours; `body` is an LtiLaunch."""

LTI_TAKINGS = Table(
    "lti_takings",
    METADATA,
    Column("taking_id", String(48), primary_key=True),
    Column("platform_id", ForeignKey("lti_platforms.platform_id"), nullable=False),
    Column("resource_link_id", String(255), nullable=False),
    Column("resource_id", String(64), nullable=False),
    Column("subject", String(255), nullable=False),
    Column("secret", String(64), nullable=False),
    Column("line_item", String(2000), nullable=False),
    Column("line_items", String(2000), nullable=False),
    Column("scopes", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("told", Integer, nullable=False),
    Column("ended_at", BigInteger),
    Index("ix_lti_takings_link", "platform_id", "resource_link_id", "resource_id", "subject", unique=True),
    Index("ix_lti_takings_ended_at", "ended_at"),
)
"""What one learner does by one link of a course: an attempt at a quiz, or a study's reading. `secret` opens it; `told`
answers have become statements; `scopes` are those of the platform, with spaces between."""

LTI_LINKS = Table(
    "lti_links",
    METADATA,
    Column("platform_id", ForeignKey("lti_platforms.platform_id"), primary_key=True),
    Column("resource_link_id", String(255), primary_key=True),
    Column("resource_id", String(64), primary_key=True),
    Column("token", ForeignKey("links.token"), nullable=False),
)
"""The link to a case or a collection that a link of a course leads to."""

LTI_DELIVERIES = Table(
    "lti_deliveries",
    METADATA,
    Column("delivery_id", String(128), primary_key=True),
    Column("taking_id", ForeignKey("lti_takings.taking_id"), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("body", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("trouble", String(500), nullable=False),
    Column("sender", String(48), nullable=False),
    Column("lease_ends_at", BigInteger, nullable=False),
    Column("arrived_at", BigInteger),
    Column("given_up_at", BigInteger),
    Index("ix_lti_deliveries_due_at", "arrived_at", "given_up_at", "due_at"),
)
"""Grades and statements that are to be sent, or were."""

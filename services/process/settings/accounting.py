"""What is written down of calls, and how many there may be: the audit log and quotas."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel, field_validator

from services.process.fields import integer, one_of, setting


class AccountingSettings(BaseModel):
    """What is written down of calls, and how many there may be: the audit log and quotas."""

    audit: str = one_of(
        "Audit log of what is changed, handed out and refused. on: written a moment later, and what is lost with the "
        "edge or where records is away too long is missing; required: a call waits for its entry, and fails without.",
        "off",
        "on",
        "required",
        default="on",
    )
    audit_held_bytes: int = integer(
        "Bytes of entries that the edge holds until records has added them to the audit log.",
        2**24,
        2**16,
        2**34,
        "bytes",
    )

    quotas_file: Path | None = setting(
        "File of quotas: TOML, or JSON where its name ends in .json; read again when it changes. None: no quotas.",
        None,
        "a file",
    )
    quota_counts_file: Path | None = setting(
        "File where an edge that is alone before its Redis keeps the counts of the day, each minute and at its end, "
        "for a Redis that forgets them; `mammoganesis serve` names one for the Redis that it starts itself.",
        None,
        "a file",
    )
    quotas_without_redis: str = one_of(
        "While Redis does not answer: open: each edge counts by itself; closed: calls that have a quota are refused.",
        "open",
        "closed",
        default="open",
    )

    @field_validator("audit", "quotas_without_redis", mode="before")
    @classmethod
    def _in_small_letters(cls, value: Any) -> Any:
        return value.lower() if isinstance(value, str) else value

"""Who calls: whether the edge asks, and what it believes."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, field_validator

from services.process.fields import one_of, secret


class IdentitySettings(BaseModel):
    """Who calls: whether the edge asks, and what it believes."""

    identity: str = one_of(
        "Whether the edge asks who calls, and holds calls to the table of roles; off: everybody may everything.",
        "off",
        "on",
        default="off",
    )
    studio_secret: str | None = secret(
        "Shared by edge and studio, which says by it who sits at a browser. None: `serve` draws one."
    )

    @field_validator("identity", mode="before")
    @classmethod
    def _in_any_capitals(cls, value: Any) -> Any:
        return value.lower() if isinstance(value, str) else value

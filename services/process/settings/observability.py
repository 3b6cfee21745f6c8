"""What is written down of what happens."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, field_validator

from services.process.fields import one_of


class ObservabilitySettings(BaseModel):
    """What is written down of what happens."""

    log_level: str = one_of("Lowest level that is logged.", "debug", "info", "warning", "error", default="info")

    @field_validator("log_level", mode="before")
    @classmethod
    def _level_in_any_capitals(cls, value: Any) -> Any:
        return value.lower() if isinstance(value, str) else value

"""The commands that call a server: who they say they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel, field_validator

from services.process.fields import setting, text


class ClientSettings(BaseModel):
    """The commands that call a server: who they say they are."""

    token: str | None = setting(
        "Token that commands bring to a server whose identity is on. None: they bring none, or that of `token_file`.",
        None,
        "1 to 16384 printable ASCII characters without spaces",
        option=False,
        repr=False,
        pattern="^[!-~]{1,16384}$",
    )
    token_file: Path | None = setting("File that holds it; read again when it changes.", None, "a file", option=False)
    token_over_plaintext: str = text(
        "Whether a token may go to another machine without TLS.", "off", "off|on", "off, on", option=False
    )

    @field_validator("token_over_plaintext", mode="before")
    @classmethod
    def _said_in_any_capitals(cls, value: Any) -> Any:
        return value.lower() if isinstance(value, str) else value

"""Who calls: whether the edge asks, and what it believes."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, field_validator, model_validator

from mammoganesis.errors import InvalidArgument
from services.process.fields import DATA_FOLDER, integer, one_of, secret, setting, text, variable

_URL = r"https?://[^\s?#]{1,500}"


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
    studio_secret_file: Path | None = setting(
        "File of that secret instead, read again when it changes; while it is changed two lines, the first of which is "
        "sent.",
        None,
        "a file",
    )
    oidc_audience: str = text(
        "Audience of access tokens for the edge (aud), as the identity provider knows it.",
        "",
        r"[!-~]{0,256}",
        "0 to 256 printable ASCII characters without spaces",
    )
    oidc_keys_url: str = text(
        "Where the provider's keys are (JWKS). Empty: where its discovery document says.",
        "",
        rf"|{_URL}",
        "empty, or an address with https:// (http:// on this machine alone), without ? and #",
    )
    oidc_leeway_seconds: int = integer(
        "By which the clocks of the provider and of this machine may differ.", 30, 0, 600, "seconds"
    )
    oidc_max_token_seconds: int = integer(
        "An access token that is valid for longer is refused.", 86_400, 60, 31_536_000, "seconds"
    )
    oidc_keys_kept_seconds: int = integer(
        "For which known keys are used while the provider is away.", 86_400, 60, 31_536_000, "seconds"
    )
    revoked_tokens_file: Path | None = setting(
        "List of access tokens that are not taken any more: lines of jti:ID, sub:SUBJECT or sha256:DIGEST; read again "
        "when it changes. None: none are.",
        None,
        "a file",
    )
    service_tokens_file: Path = setting(
        "File of the tokens that `mammoganesis token create` draws for programs; read again when it changes.",
        DATA_FOLDER / "service-tokens.json",
        "a file",
    )
    certificate_roles_file: Path | None = setting(
        "JSON file of client certificates' names or fingerprints and the roles of each; read again when it changes. "
        "None: certificates give no role.",
        None,
        "a file",
    )

    @field_validator("identity", mode="before")
    @classmethod
    def _in_any_capitals(cls, value: Any) -> Any:
        return value.lower() if isinstance(value, str) else value

    @model_validator(mode="after")
    def _issuer_and_audience(self) -> Self:
        if self.oidc_audience and not getattr(self, "oidc_issuer", None):
            allowed = f"an address, together with {variable('oidc_audience')}"
            raise InvalidArgument(variable("oidc_issuer"), None, allowed)
        return self

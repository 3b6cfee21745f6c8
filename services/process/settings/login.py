"""Logging in to the studio by an identity provider (OpenID Connect), and how long it lasts."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import BaseModel, model_validator

from mammoganesis.errors import InvalidArgument
from services.process.fields import integer, setting, text, variable

_ADDRESS = r"https?://[a-z0-9.-]{1,253}(:[0-9]{1,5})?(/[A-Za-z0-9._~-]+)*"
_ADDRESS_ALLOWED = 'an address such as https://studio.example.org/mammoganesis, without "/" at the end'
_NAME_OF_CLAIM = "the name of a claim, with dots for one within another, such as realm_access.roles"


class LoginSettings(BaseModel):
    """Logging in to the studio by an identity provider (OpenID Connect), and how long it lasts."""

    studio_url: str | None = setting(
        "The studio's address as browsers know it, with its path; needed for logins.",
        None,
        _ADDRESS_ALLOWED,
        pattern=f"^{_ADDRESS}$",
    )
    oidc_issuer: str | None = setting(
        "Identity provider by which people log in: its issuer, as it writes it. None: nobody logs in by one.",
        None,
        "an address over https, or over http on this machine, as the provider's discovery document has it",
        pattern=r"^https?://[^\s?#]{1,500}$",
    )
    oidc_client_id: str | None = setting(
        "The studio's name at the identity provider.",
        None,
        "1 to 256 printable ASCII characters without spaces",
        pattern="^[!-~]{1,256}$",
    )
    oidc_client_secret_file: Path | None = setting(
        "File of the secret that the provider gave for this name, read at each login. None: a public client.",
        None,
        "a file",
    )
    oidc_scopes: str = text(
        "Scopes that are asked for.", "openid profile", r"openid( [!-~]{1,100})*", '"openid", and others after spaces'
    )
    oidc_roles_claim: str = text("Claim that has somebody's roles.", "roles", "[!-~]{1,256}", _NAME_OF_CLAIM)
    oidc_groups_claim: str = text(
        "Claim that has somebody's groups. Empty: they are not read.", "", "[!-~]{0,256}", f"empty, or {_NAME_OF_CLAIM}"
    )
    oidc_roles_file: Path | None = setting(
        "JSON file of values of that claim and the roles that each gives. None: the roles' own names.", None, "a file"
    )
    session_key_file: Path | None = setting(
        "File of the secret that seals sessions, for all studios of one address; two lines while it is changed, the "
        "new one first. None: drawn at each start.",
        None,
        "a file of one or two lines of 32 to 256 printable ASCII characters without spaces",
    )
    session_seconds: int = integer("How long a login lasts.", 28_800, 60, 604_800, "seconds")
    session_idle_seconds: int = integer(
        "How long a login lasts in which nothing is asked for.", 3_600, 60, 604_800, "seconds"
    )
    session_roles_seconds: int = integer(
        "After which the provider is asked again what somebody may do, where it gives a refresh token.",
        900,
        10,
        604_800,
        "seconds",
    )

    @model_validator(mode="after")
    def _a_whole_login(self) -> Self:
        if self.oidc_issuer is None:
            return self
        programs_alone = getattr(self, "oidc_audience", "") and self.oidc_client_id is None
        for name in () if programs_alone else ("oidc_client_id", "studio_url"):
            if getattr(self, name) is None:
                raise InvalidArgument(variable(name), None, f"a value, together with {variable('oidc_issuer')}")
        if getattr(self, "identity", "on") == "off":
            raise InvalidArgument(variable("identity"), "off", f"on, together with {variable('oidc_issuer')}")
        return self

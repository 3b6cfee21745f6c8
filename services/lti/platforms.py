"""A learning platform that the operator has registered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mammoganesis.errors import InvalidArgument
from services.access.principals import OWN_ISSUERS
from services.lti.addresses import web_address

MAX_CHARACTERS = 255  # of a client id, a deployment id, a name; the specification's own limit
MAX_DEPLOYMENTS = 100


@dataclass(frozen=True)
class Platform:
    """What is known of a platform.

    Attributes:
        issuer: as its tokens say it, such as "https://moodle.example.org".
        client_id: by which it knows this tool.
        deployments: ids of the places in it that may launch; others are refused.
        authorization_url: where a browser is sent to be identified.
        token_url: where access tokens for grades and members are asked for.
        jwks_url: its public keys.
        token_audience: of what this tool says of itself there, where it is not `token_url` (Brightspace).
        name: for people.
        platform_id: "platform_" and 32 hexadecimal digits; "" before it is remembered.
    """

    issuer: str
    client_id: str
    deployments: tuple[str, ...]
    authorization_url: str
    token_url: str
    jwks_url: str
    token_audience: str = ""
    name: str = ""
    platform_id: str = field(default="", compare=False)

    @property
    def audience(self) -> str:
        """Of what this tool says of itself to the platform's token endpoint."""
        return self.token_audience or self.token_url


def checked(platform: Platform) -> Platform:
    """The platform, where every field of it is within its range.

    Raises:
        InvalidArgument: one is not; it names the field.
    """
    for name in ("authorization_url", "token_url", "jwks_url"):
        web_address(f"platform.{name}", getattr(platform, name))
    _text("platform.issuer", platform.issuer, 1)
    if platform.issuer in OWN_ISSUERS or "|" in platform.issuer:  # its people would pass for others (Principal.key)
        allowed = f"a text without '|' that is none of {', '.join(sorted(OWN_ISSUERS))}"
        raise InvalidArgument("platform.issuer", platform.issuer, allowed)
    _text("platform.client_id", platform.client_id, 1)
    _text("platform.name", platform.name, 0)
    if len(platform.token_audience) > 2 * MAX_CHARACTERS or not platform.token_audience.isprintable():
        raise InvalidArgument("platform.token_audience", platform.token_audience, "a text of up to 510 characters")
    if not 0 < len(platform.deployments) <= MAX_DEPLOYMENTS:
        allowed = f"1 to {MAX_DEPLOYMENTS} deployment ids, as the platform shows them"
        raise InvalidArgument("platform.deployments", f"{len(platform.deployments)} of them", allowed)
    for i, deployment in enumerate(platform.deployments):
        _text(f"platform.deployments[{i}]", deployment, 1)
    return platform


def text_claim(claims: Mapping[str, Any], name: str, most: int = MAX_CHARACTERS, least: int = 0) -> str:
    """A text of a message of a platform; "" where it is not there and none is needed.

    Raises:
        InvalidArgument: it is no such text.
    """
    value = claims.get(name, "" if least == 0 else None)
    if value is None and least == 0:
        return ""
    if not isinstance(value, str) or not least <= len(value) <= most or "\0" in value:
        raise InvalidArgument(name, value, f"a text of {least} to {most} characters")
    return value


def object_claim(claims: Mapping[str, Any], name: str, needed: bool = False) -> Mapping[str, Any]:
    """An object of a message; empty where it is not there and none is needed. Raises InvalidArgument for others."""
    value = claims.get(name)
    if value is None and not needed:
        return {}
    if not isinstance(value, Mapping):
        raise InvalidArgument(name, value, "an object")
    return value


def texts_claim(claims: Mapping[str, Any], name: str, most: int = 100) -> Sequence[str]:
    """A list of texts of a message; empty where it is not there. Raises InvalidArgument for what is none."""
    value = claims.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or len(value) > most or not all(isinstance(one, str) for one in value):
        raise InvalidArgument(name, value, f"a list of at most {most} texts")
    return value


def _text(name: str, value: str, least: int) -> None:
    if not least <= len(value) <= MAX_CHARACTERS or not value.isprintable():
        raise InvalidArgument(name, value, f"a text of {least} to {MAX_CHARACTERS} characters")

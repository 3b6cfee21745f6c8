"""Third-party initiated login (LTI 1.3, section 5.1.1; OpenID Connect Core, section 4): a platform asks that somebody
be sent to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from urllib.parse import urlencode

from mammoganesis.errors import InvalidArgument
from services.lti.addresses import with_query
from services.lti.platforms import Platform

MAX_CHARACTERS = 4000  # of a hint: some platforms send a token of their own
_NAMES = {
    "iss": "issuer",
    "login_hint": "login_hint",
    "target_link_uri": "target_link_uri",
    "client_id": "client_id",
    "lti_deployment_id": "deployment_id",
    "lti_message_hint": "message_hint",
    "lti_storage_target": "storage_target",
}
_NEEDED = ("iss", "login_hint", "target_link_uri")


@dataclass(frozen=True)
class Initiation:
    """What a platform asks with."""

    issuer: str
    login_hint: str
    target_link_uri: str
    client_id: str = ""
    deployment_id: str = ""
    message_hint: str = ""
    storage_target: str = ""

    @property
    def query(self) -> str:
        """The same as the query of an address, to be asked again."""
        fields = asdict(self)
        return urlencode({name: fields[field] for name, field in _NAMES.items() if fields[field]})


def initiation_of(parameters: Mapping[str, str]) -> Initiation:
    """Raises InvalidArgument where a parameter is missing or too long."""
    found: dict[str, str] = {}
    for name, field in _NAMES.items():
        value = parameters.get(name, "")
        if len(value) > MAX_CHARACTERS or "\0" in value or (not value and name in _NEEDED):
            least = 1 if name in _NEEDED else 0
            raise InvalidArgument(name, value or None, f"a text of {least} to {MAX_CHARACTERS} characters")
        found[field] = value
    return Initiation(**found)


def authorization_url(platform: Platform, asked: Initiation, redirect_uri: str, state: str, nonce: str) -> str:
    """Where the browser goes (LTI 1.3, section 5.1.1.2)."""
    return with_query(
        platform.authorization_url,
        scope="openid",
        response_type="id_token",
        response_mode="form_post",
        prompt="none",
        client_id=platform.client_id,
        redirect_uri=redirect_uri,
        login_hint=asked.login_hint,
        lti_message_hint=asked.message_hint,
        state=state,
        nonce=nonce,
    )

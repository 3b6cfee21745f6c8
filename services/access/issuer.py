"""The identity provider that a server is configured with: where its keys are, and how its claims are read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mammoganesis.errors import InvalidArgument, Unavailable, shown
from mammoganesis.json_text import NotJson, read_json
from services.access import fetching
from services.access.claims import Reading, read_roles
from services.access.keys import PublishedKeys
from services.access.openid import discovery_address
from services.access.rereading import Reread
from services.process.config import Config
from services.process.fields import variable


def keys_of(config: Config, client: fetching.Http) -> PublishedKeys:
    """The keys of the configured provider, which is asked when they are first needed.

    Raises:
        InvalidArgument: it has an address that nobody should ask.
    """
    for name in ("oidc_issuer", "oidc_keys_url"):
        address = getattr(config, name)
        if address and not fetching.is_safe(address):
            raise InvalidArgument(variable(name), address, "an address with https://, or http:// on this machine")

    issuer = config.oidc_issuer or ""

    async def fetch() -> Any:
        address = config.oidc_keys_url or (await discovered(client, issuer)).get("jwks_uri")
        if not (isinstance(address, str) and fetching.is_safe(address)):
            raise Unavailable(f"{issuer} publishes no safe address of its keys (jwks_uri): {shown(address)}")
        return await fetching.fetched(client, address)

    return PublishedKeys(fetch, kept_seconds=config.oidc_keys_kept_seconds)


async def discovered(client: fetching.Http, issuer: str) -> dict[str, Any]:
    """What a provider publishes of itself (OpenID Connect Discovery 1.0, section 4).

    Raises:
        Unavailable: it does not, or it speaks of another issuer.
    """
    found = await fetching.fetched(client, discovery_address(issuer))
    if not isinstance(found, dict) or found.get("issuer") != issuer:
        named = found.get("issuer") if isinstance(found, dict) else None
        raise Unavailable(f"the discovery document of {issuer} speaks of another issuer: {shown(named)}")
    return found


def reading_of(config: Config) -> Callable[[], Reading]:
    """How claims are read; the file of roles is read again when it changes.

    Raises:
        InvalidArgument: the file is not what it has to be.
    """
    if config.oidc_roles_file is None:
        reading = Reading(config.oidc_roles_claim, config.oidc_groups_claim)
        return lambda: reading
    name = variable("oidc_roles_file")

    def read(content: bytes) -> Reading:
        try:
            roles = read_roles(read_json(content), name)
        except NotJson as error:
            raise InvalidArgument(name, str(error), "JSON") from None
        return Reading(config.oidc_roles_claim, config.oidc_groups_claim, roles)

    return Reread(name, config.oidc_roles_file, read).content

"""What the studio's process needs to let people in, from its configuration."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from mammoganesis.errors import InvalidArgument
from mammoganesis.json_text import NotJson, read_json
from services.access.claims import Reading, read_roles
from services.access.fetching import is_safe, new_client
from services.access.principals import Role
from services.access.provider import Client, Provider
from services.access.sealed import MIN_SECRET
from services.access.sessions import Lifetimes
from services.process.config import Config
from services.process.fields import variable
from services.process.secret_files import secrets_of
from services.studio.login import Door

_MAX_TABLE_CHARACTERS = 2**20


def door_of(config: Config) -> Door | None:
    """Where people log in; None where identity is off.

    Raises:
        InvalidArgument: a file is not what its setting wants.
    """
    if config.identity == "off":
        return None
    if config.studio_secret is None and config.studio_secret_file is None:
        allowed = "a secret that the edge has too, together with identity: by it the studio says who sits at a browser"
        raise InvalidArgument(variable("studio_secret"), None, allowed)
    file = config.session_key_file
    sealing = [secrets.token_urlsafe(32)] if file is None else secrets_of(file, "session_key_file", MIN_SECRET)
    lifetimes = Lifetimes(config.session_seconds, config.session_idle_seconds, config.session_roles_seconds)
    return Door(_provider(config), config.studio_url or "", tuple(sealing), lifetimes)


def _provider(config: Config) -> Provider | None:
    issuer, client_id, secret_file = config.oidc_issuer, config.oidc_client_id, config.oidc_client_secret_file
    if issuer is None or client_id is None:
        return None
    if not is_safe(issuer):
        raise InvalidArgument(variable("oidc_issuer"), issuer, "an address over https, or over http on this machine")
    secret = partial(_first_secret, secret_file) if secret_file else None
    if secret:
        secret()  # a file that is none is told at the start, not at the first login
    reading = Reading(config.oidc_roles_claim, config.oidc_groups_claim, _table(config))
    return Provider(Client(issuer, client_id, secret, config.oidc_scopes, reading), new_client())


def _first_secret(path: Path) -> str:
    return secrets_of(path, "oidc_client_secret_file", 1)[0]


def _table(config: Config) -> Mapping[str, frozenset[Role]] | None:
    path, name = config.oidc_roles_file, variable("oidc_roles_file")
    if path is None:
        return None
    try:
        with path.open(encoding="utf-8") as file:
            content = read_json(file.read(_MAX_TABLE_CHARACTERS))
    except OSError as error:
        raise InvalidArgument(name, path, f"a file that can be read ({error.strerror})") from None
    except (NotJson, UnicodeDecodeError):
        content = None
    return read_roles(content, name)

"""Tokens of programs that no identity provider knows: drawn here, shown once, kept as a hash.

    mammoganesis_<43 letters: 256 random bits in base64url><8 digits: their CRC-32>

The beginning and the checksum are for scanners that look for secrets in places where none should be (SCANNED). 256
random bits cannot be guessed, so a fast hash (SHA-256) keeps them; of equal length, they are compared in constant time.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
import time
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from mammoganesis.errors import FailedPrecondition, InvalidArgument, NotFound, Unauthenticated
from mammoganesis.json_text import NotJson, read_json
from services.access.principals import Principal

PREFIX = "mammoganesis_"
SCANNED = r"mammoganesis_[A-Za-z0-9_-]{43}[0-9a-f]{8}"
"""What a scanner looks for."""
ISSUER = "token"
MAX_TOKENS = 1_000
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
NAME_ALLOWED = '1 to 64 small letters, digits, ".", "_" and "-", a letter or a digit first'
FORMAT = "mammoganesis.service-tokens"
_DIGEST = re.compile(r"[0-9a-f]{64}")
_ID = re.compile(r"tok_[0-9a-f]{16}")


@dataclass(frozen=True)
class ServiceToken:
    """What is kept of one.

    Attributes:
        id: "tok_" and 16 hexadecimal digits; in no way part of the token.
        digest: SHA-256 of the token, hexadecimal.
        principal: who brings it: issuer "token", the name as its subject.
        created, expires, revoked: seconds since 1970; None: never.
    """

    id: str
    digest: str
    principal: Principal
    created: int
    expires: int | None = None
    revoked: int | None = None

    def state(self, now: float) -> str:
        """valid, expired or revoked."""
        if self.revoked is not None:
            return "revoked"
        return "expired" if self.expires is not None and now >= self.expires else "valid"


def new(principal: Principal, seconds: float | None, now: float | None = None) -> tuple[str, ServiceToken]:
    """A token for a principal of `ISSUER`, which is shown once, and what is kept of it.

    Args:
        seconds: for which it is valid; None: until it is revoked.

    Raises:
        InvalidArgument: its name is none.
    """
    if not NAME.fullmatch(principal.subject):
        raise InvalidArgument("name", principal.subject, NAME_ALLOWED)
    random = secrets.token_urlsafe(32)
    text = f"{PREFIX}{random}{zlib.crc32(random.encode()):08x}"
    created = int(time.time() if now is None else now)
    expires = None if seconds is None else created + int(seconds)
    return text, ServiceToken(f"tok_{secrets.token_hex(8)}", _digest(text), principal, created, expires)


def is_one(text: str) -> bool:
    """Whether a bearer token is meant to be one of these."""
    return text.startswith(PREFIX)


def bearer_of(tokens: Sequence[ServiceToken], text: str, now: float | None = None) -> Principal:
    """Who brings a token.

    Raises:
        Unauthenticated: it is none of them, or no longer valid.
    """
    digest = _digest(text)
    found = None
    for token in tokens:  # all of them, whichever it is
        if hmac.compare_digest(token.digest, digest):
            found = token
    if found is None:
        raise Unauthenticated("token: this server does not know it")
    state = found.state(time.time() if now is None else now)
    if state != "valid":
        raise Unauthenticated(f"token: {found.principal.subject} ({found.id}) is {state}")
    return found.principal


def with_new(tokens: Sequence[ServiceToken], token: ServiceToken) -> tuple[ServiceToken, ...]:
    """The tokens with one more. Raises FailedPrecondition where there are as many as there may be."""
    if len(tokens) >= MAX_TOKENS:
        raise FailedPrecondition(f"there are {len(tokens)} tokens, and there may be {MAX_TOKENS}; take old ones out")
    return (*tokens, token)


def without(tokens: Sequence[ServiceToken], which: str, now: float | None = None) -> tuple[ServiceToken, ...]:
    """The tokens after those of one name, or the one of an id, are revoked.

    Raises:
        NotFound: none of them is valid.
    """
    moment = int(time.time() if now is None else now)
    meant = {token.id for token in tokens if which in (token.id, token.principal.subject)}
    if not any(token.id in meant and token.state(moment) == "valid" for token in tokens):
        raise NotFound(f"no valid token is called {which}; `mammoganesis token list` shows them")
    return tuple(
        replace(token, revoked=moment) if token.id in meant and token.revoked is None else token for token in tokens
    )


def read(content: bytes, name: str) -> tuple[ServiceToken, ...]:
    """What a file of tokens says.

    Args:
        name: of the setting that names it, for errors.

    Raises:
        InvalidArgument: it is no such file.
    """
    try:
        found = read_json(content)
    except NotJson as error:
        raise InvalidArgument(name, str(error), "a file of tokens, which `mammoganesis token create` writes") from None
    if not isinstance(found, dict) or found.get("format") != FORMAT or not isinstance(found.get("tokens"), list):
        raise InvalidArgument(name, "another file", f'JSON with "format": "{FORMAT}" and "tokens": [...]')
    return tuple(_read_token(token, f"{name}: tokens[{i}]") for i, token in enumerate(found["tokens"]))


def written(tokens: Sequence[ServiceToken]) -> bytes:
    """What `read` reads."""
    listed = [
        {
            "id": token.id,
            "name": token.principal.subject,
            "roles": sorted(token.principal.roles),
            "groups": list(token.principal.groups),
            "sha256": token.digest,
            **{key: _moment(getattr(token, key)) for key in ("created", "expires", "revoked")},
        }
        for token in tokens
    ]
    return (json.dumps({"format": FORMAT, "tokens": listed}, indent=2) + "\n").encode()


def _read_token(value: Any, place: str) -> ServiceToken:
    if not isinstance(value, dict):
        raise InvalidArgument(place, value, "an object")
    for key, pattern in (("id", _ID), ("name", NAME), ("sha256", _DIGEST)):
        if not (isinstance(value.get(key), str) and pattern.fullmatch(value[key])):
            raise InvalidArgument(f"{place}.{key}", value.get(key), f"a text as {pattern.pattern}")
    told = {"roles": value.get("roles"), "groups": value.get("groups", [])}
    principal = Principal.from_json({"issuer": ISSUER, "subject": value["name"], **told})
    created, expires, revoked = (
        _seconds(value.get(key), f"{place}.{key}") for key in ("created", "expires", "revoked")
    )
    if created is None:
        raise InvalidArgument(f"{place}.created", None, "a time")
    return ServiceToken(value["id"], value["sha256"], principal, created, expires, revoked)


def _moment(seconds: int | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _seconds(value: Any, place: str) -> int | None:
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        moment = None
    if moment is None or moment.tzinfo is None:
        raise InvalidArgument(place, value, "a time such as 2027-01-31T12:00:00Z")
    return int(moment.timestamp())


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()

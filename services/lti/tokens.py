"""JSON Web Tokens to and from platforms: RS256 alone (1EdTech Security Framework 1.1, section 5.1), by joserfc."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from mammoganesis.errors import InvalidArgument, Unauthenticated

ALGORITHM = "RS256"
MAX_TOKEN_CHARACTERS = 64 * 1024
MAX_KEYS = 50
LEAST_BITS = 2048
_PEM = re.compile(r"-----BEGIN (?:RSA )?PRIVATE KEY-----.*?-----END (?:RSA )?PRIVATE KEY-----", re.DOTALL)


class ToolKeys:
    """The private keys of this tool: the first signs, all are published, so that one can be followed by another.

    Args:
        text: of a file of one or two RSA keys in PEM, of 2048 bits or more.

    Raises:
        InvalidArgument: it is no such text.
    """

    def __init__(self, text: str) -> None:
        allowed = f"one or two private RSA keys of at least {LEAST_BITS} bits in PEM"
        try:
            self._keys = [RSAKey.import_key(found) for found in _PEM.findall(text)]
        except (JoseError, ValueError):
            raise InvalidArgument("lti_key_file", "keys that cannot be read", allowed) from None
        if not 1 <= len(self._keys) <= 2 or any(key.private_key.key_size < LEAST_BITS for key in self._keys):
            raise InvalidArgument("lti_key_file", f"{len(self._keys)} keys", allowed)

    def signed(self, claims: Mapping[str, Any]) -> str:
        """A token with these claims."""
        key = self._keys[0]
        return jwt.encode({"alg": ALGORITHM, "kid": key.thumbprint()}, dict(claims), key, algorithms=[ALGORITHM])

    def published(self) -> dict[str, Any]:
        """The JWKS (RFC 7517) that platforms fetch."""
        marks = {"use": "sig", "alg": ALGORITHM}
        return {"keys": [{**key.as_dict(private=False), "kid": key.thumbprint(), **marks} for key in self._keys]}


def key_id(token: str) -> str:
    """Which key a token says it is signed with; nothing of it is believed yet.

    Raises:
        Unauthenticated: it is no token of RS256 with a key's name.
    """
    if len(token) > MAX_TOKEN_CHARACTERS:
        raise Unauthenticated(f"id_token: longer than {MAX_TOKEN_CHARACTERS} characters")
    try:
        header = jws.extract_compact(token.encode()).headers()
    except (JoseError, ValueError, UnicodeError):
        raise Unauthenticated("id_token: no signed token (JWS)") from None
    if header.get("alg") != ALGORITHM:
        raise Unauthenticated(f"id_token: signed otherwise than by {ALGORITHM}")
    found = header.get("kid")
    if not isinstance(found, str) or not 0 < len(found) <= 256:
        raise Unauthenticated("id_token: does not name the key that it is signed with (kid)")
    return found


def has_key(keys: Mapping[str, Any], kid: str) -> bool:
    """Whether a platform's JWKS has the key of this name."""
    return _found(keys, kid) is not None


def claims_of(token: str, keys: Mapping[str, Any]) -> dict[str, Any]:
    """What a token says, signed by a key of the platform's JWKS.

    Raises:
        Unauthenticated: it is not.
    """
    found = _found(keys, key_id(token))
    if found is None:
        raise Unauthenticated("id_token: signed by a key that the platform does not publish")
    try:
        # What says which key it is comes from the platform's set, never from the token (jwk, jku, x5u).
        key = RSAKey.import_key({"kty": "RSA", "n": found["n"], "e": found["e"]})
        if key.public_key.key_size < LEAST_BITS:
            raise Unauthenticated(f"id_token: signed by a key of less than {LEAST_BITS} bits")
        claims = jwt.decode(token, key, algorithms=[ALGORITHM]).claims
    except (JoseError, ValueError, TypeError, KeyError):
        raise Unauthenticated("id_token: not signed by the platform") from None
    return dict(claims)


def key_set(value: Any) -> dict[str, Any]:
    """A JWKS as it was fetched. Raises InvalidArgument where it is none."""
    keys = value.get("keys") if isinstance(value, dict) else None
    if not isinstance(keys, list) or len(keys) > MAX_KEYS or not all(isinstance(key, dict) for key in keys):
        raise InvalidArgument("jwks", value, f"an object with a list of at most {MAX_KEYS} keys")
    return {"keys": keys}


def _found(keys: Mapping[str, Any], kid: str) -> dict[str, Any] | None:
    candidates: Sequence[dict[str, Any]] = keys.get("keys", [])
    for key in candidates:
        fits = key.get("kty") == "RSA" and key.get("use", "sig") == "sig" and key.get("alg", ALGORITHM) == ALGORITHM
        if fits and key.get("kid") == kid:
            return key
    return None

"""The keys of this tool, and what it signs: RS256 alone (1EdTech Security Framework 1.1, section 5.1). What platforms
sign is read by `services.access.keys`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from mammoganesis.errors import InvalidArgument

ALGORITHM = "RS256"
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
        if not 1 <= len(self._keys) <= 2 or any(key.public_key.key_size < LEAST_BITS for key in self._keys):
            raise InvalidArgument("lti_key_file", f"{len(self._keys)} keys", allowed)

    def signed(self, claims: Mapping[str, Any]) -> str:
        """A token with these claims."""
        key = self._keys[0]
        return jwt.encode({"alg": ALGORITHM, "kid": key.thumbprint()}, dict(claims), key, algorithms=[ALGORITHM])

    def published(self) -> dict[str, Any]:
        """The JWKS (RFC 7517) that platforms fetch."""
        marks = {"use": "sig", "alg": ALGORITHM}
        return {"keys": [{**key.as_dict(private=False), "kid": key.thumbprint(), **marks} for key in self._keys]}


def new_key() -> str:
    """A private key for `ToolKeys`, in PEM."""
    return RSAKey.generate_key(LEAST_BITS).as_pem(private=True).decode()

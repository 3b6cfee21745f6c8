"""Text that only we can write and read, for somebody else to keep: encrypted and authenticated (JWE, RFC 7516).

A browser keeps a session for us so, and what a login that has begun must find again. Nothing is kept here: any of our
processes that has the secret can open it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from typing import Any

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from mammoganesis.json_text import NotJson, read_json
from services.access.token_headers import header_of

MIN_SECRET = 32
"""Characters of a secret; drawn at random."""
MAX_SEALED = 8 * 2**10
"""Characters that are looked at; a browser's cookie has half of it."""
_ALGORITHMS = ["dir", "A256GCM", "DEF"]
_HEADER = {"alg": "dir", "enc": "A256GCM", "zip": "DEF"}


class Seal:
    """Seals texts of one purpose, so that none is taken for one of another.

    Args:
        secrets: newest first, at least one: the first one seals, what any of them has sealed is opened.
        purpose: such as "session"; each has a key of its own.
    """

    def __init__(self, secrets: Sequence[str], purpose: str) -> None:
        self._keys = [OctKey.import_key(_key(secret, purpose)) for secret in secrets]

    def sealed(self, content: Mapping[str, Any]) -> str:
        """What `opened` opens: letters, digits, "-", "_" and "."."""
        text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        return jwe.encrypt_compact(_HEADER, text.encode(), self._keys[0], algorithms=_ALGORITHMS)

    def opened(self, sealed: str) -> dict[str, Any] | None:
        """The content; None for what was not sealed by one of the secrets for this purpose."""
        if len(sealed) > MAX_SEALED or not sealed.isascii():
            return None
        for key in self._keys:
            try:
                header_of(sealed)
                found = jwe.decrypt_compact(sealed, key, algorithms=_ALGORITHMS)
                content = read_json((found.plaintext or b"").decode())
            except (JoseError, ValueError, NotJson):
                continue
            return content if isinstance(content, dict) else None
        return None


def _key(secret: str, purpose: str) -> bytes:
    return hmac.new(secret.encode(), f"mammoganesis {purpose}".encode(), hashlib.sha256).digest()

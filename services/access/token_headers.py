"""The header of a token that strangers bring (JWS or JWE in compact form: RFC 7515, RFC 7516), read before the library
reads it, which takes JSON of any form for an object of texts."""

from __future__ import annotations

import base64
from typing import Any

from mammoganesis.json_text import NotJson, read_json

_TEXTS = ("alg", "enc", "kid", "typ", "cty", "zip")


def header_of(token: str) -> dict[str, Any]:
    """The first part of a token; nothing of it is proven.

    Raises:
        ValueError: it is no object of JSON, one of its usual members is no text, or it asks for an extension that has
            to be understood (`crit`), of which none is.
    """
    part = token.partition(".")[0].encode()
    content = read_json(base64.b64decode(part + b"=" * (-len(part) % 4), altchars=b"-_", validate=True))
    if not isinstance(content, dict):
        raise NotJson("a header that is no object")
    for name in _TEXTS:
        if name in content and not isinstance(content[name], str):
            raise NotJson(f"a header whose {name} is no text")
    if "crit" in content:
        raise NotJson("a header with extensions that have to be understood (crit)")
    return content

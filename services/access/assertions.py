"""The word of one of our processes about who it calls for: a signed, short-lived token (JWT, RFC 7519, HS256).

The studio knows who sits at a browser, and the edge does not: a page has a cookie of the studio, and a learner who
comes from a learning platform has no token of the identity provider at all. So the studio says it, under a secret that
only it and the edge have (`studio_secret`), for a minute; and from where they come, which the edge cannot see either.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from mammoganesis.errors import InvalidArgument, Unauthenticated
from services.access.principals import Principal
from services.access.token_headers import header_of

METADATA = "x-mammoganesis-on-behalf-of"
SECONDS = 60
LEEWAY_SECONDS = 10
_ALGORITHMS = ["HS256"]
_PURPOSE = "mammoganesis-edge"
_HOST = re.compile(r"ipv4:[0-9.]{7,15}|ipv6:%5B[0-9a-f:.]{2,45}%5D")


@dataclass(frozen=True)
class Word:
    """What one of our processes says.

    Attributes:
        principal: who it calls for; ANONYMOUS: whoever it is has not said so.
        host: from where they come, as gRPC names it, such as "ipv4:10.0.0.7"; "" where that is not said.
    """

    principal: Principal
    host: str = ""


def said(principal: Principal, secret: str, now: float | None = None, *, host: str = "") -> str:
    """The token, to be sent as `METADATA`; valid for `SECONDS`. `host`: as in `Word`."""
    issued = int(time.time() if now is None else now)
    claims = {"aud": _PURPOSE, "iat": issued, "exp": issued + SECONDS, "principal": principal.to_json()}
    claims |= {"host": host} if host else {}
    return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(secret), algorithms=_ALGORITHMS)


def heard(token: str, secrets: Sequence[str], now: float | None = None) -> Word:
    """What a token of `said` says; `secrets`: any of which may have signed it, so that they can be changed.

    Raises:
        Unauthenticated: it is forged, has ended, or speaks of nobody or of no host.
    """
    moment = int(time.time() if now is None else now)
    rules = jwt.JWTClaimsRegistry(
        now=moment,
        leeway=LEEWAY_SECONDS,
        aud={"essential": True, "value": _PURPOSE},
        iat={"essential": True},
        exp={"essential": True},
        principal={"essential": True},
    )
    for secret in secrets:
        try:
            header_of(token)
            token_read = jwt.decode(token, OctKey.import_key(secret), algorithms=_ALGORITHMS)
            rules.validate(token_read.claims)
            return Word(
                Principal.from_json(token_read.claims["principal"]), _host_in(token_read.claims.get("host", ""))
            )
        except (JoseError, ValueError, InvalidArgument):
            continue
    raise Unauthenticated(f"{METADATA}: not a valid word of one of our processes")


def _host_in(value: object) -> str:
    if value == "" or (isinstance(value, str) and _HOST.fullmatch(value)):
        return str(value)
    raise ValueError("no host")

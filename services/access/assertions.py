"""The word of one of our processes about who it calls for: a signed, short-lived token (JWT, RFC 7519, HS256).

The studio knows who sits at a browser, and the edge does not: a page has a cookie of the studio, and a learner who
comes from a learning platform has no token of the identity provider at all. So the studio says it, under a secret that
only it and the edge have (`studio_secret`), for a minute.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

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


def said(principal: Principal, secret: str, now: float | None = None) -> str:
    """The token, to be sent as `METADATA`; valid for `SECONDS`."""
    issued = int(time.time() if now is None else now)
    claims = {"aud": _PURPOSE, "iat": issued, "exp": issued + SECONDS, "principal": principal.to_json()}
    return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(secret), algorithms=_ALGORITHMS)


def heard(token: str, secrets: Sequence[str], now: float | None = None) -> Principal:
    """Who a token of `said` speaks of; `secrets`: any of which may have signed it, so that they can be changed.

    Raises:
        Unauthenticated: it is forged, has ended, or speaks of nobody.
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
            return Principal.from_json(token_read.claims["principal"])
        except (JoseError, ValueError, InvalidArgument):
            continue
    raise Unauthenticated(f"{METADATA}: not a valid word of one of our processes")

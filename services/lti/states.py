"""What binds a launch to the browser that asked for the login: a signed state, and a secret that only it has.

No process keeps anything between the two requests, so any studio may answer either. The state names a hash of the
browser's secret; the secret itself lies in a cookie or, where the browser takes none in a frame, with the platform
(https://www.imsglobal.org/spec/lti-pm-s/v0p1). That a nonce comes once is kept by records.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from mammoganesis.errors import Unauthenticated
from services.access.token_headers import header_of
from services.lti.initiation import Initiation

SECONDS = 600
"""Between login and launch: people type passwords there."""
_ALGORITHMS = ["HS256"]
_PURPOSE = "mammoganesis-lti-state"


@dataclass(frozen=True)
class Begun:
    """A login that has begun.

    Attributes:
        state: goes through the platform.
        nonce: stands in the platform's answer.
        browser: secret of the browser.
        name: under which the browser keeps it.
    """

    state: str
    nonce: str
    browser: str
    name: str


def begin(asked: Initiation, platform_id: str, secret: str) -> Begun:
    """A login under the studio's secret."""
    nonce, browser, now = secrets.token_urlsafe(24), secrets.token_urlsafe(24), int(time.time())
    claims = {
        "aud": _PURPOSE,
        "iat": now,
        "exp": now + SECONDS,
        "nonce": nonce,
        "platform": platform_id,
        "browser": _hash(browser),
        "asked": asdict(asked),
    }
    state = jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(secret), algorithms=_ALGORITHMS)
    return Begun(state, nonce, browser, name_of(nonce))


@dataclass(frozen=True)
class State:
    """What a state says."""

    nonce: str
    platform_id: str
    asked: Initiation
    browser_hash: str

    @property
    def name(self) -> str:
        """Under which the browser keeps its secret."""
        return name_of(self.nonce)

    def is_of(self, browser: str) -> bool:
        """Whether this is the secret of the browser that asked for the login."""
        return hmac.compare_digest(_hash(browser), self.browser_hash)


def state_of(text: str, known: Sequence[str]) -> State:
    """What a state says that is signed under one of the secrets `known`.

    Raises:
        Unauthenticated: it is forged or too old.
    """
    rules = jwt.JWTClaimsRegistry(aud={"essential": True, "value": _PURPOSE}, exp={"essential": True})
    for secret in known:
        try:
            header_of(text)
            claims = jwt.decode(text, OctKey.import_key(secret), algorithms=_ALGORITHMS).claims
            rules.validate(claims)
            return State(claims["nonce"], claims["platform"], Initiation(**claims["asked"]), claims["browser"])
        except (JoseError, ValueError, KeyError, TypeError):
            continue
    raise Unauthenticated(f"state: not of a login that began here in the last {SECONDS // 60} minutes; begin again")


def name_of(nonce: str) -> str:
    """Of what a browser keeps for one login: two logins side by side do not meet."""
    return f"lti-{_hash(nonce)[:16]}"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()

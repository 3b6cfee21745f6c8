"""Requests that this tool makes: how it says who it is, what an answer means, when it is tried again."""

from __future__ import annotations

import secrets
import time
from enum import Enum
from typing import Any

from services.lti.platforms import Platform

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_SECONDS = 300
FIRST_PAUSE_SECONDS = 15.0
LONGEST_PAUSE_SECONDS = 3600.0


class Outcome(Enum):
    """Of something that was sent."""

    DONE = "done"
    AGAIN = "again"
    REFUSED = "refused"


def outcome(status: int) -> Outcome:
    """What an HTTP status means. 409: what came later is there already, or the same (AGS 2.0, 4.4.5; xAPI 1.0.3).

    What an operator can mend (a key, a right, an address) is tried again until the time is over; a body that the other
    side calls wrong will be wrong tomorrow.
    """
    if 200 <= status < 300 or status == 409:
        return Outcome.DONE
    return Outcome.REFUSED if status in (400, 413, 415, 422) else Outcome.AGAIN


def pause(tries: int, said: str = "") -> float:
    """Seconds until the next try, after `tries` that came to nothing; `said`: the answer's Retry-After, in seconds."""
    own = min(FIRST_PAUSE_SECONDS * 2.0 ** min(tries - 1, 20), LONGEST_PAUSE_SECONDS)
    return max(own, min(float(said), LONGEST_PAUSE_SECONDS)) if said.isascii() and said.isdecimal() else own


def assertion_claims(platform: Platform) -> dict[str, Any]:
    """By which this tool says who it is at the platform's token endpoint (RFC 7523; Security Framework 4.1)."""
    now = int(time.time())
    return {
        "iss": platform.client_id,
        "sub": platform.client_id,
        "aud": platform.audience,
        "iat": now,
        "exp": now + ASSERTION_SECONDS,
        "jti": secrets.token_urlsafe(24),
    }

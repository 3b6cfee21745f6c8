"""Bearer tokens of an identity provider: signed access tokens (JWT), as RFC 7519, RFC 8725 and RFC 9068 have them.

size, algorithm, key, signature    services.access.keys
issuer, audience, times, kind      here
who it is, and which roles         services.access.claims
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from joserfc import jwt
from joserfc.errors import ExpiredTokenError, InvalidClaimError, JoseError, MissingClaimError

from mammoganesis.errors import InvalidArgument, Unauthenticated, shown
from services.access.claims import Reading
from services.access.keys import PublishedKeys
from services.access.principals import Principal
from services.access.token_headers import header_of

KINDS = frozenset({"", "jwt", "at+jwt", "application/at+jwt"})
"""Of a header's `typ`, in any capitals: what an access token may say it is (RFC 9068, section 4, and those before)."""
NOT_ACCESS = {"at_hash": "an ID token", "c_hash": "an ID token", "events": "a security event or a logout token"}
"""Claims by which a token of the same issuer is known for something else."""
OTHER_KINDS = frozenset({"ID", "Refresh", "Offline", "Logout"})
"""Of a claim `typ`, by which Keycloak tells its tokens apart."""
MAX_REVOKED = 100_000


@dataclass(frozen=True)
class Rules:
    """What a token has to say.

    Attributes:
        issuer: its `iss`.
        audience: one of its `aud`.
        leeway_seconds: by which clocks may differ.
        max_seconds: for which it may be valid from now on; a token that was stolen is of use for no longer.
    """

    issuer: str
    audience: str
    leeway_seconds: int = 30
    max_seconds: int = 86_400


class Bearer:
    """Judges the tokens of one issuer.

    Args:
        rules: for what they say.
        keys: of the issuer.
        reading: of their claims.
        revoked: which are not valid any more, as `read_revoked` reads it.
        clock: seconds since 1970.
    """

    def __init__(
        self,
        rules: Rules,
        keys: PublishedKeys,
        reading: Callable[[], Reading],
        revoked: Callable[[], frozenset[str]] = frozenset,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._rules, self._keys, self._reading, self._revoked, self._clock = rules, keys, reading, revoked, clock

    async def principal(self, token: str) -> Principal:
        """Who a token speaks of.

        Raises:
            Unauthenticated: it is not valid; the message says in one sentence why.
            Unavailable: the issuer's keys are not known, and it does not answer.
        """
        claims = await self._keys.claims(token)
        _check_kind(token, claims)
        self._check_claims(claims)
        principal = self._reading().principal(claims, self._rules.issuer)
        names = {f"jti:{claims.get('jti')}", f"sub:{principal.subject}", f"sha256:{digest_of(token)}"}
        if names & self._revoked():
            raise Unauthenticated("token: it has been revoked")
        return principal

    def _check_claims(self, claims: dict[str, Any]) -> None:
        rules, now = self._rules, int(self._clock())
        registry = jwt.JWTClaimsRegistry(
            now=now,
            leeway=rules.leeway_seconds,
            iss={"essential": True, "value": rules.issuer},
            aud={"essential": True, "value": rules.audience},
            exp={"essential": True},
        )
        try:
            registry.validate(claims)
        except ExpiredTokenError:
            raise Unauthenticated("token: it has expired") from None
        except MissingClaimError as error:
            raise Unauthenticated(f"token: it says nothing of {error.claim}") from None
        except InvalidClaimError as error:
            raise Unauthenticated(self._wrong(str(error.claim), claims)) from None
        except (JoseError, ValueError, TypeError):
            raise Unauthenticated("token: its claims are none") from None
        if claims["exp"] - now > rules.max_seconds + rules.leeway_seconds:
            raise Unauthenticated(
                f"token: it is valid for more than the {rules.max_seconds} seconds that are taken here"
            )

    def _wrong(self, claim: str, claims: dict[str, Any]) -> str:
        value = shown(claims.get(claim))
        return {
            "iss": f"token: it is of another issuer ({value})",
            "aud": f"token: it is for another audience ({value}) than {self._rules.audience}",
            "nbf": "token: it is not valid yet",
            "iat": "token: it was issued in the future",
        }.get(claim, f"token: its {claim} ({value}) is not what it has to be")


def digest_of(token: str) -> str:
    """By which a whole token is named in the list of those that are revoked: SHA-256, hexadecimal."""
    return hashlib.sha256(token.encode()).hexdigest()


def read_revoked(content: bytes, name: str) -> frozenset[str]:
    """What a list of revoked tokens says: a line each of "jti:ID", "sub:SUBJECT" or "sha256:DIGEST"; "#" begins a
    remark.

    Args:
        name: of the setting that names it, for errors.

    Raises:
        InvalidArgument: it says something else.
    """
    try:
        lines = [line.strip() for line in content.decode().splitlines()]
    except UnicodeDecodeError:
        raise InvalidArgument(name, "no text", "lines of UTF-8") from None
    found = {line for line in lines if line and not line.startswith("#")}
    for line in found:
        kind, _, value = line.partition(":")
        if kind not in ("jti", "sub", "sha256") or not value:
            raise InvalidArgument(name, line, "lines of jti:ID, sub:SUBJECT or sha256:DIGEST")
    if len(found) > MAX_REVOKED:
        raise InvalidArgument(name, f"{len(found)} lines", f"at most {MAX_REVOKED}; take out what has expired")
    return frozenset(found)


def _check_kind(token: str, claims: dict[str, Any]) -> None:
    """An issuer signs more than access tokens, by the same key (RFC 8725, section 3.11)."""
    kind = header_of(token).get("typ", "")
    if not (isinstance(kind, str) and kind.lower() in KINDS):
        raise Unauthenticated(f"token: it says that it is {shown(kind)}, and no access token")
    for claim, what in NOT_ACCESS.items():
        if claim in claims:
            raise Unauthenticated(f"token: it is {what} ({claim}); bring an access token")
    if claims.get("typ") in OTHER_KINDS:
        raise Unauthenticated(f"token: it is {shown(claims['typ'])}, and no access token")

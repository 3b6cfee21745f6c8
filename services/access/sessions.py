"""A session: that somebody has logged in, until when this holds, and the token that each change must bring."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from mammoganesis.errors import InvalidArgument
from services.access.principals import MAX_CHARACTERS, Principal


@dataclass(frozen=True)
class Lifetimes:
    """How long a session holds, in seconds.

    Attributes:
        whole: from the login on, whatever happens.
        idle: after the last request.
        roles: until the provider is asked again what somebody may do, where it gives us something to ask with.
    """

    whole: int = 8 * 3600
    idle: int = 3600
    roles: int = 900


@dataclass(frozen=True)
class Session:
    """One login of one browser. Times are in seconds since 1970, UTC.

    Attributes:
        id: drawn at random with every login, so that nobody can have known it before.
        token: what a request that changes something brings beside the cookie, which a browser sends by itself.
        framed: whether it lives in a frame of another site's page.
        provider_session: the identity provider's own name of it (claim `sid`); "" for none.
    """

    principal: Principal
    id: str
    token: str
    begun: int
    seen: int
    checked: int
    framed: bool = False
    provider_session: str = ""

    @classmethod
    def begin(cls, principal: Principal, now: int, framed: bool = False, provider_session: str = "") -> Session:
        """A new one; nothing of an earlier one lives on."""
        drawn = secrets.token_urlsafe(16), secrets.token_urlsafe(16)
        return cls(principal, *drawn, now, now, now, framed, provider_session)

    def holds(self, now: int, lifetimes: Lifetimes) -> bool:
        """Whether it has neither ended nor been idle for too long."""
        return now < self.begun + lifetimes.whole and now < self.seen + lifetimes.idle

    def ends(self, lifetimes: Lifetimes) -> int:
        """The moment at which it ends at the latest, if nothing is asked for any more."""
        return min(self.begun + lifetimes.whole, self.seen + lifetimes.idle)

    def looked_at(self, now: int) -> Session:
        """The same after a request at `now`."""
        return replace(self, seen=now)

    def brings(self, token: str) -> bool:
        """Whether a request brings the session's token; in constant time."""
        return hmac.compare_digest(token.encode(), self.token.encode())

    def to_json(self) -> dict[str, Any]:
        """What `from_json` reads; the name of the person too, so it goes nowhere but into a seal."""
        told = {name: getattr(self, name) for name in (*_TEXTS, *_TIMES, "framed")}
        return {**told, "principal": self.principal.to_json(), "name": self.principal.name}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Session | None:
        """None for what `to_json` has not written: a session of another version of ours has ended."""
        name = value.get("name")
        right = (
            all(isinstance(value.get(key), str) for key in _TEXTS)
            and all(type(value.get(key)) is int for key in _TIMES)
            and isinstance(value.get("framed"), bool)
            and isinstance(name, str)
            and len(name) <= MAX_CHARACTERS
        )
        if not right:
            return None
        try:
            principal = replace(Principal.from_json(value.get("principal")), name=name)
        except InvalidArgument:
            return None
        return cls(principal, **{key: value[key] for key in (*_TEXTS, *_TIMES, "framed")})


_TEXTS = ("id", "token", "provider_session")
_TIMES = ("begun", "seen", "checked")

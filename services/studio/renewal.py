"""Sessions of the identity provider's logins, held to what the provider says meanwhile.

After `Lifetimes.roles` the provider is asked again by the login's refresh token: roles may have changed, and who may
not log in any more has no session any more. Where it gives no such token, a session holds as it began. An answer of the
provider counts for all requests that still bring the cookies from before.

    __Host-mammoganesis-grant    refresh token, and ID token for logging out, sealed; the pages cannot read it
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection

from mammoganesis.errors import MammoganesisError, Unauthenticated
from services.access.provider import Login, Provider
from services.access.sealed import Seal
from services.access.sessions import Session
from services.studio.sessions import COOKIE, MAX_COOKIE, Sessions, Told, cookie_of, set_cookie

logger = logging.getLogger(__name__)

GRANT_COOKIE = f"{COOKIE}-grant"
REMEMBERED_SECONDS = 300
"""How long an answer of the provider counts for requests that were under way with the cookies from before."""
AGAIN_SECONDS = 30
"""After which a provider that did not answer is asked again."""


@dataclass(frozen=True)
class _Outcome:
    """What the provider said: the session as it is now (None: there is none), and the tokens to ask with next time."""

    session: Session | None
    login: Login | None
    until: float  # time.monotonic(), while it counts


class Renewal:
    """Asks the provider again.

    Args:
        secrets: by which its tokens are sealed, newest first.
    """

    def __init__(self, provider: Provider | None, sessions: Sessions, secrets: Sequence[str]) -> None:
        self._provider, self._sessions = provider, sessions
        self._seal = Seal(secrets, "grant")
        self._asked: dict[str, asyncio.Task[_Outcome]] = {}  # by the digest of the token asked with

    def keep(self, headers: MutableHeaders, session: Session, login: Login) -> None:
        """Gives the tokens of a login to the browser, as far as there is room in a cookie."""
        for id_token in (login.id_token, ""):
            kept = {"session": session.id, "refresh_token": login.refresh_token, "id_token": id_token}
            sealed = self._seal.sealed(kept)
            if len(sealed) + len(GRANT_COOKIE) <= MAX_COOKIE:
                set_cookie(headers, GRANT_COOKIE, sealed, self._sessions.lifetimes.whole)
                return
        logger.warning("the provider's refresh token has more than a cookie: roles are kept until the session ends")
        set_cookie(headers, GRANT_COOKIE, "", 0)

    def id_token(self, request: HTTPConnection, session: Session) -> str:
        """Of the session's login; "" for none."""
        return self._kept(request, session)[1]

    async def renewed(self, request: HTTPConnection, session: Session) -> tuple[Session | None, Told | None]:
        """The session of a request as it is now, None for none any more; and what the answer says of it."""
        provider = self._provider
        if provider is None or int(time.time()) < session.checked + self._sessions.lifetimes.roles:
            return session, None
        token, _ = self._kept(request, session)
        if not token:
            return session, None
        outcome = await asyncio.shield(self._asking(provider, token, session))
        found, login = outcome.session, outcome.login
        if found is None or login is None:
            return found, None
        found = replace(found, seen=int(time.time()))

        def tell(headers: MutableHeaders) -> None:
            self._sessions.keep(headers, found)
            self.keep(headers, found, login)

        return found, tell

    def _asking(self, provider: Provider, token: str, session: Session) -> asyncio.Task[_Outcome]:
        """One question to the provider, for all who ask it."""
        now = time.monotonic()
        self._asked = {key: task for key, task in self._asked.items() if not task.done() or now < task.result().until}
        key = hashlib.sha256(token.encode()).hexdigest()
        if key not in self._asked:
            self._asked[key] = asyncio.create_task(self._ask(provider, token, session))
        return self._asked[key]

    async def _ask(self, provider: Provider, token: str, session: Session) -> _Outcome:
        try:
            login = await provider.refreshed(token, session.principal)
        except Unauthenticated as error:
            logger.info("a session has ended: %s", error.message)
            return _Outcome(None, None, time.monotonic() + REMEMBERED_SECONDS)
        except MammoganesisError as error:  # it is away, or our own secret for it cannot be read
            logger.warning("roles are not renewed: %s", error.message)
            return _Outcome(session, None, time.monotonic() + AGAIN_SECONDS)
        renewed = replace(session, principal=login.principal, checked=int(time.time()))
        return _Outcome(renewed, login, time.monotonic() + REMEMBERED_SECONDS)

    def _kept(self, request: HTTPConnection, session: Session) -> tuple[str, str]:
        """Refresh token and ID token of the session's login."""
        content = self._seal.opened(cookie_of(request, GRANT_COOKIE)) or {}
        if content.get("session") != session.id:
            return "", ""
        return str(content.get("refresh_token", "")), str(content.get("id_token", ""))

"""Sessions of browsers, kept by the browsers in cookies: who somebody is, and that a request is really theirs.

`Visits` stands around the application. It finds the session of a request, refuses a change that another site's page may
have asked for, and lets the session go on. `principal_of` says who asks; `start_session` and `end_session` begin and
end one with an answer. Without `Sessions` (identity is off) everybody is EVERYBODY.

    __Host-mammoganesis         the session, sealed; the pages cannot read it
    __Host-mammoganesis-token   the token that a change brings as the header TOKEN; the pages read it

"__Host-" lets no other host, no page under http and no other path set them (RFC 6265bis).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mammoganesis.errors import FailedPrecondition, PermissionDenied, shown
from services.access.principals import ANONYMOUS, EVERYBODY, Principal
from services.access.sealed import Seal
from services.access.sessions import Lifetimes, Session
from services.observability import metrics, table
from services.studio.failures import refusal
from services.studio.noting import refusal_noted
from services.studio.surroundings import path_of
from services.studio.visitors import VISITOR

COOKIE = "__Host-mammoganesis"
TOKEN_COOKIE = f"{COOKIE}-token"
TOKEN = "x-mammoganesis-token"
MAX_COOKIE = 4096 - len(COOKIE)
"""Characters that browsers keep of one."""
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
RENEWED_SECONDS = 60  # between two notes that somebody is still there
MAX_TRIED = 4  # cookies of one name
MAX_ENDED = 100_000  # sessions whose end is remembered
IN_USE_SECONDS, COUNTED_SECONDS, MAX_SEEN = 900, 10, 100_000  # of sessions that are counted
_VISIT = "mammoganesis.visit"


Told = Callable[[MutableHeaders], None]
"""Adds what has changed to an answer."""


class Renews(Protocol):
    """What knows whether a session still is what it was."""

    async def renewed(self, request: HTTPConnection, session: Session) -> tuple[Session | None, Told | None]:
        """The session as it is now, None for none any more; and what the answer says of it."""
        ...


class Sessions:
    """What begins, finds and ends sessions.

    Args:
        secrets: by which they are sealed, newest first, each of `sealed.MIN_SECRET` characters or more.
        lifetimes: how long they hold.
    """

    def __init__(self, secrets: Sequence[str], lifetimes: Lifetimes | None = None) -> None:
        self.lifetimes = lifetimes or Lifetimes()
        self._seal = Seal(secrets, "session")
        self._seen: dict[str, int] = {}  # sessions -> when they last asked for something
        self._counted = 0  # when they were last looked through
        self._ended: dict[str, int] = {}  # name of sessions -> when they ended; of this process alone

    def found(self, scope: Scope) -> Session | None:
        """The session that a request brings, while it holds; of several the one that began last."""
        now = int(time.time())
        held = [
            session
            for sealed in list(_cookies(scope, COOKIE))[:MAX_TRIED]
            if (session := self._read(sealed)) and session.holds(now, self.lifetimes) and not self._has_ended(session)
        ]
        found = max(held, key=lambda session: session.begun, default=None)
        if metrics.is_recorded():
            self._count(found, now)
        return found

    def keep(self, headers: MutableHeaders, session: Session) -> None:
        """Gives it to the browser with an answer.

        Raises:
            FailedPrecondition: it has more than a browser keeps; nothing is given.
        """
        sealed = self._seal.sealed(session.to_json())
        if len(sealed) > MAX_COOKIE:
            groups = len(session.principal.groups)
            text = f"session: {len(sealed)} characters with {groups} groups; a browser keeps {MAX_COOKIE}"
            raise FailedPrecondition(f"{text}: let the identity provider tell fewer groups")
        seconds = max(0, session.begun + self.lifetimes.whole - int(time.time()))
        set_cookie(headers, COOKIE, sealed, seconds, framed=session.framed)
        set_cookie(headers, TOKEN_COOKIE, session.token, seconds, framed=session.framed, readable=True)

    def _count(self, session: Session | None, now: int) -> None:
        if session and len(self._seen) < MAX_SEEN:
            self._seen[session.id] = now
        if now >= self._counted + COUNTED_SECONDS:
            self._counted = now
            self._seen = {name: seen for name, seen in self._seen.items() if now < seen + IN_USE_SECONDS}
            metrics.level(table.STUDIO_SESSIONS, len(self._seen))

    def end(self, session: Session) -> None:
        """Remembers that it has ended, for whoever has a copy of its cookie."""
        self._seen.pop(session.id, None)
        self._end(session.id)

    def end_of_provider(self, issuer: str, provider_session: str, subject: str) -> None:
        """The same of the sessions that began by one of a provider's, or of one subject of it; "" for neither."""
        if provider_session:
            self._end(f"{issuer}#{provider_session}")
        if subject:
            self._end(f"{issuer}|{subject}")

    def _end(self, name: str) -> None:
        now = int(time.time())
        self._ended = {name: ended for name, ended in self._ended.items() if now < ended + self.lifetimes.whole}
        if len(self._ended) < MAX_ENDED:
            self._ended[name] = now
        metrics.count(table.STUDIO_LOGOUTS)

    def _has_ended(self, session: Session) -> bool:
        principal = session.principal
        names = (session.id, f"{principal.issuer}#{session.provider_session}", principal.key)
        return any(session.begun <= self._ended.get(name, -1) for name in names)

    def _read(self, sealed: str) -> Session | None:
        content = self._seal.opened(sealed)
        return None if content is None else Session.from_json(content)


class Visits:
    """The application for those who visit it.

    Args:
        sessions: None: identity is off, nobody is asked.
        renewal: what asks the identity provider again from time to time; None: nobody does.
        proven_otherwise: paths to which other sites' pages may post, since what they bring proves itself.
    """

    def __init__(
        self,
        app: ASGIApp,
        sessions: Sessions | None,
        renewal: Renews | None = None,
        proven_otherwise: Sequence[str] = (),
    ) -> None:
        self._app = app
        self._sessions, self._renewal = sessions, renewal
        self._proven_otherwise = proven_otherwise

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or self._sessions is None:
            await self._app(scope, receive, send)
            return
        sessions, session = self._sessions, self._sessions.found(scope)
        tell: Told | None = None
        if session and self._renewal:
            session, tell = await self._renewal.renewed(HTTPConnection(scope), session)
        scope = {**scope, _VISIT: (sessions, session)}
        proven = path_of(scope) in self._proven_otherwise
        if session and not proven and (why := _forged(scope, session)):
            metrics.count(table.STUDIO_REFUSALS, reason="forged")
            error = PermissionDenied(why)
            refusal_noted(HTTPConnection(scope), session.principal, path_of(scope), error)
            await refusal(scope, error)(scope, receive, send)
            return

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start" and session:
                _go_on(sessions, session, tell, MutableHeaders(scope=message))
            await send(message)

        visitor = VISITOR.set(session.principal if session else None)
        try:
            await self._app(scope, receive, sending)
        finally:
            VISITOR.reset(visitor)


def principal_of(request: HTTPConnection) -> Principal:
    """Who makes a request: EVERYBODY where identity is off, ANONYMOUS without a session."""
    if _VISIT not in request.scope:
        return EVERYBODY
    session = session_of(request)
    return session.principal if session else ANONYMOUS


def session_of(request: HTTPConnection) -> Session | None:
    """The session of a request; None for none."""
    return request.scope.get(_VISIT, (None, None))[1]


def sessions_of(request: HTTPConnection) -> Sessions | None:
    """What begins and ends sessions; None where identity is off."""
    return request.scope.get(_VISIT, (None, None))[0]


def start_session(
    request: HTTPConnection,
    response: Response,
    principal: Principal,
    *,
    framed: bool = False,
    provider_session: str = "",
) -> Session:
    """Logs somebody in, with the answer to a request; what session there was has ended.

    Args:
        framed: for a page in a frame of another site: a session of that frame alone (partitioned cookies, CHIPS).
        provider_session: as `Session` has it.

    Raises:
        FailedPrecondition: identity is off, or the principal has more groups than a cookie takes.
    """
    sessions = sessions_of(request)
    if sessions is None:
        raise FailedPrecondition("identity: off; there are no sessions")
    session = Session.begin(principal, int(time.time()), framed, provider_session)
    sessions.keep(response.headers, session)
    if before := session_of(request):
        sessions.end(before)
    return session


def end_session(request: HTTPConnection, response: Response) -> None:
    """Logs whoever makes a request out, with its answer."""
    sessions, session = sessions_of(request), session_of(request)
    if sessions and session:
        sessions.end(session)
        for name in (COOKIE, TOKEN_COOKIE):
            set_cookie(response.headers, name, "", 0, framed=session.framed)


def set_cookie(
    headers: MutableHeaders, name: str, value: str, seconds: int, *, framed: bool = False, readable: bool = False
) -> None:
    """One of ours, for so many seconds; 0 takes it away.

    Args:
        framed: it is sent within frames of the site's page in which it was set, and nowhere else.
        readable: by the pages.
    """
    rules = [
        "Path=/",
        "Secure",
        f"Max-Age={seconds}",
        *(["SameSite=None", "Partitioned"] if framed else ["SameSite=Lax"]),
    ]
    headers.append("set-cookie", "; ".join([f"{name}={value}", *rules, *([] if readable else ["HttpOnly"])]))


def cookie_of(request: HTTPConnection, name: str) -> str:
    """The first of that name; "" for none."""
    return next(_cookies(request.scope, name), "")


def _cookies(scope: Scope, name: str) -> Iterator[str]:
    for header in Headers(scope=scope).getlist("cookie"):
        for part in header.split(";"):
            key, _, value = part.strip().partition("=")
            if key == name:
                yield value


def _forged(scope: Scope, session: Session) -> str:
    """Why a request may be one that another site's page had the browser make; "" for none that changes anything."""
    if scope["method"] in SAFE_METHODS:
        return ""
    headers = Headers(scope=scope)
    site, origin = headers.get("sec-fetch-site"), headers.get("origin", "")
    if site is not None and site != "same-origin":
        return f"sec-fetch-site: {shown(site)} is not allowed; only the studio's own pages may change anything"
    # A browser that does not say the first yet says the second; what is no browser says neither.
    if site is None and origin and origin.partition("://")[2].lower() != headers.get("host", "").lower():
        return f"origin: {shown(origin)} is not allowed; only the studio's own pages may change anything"
    if not session.brings(headers.get(TOKEN, "")):
        return f"{TOKEN}: missing or not the session's; reload the page"
    return ""


def _go_on(sessions: Sessions, session: Session, tell: Told | None, headers: MutableHeaders) -> None:
    """Notes that somebody is still there, unless the answer says something of the session itself."""
    now = int(time.time())
    if any(cookie.startswith(f"{COOKIE}=") for cookie in headers.getlist("set-cookie")):
        return
    if tell is not None:
        tell(headers)
    elif now >= session.seen + RENEWED_SECONDS:
        sessions.keep(headers, session.looked_at(now))

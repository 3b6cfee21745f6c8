"""Logging in and out by the identity provider (OpenID Connect), and who is logged in.

    GET  /login             the page to log in; after a login it leads on to where somebody wanted to be
    GET  /login/start       sends the browser to the provider
    GET  /login/callback    takes it back: a session begins, or /login says by ?failed= why none does
    POST /login/ended       the provider tells that a session of its own has ended (Back-Channel Logout 1.0)
    POST /logout            {"address": where the browser ends the provider's session too, "" for nowhere}
    GET  /session           {"name", "who", "roles", "unmarked", "pages": {page: roles that may have it}}

`who` tells two people apart and says nothing of them; `unmarked`: whether they may have images without the mark. The
server sends nobody to an address that a request names.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from mammoganesis.errors import (
    FailedPrecondition,
    InvalidArgument,
    MammoganesisError,
    NotFound,
    PermissionDenied,
    ResourceExhausted,
    Unauthenticated,
    Unavailable,
)
from services.access.attempts import Attempts
from services.access.openid import FLOW_SECONDS, Flow, authorization_address, code_of, logout_address
from services.access.permissions import Action, may, pages
from services.access.principals import ANONYMOUS
from services.access.provider import Login, Provider
from services.access.sealed import Seal
from services.access.sessions import Lifetimes
from services.observability import metrics, table
from services.studio.bodies import Refused, read_bytes
from services.studio.noting import login_refused, noted, refusal_noted
from services.studio.renewal import GRANT_COOKIE, Renewal
from services.studio.sessions import (
    COOKIE,
    cookie_of,
    end_session,
    principal_of,
    session_of,
    sessions_of,
    set_cookie,
    start_session,
)

logger = logging.getLogger(__name__)

FLOW_COOKIE = f"{COOKIE}-login"
LANGUAGES = ("en", "fr")
MAX_LOGOUT_TOKEN = 32 * 2**10
FAILURES = {
    Unavailable: "provider",
    PermissionDenied: "denied",
    Unauthenticated: "answer",
    NotFound: "begun",
    ResourceExhausted: "often",
    FailedPrecondition: "setup",
    InvalidArgument: "setup",
}
"""What the page of the login says, by what went wrong."""


@dataclass(frozen=True)
class Door:
    """Where people log in.

    Attributes:
        provider: None: there is none; sessions come from learning platforms alone.
        url: of the studio as browsers know it, such as "https://studio.example.org/mammoganesis"; no "/" at the end.
        secrets: by which what browsers keep is sealed, newest first.
        lifetimes: of sessions.
    """

    provider: Provider | None
    url: str
    secrets: Sequence[str]
    lifetimes: Lifetimes = field(default_factory=Lifetimes)


class LoginRoutes:
    """The addresses above, but for the page.

    Args:
        renewal: what keeps the provider's tokens with a session.
    """

    def __init__(self, door: Door, renewal: Renewal) -> None:
        self._door, self._renewal = door, renewal
        self._seal = Seal(door.secrets, "login")
        self._attempts = Attempts()

    def routes(self) -> list[Route]:
        """As the application takes them."""
        return [
            Route("/login/start", self.start, methods=["GET"]),
            Route("/login/callback", self.callback, methods=["GET"]),
            Route("/login/ended", self.ended, methods=["POST"]),
            Route("/logout", self.logout, methods=["POST"]),
            Route("/session", session, methods=["GET"]),
        ]

    async def start(self, request: Request) -> Response:
        """GET /login/start"""
        try:
            self._attempts.note(_host_of(request))
            provider = self._provider()
            flow = Flow.new(int(time.time()))
            language = request.query_params.get("lang", "")
            address = authorization_address(
                await provider.discovered(),
                provider.client.id,
                self._callback_address,
                provider.client.scopes,
                flow,
                language if language in LANGUAGES else "",
            )
        except MammoganesisError as error:
            return _failed(request, error)
        answer = RedirectResponse(address, HTTPStatus.SEE_OTHER)
        set_cookie(answer.headers, _flow_cookie(flow.state), self._seal.sealed(flow.to_json()), FLOW_SECONDS)
        return answer

    async def callback(self, request: Request) -> Response:
        """GET /login/callback"""
        state = request.query_params.get("state", "")
        try:
            self._attempts.note(_host_of(request))
            login = await self._login(request, state)
            answer = RedirectResponse("../login", HTTPStatus.SEE_OTHER)
            begun = start_session(request, answer, login.principal, provider_session=login.session)
            self._renewal.keep(answer.headers, begun, login)
            await noted(request, "login", login.principal)
            metrics.count(table.STUDIO_LOGINS, login="done")
        except MammoganesisError as error:
            answer = _failed(request, error)
        if state:  # used, whatever came of it
            set_cookie(answer.headers, _flow_cookie(state), "", 0)
        return answer

    async def logout(self, request: Request) -> Response:
        """POST /logout"""
        session, provider = session_of(request), self._door.provider
        address = ""
        if session and provider and session.principal.issuer == provider.client.issuer:
            try:
                hint, back = self._renewal.id_token(request, session), f"{self._door.url}/login"
                address = logout_address(await provider.discovered(), provider.client.id, back, hint)
            except Unavailable:  # then it ends here alone
                address = ""
        if session:
            await noted(request, "logout", session.principal)
        answer = JSONResponse({"address": address})
        end_session(request, answer)
        set_cookie(answer.headers, GRANT_COOKIE, "", 0)
        return answer

    async def ended(self, request: Request) -> Response:
        """POST /login/ended: the provider's own call, with no session and no browser."""
        form = dict(parse_qsl((await read_bytes(request, MAX_LOGOUT_TOKEN)).decode("ascii", "replace")))
        try:
            session, subject = await self._provider().logged_out(form.get("logout_token", ""))
        except Unauthenticated as error:
            refusal_noted(request, ANONYMOUS, "/login/ended", error)
            raise Refused(400, error.message, "UNAUTHENTICATED") from None
        sessions = sessions_of(request)
        assert sessions is not None
        sessions.end_of_provider(self._provider().client.issuer, session, subject)
        return Response(headers={"cache-control": "no-store"})

    async def _login(self, request: Request, state: str) -> Login:
        provider = self._provider()
        kept = Flow.from_json(self._seal.opened(cookie_of(request, _flow_cookie(state))))
        query = dict(request.query_params)
        if len(query) != len(request.query_params.multi_items()):
            raise Unauthenticated("the answer says something twice")
        code = code_of(await provider.discovered(), query, kept, int(time.time()))
        assert kept is not None
        return await provider.redeemed(code, kept, self._callback_address)

    def _provider(self) -> Provider:
        if self._door.provider is None:
            raise FailedPrecondition("oidc_issuer: no identity provider is set")
        return self._door.provider

    @property
    def _callback_address(self) -> str:
        return f"{self._door.url}/login/callback"


async def session(request: Request) -> Response:
    """GET /session"""
    principal = principal_of(request)
    if principal == ANONYMOUS:
        raise Unauthenticated("session: nobody is logged in")
    who = hashlib.sha256(principal.key.encode()).hexdigest()[:16]
    unmarked = may(principal, Action.TAKE_UNMARKED)
    told = {"name": principal.name, "who": who, "roles": sorted(principal.roles), "unmarked": unmarked}
    return JSONResponse({**told, "pages": {name: sorted(roles) for name, roles in pages().items()}})


def _failed(request: Request, error: MammoganesisError) -> RedirectResponse:
    """Back to the page of the login, which says it in the reader's words."""
    login_refused(request, error)
    kind = next((kind for kind in type(error).__mro__ if kind in FAILURES), Unauthenticated)
    logger.warning("no login: %s", error.message)
    metrics.count(table.STUDIO_LOGINS, login=FAILURES[kind])
    return RedirectResponse(f"../login?failed={FAILURES[kind]}", HTTPStatus.SEE_OTHER)


def _flow_cookie(state: str) -> str:
    """One for each login that has begun: somebody may have begun another in a second window."""
    return f"{FLOW_COOKIE}-{hashlib.sha256(state.encode()).hexdigest()[:12]}"


def _host_of(request: Request) -> str:
    return request.client.host if request.client else ""

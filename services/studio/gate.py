"""Who may have which of the studio's addresses: judged by the one table of roles before anything is done."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mammoganesis.errors import MammoganesisError, PermissionDenied, Unauthenticated
from services.access.permissions import CALLS, RPCS, check_route, check_rpc, pages
from services.access.principals import ANONYMOUS, Principal
from services.observability import metrics, table
from services.studio.failures import for_a_person, refusal
from services.studio.links import CALLS_OF_A_LINK, HEADER, Links
from services.studio.noting import refusal_noted
from services.studio.sessions import principal_of
from services.studio.surroundings import path_of
from services.studio.visitors import VISITOR

MAX_RETURN = 2_000
"""Characters of the address to which somebody comes back after a login."""
_REASONS = {Unauthenticated: "unauthenticated", PermissionDenied: "permission"}  # else what judges links is away


def guarded(routes: Iterable[BaseRoute], denied: Path) -> list[BaseRoute]:
    """The routes, each behind its row of the table.

    Args:
        denied: the page for whoever is known and may not have a page.
    """
    routes = list(routes)
    for route in routes:
        assert isinstance(route, Route | Mount)
        route.app = Guarded(route.app, route.path, denied)
    return routes


class Guarded:
    """What answers at one address, for whoever may have it.

    Args:
        path: of the address, as its route has it.
        denied: as in `guarded`.
    """

    def __init__(self, app: ASGIApp, path: str, denied: Path) -> None:
        self._app, self._path, self._denied = app, path.rstrip("/") or "/", denied

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        # What a browser asks before a call of another site's page has neither cookie nor token.
        if scope["method"] != "OPTIONS":
            try:
                holder = await self._holder_of_a_link(request)
                if holder is not None:
                    await _answered_as(holder, self._app, scope, receive, send)
                    return
                self._check(request)
            except MammoganesisError as error:
                if self._leads_on(request, error):
                    await FileResponse(self._denied, headers={"cache-control": "no-store"})(scope, receive, send)
                    return
                if not (isinstance(error, Unauthenticated) and for_a_person(request)):  # who is led to the login
                    metrics.count(table.STUDIO_REFUSALS, reason=_REASONS.get(type(error), "services"))
                    path = path_of(scope) if self._path == CALLS else self._path
                    refusal_noted(request, principal_of(request), path, error)
                await self._refused(request, error)(scope, receive, send)
                return
        # A page of somebody who has logged in is not shown again by a browser that goes back after the logout.
        kept = not for_a_person(request) or principal_of(request) == ANONYMOUS
        await self._app(scope, receive, send if kept else _not_kept(send))

    async def _holder_of_a_link(self, request: Request) -> Principal | None:
        """Who makes a call that a shared link is enough for."""
        token = request.headers.get(HEADER, "")
        if not token or self._path != CALLS or principal_of(request) != ANONYMOUS:
            return None
        links: Links = request.app.state.links
        return await links.holder(token) if path_of(request.scope) in CALLS_OF_A_LINK else None

    def _check(self, request: Request) -> None:
        principal = principal_of(request)
        if self._path == CALLS:
            if path_of(request.scope) in RPCS:  # what is no call is told so, to everybody
                check_rpc(principal, path_of(request.scope))
        else:
            check_route(principal, "GET" if request.method == "HEAD" else request.method, self._path)

    def _leads_on(self, request: Request, error: MammoganesisError) -> bool:
        """Whether somebody has asked for no page, and there is one for their roles: that is no refusal. The page that
        says what is not for them leads there, unless the address, after its "#", asks for something of the studio."""
        if not isinstance(error, PermissionDenied) or self._path != "/" or not for_a_person(request):
            return False
        return any(principal_of(request).roles & allowed for allowed in pages().values())

    def _refused(self, request: Request, error: MammoganesisError) -> Response:
        if not for_a_person(request):
            return refusal(request.scope, error)
        if isinstance(error, Unauthenticated):
            page, query = path_of(request.scope).lstrip("/"), request.url.query
            back = quote((page + (f"?{query}" if query else ""))[:MAX_RETURN], safe="")
            return RedirectResponse(f"login?to={back}" if back else "login", 303)
        return FileResponse(self._denied, 403)


def _not_kept(send: Send) -> Send:
    async def send_it(message: Message) -> None:
        if message["type"] == "http.response.start":
            others = [item for item in message["headers"] if item[0].lower() != b"cache-control"]
            message["headers"] = [*others, (b"cache-control", b"no-store")]
        await send(message)

    return send_it


async def _answered_as(principal: Principal, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    visitor = VISITOR.set(principal)
    try:
        await app(scope, receive, send)
    finally:
        VISITOR.reset(visitor)

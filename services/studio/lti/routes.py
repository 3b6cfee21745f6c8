"""The addresses below /lti, and what runs beside them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mammoganesis.errors import FailedPrecondition, MammoganesisError, PermissionDenied, Unauthenticated
from services.studio.bodies import HTTP_STATUS, Refused
from services.studio.calls import CallFailed, Edge
from services.studio.lti.enrolment import Enrolment
from services.studio.lti.linking import LaunchPages
from services.studio.lti.logins import Logins
from services.studio.lti.page import LtiPage
from services.studio.lti.platforms import PlatformClient
from services.studio.lti.sender import Sender
from services.studio.lti.tool import LtiSettings, Tool
from services.studio.noting import login_refused
from services.wire.statuses import status_of

PROVEN_OTHERWISE = ("/lti/login", "/lti/launch", "/lti/return")
"""Other sites' pages and plain forms post here: a state, a signed token or a launch's secret proves what they bring."""
Handler = Callable[[Request], Awaitable[Response]]


class Lti:
    """The studio as a tool of learning platforms, or as none.

    Args:
        settings: None: it is none; every address says so.
        file: the built page.
        frame_ancestors: whose pages may show it.
    """

    def __init__(self, settings: LtiSettings | None, file: Path, frame_ancestors: tuple[str, ...]) -> None:
        self._settings = settings
        self._page = LtiPage(file, frame_ancestors)

    @asynccontextmanager
    async def running(self, edge: Edge) -> AsyncIterator[None]:
        """While the studio runs.

        Raises:
            InvalidArgument: the tool's keys cannot be read.
        """
        if self._settings is None:
            yield
            return
        self._tool = Tool(self._settings, edge)
        _ = self._tool.keys
        client = PlatformClient(self._tool)
        self._logins = Logins(self._tool, client, self._page)
        self._pages = LaunchPages(self._tool, client, self._page)
        self._enrolment = Enrolment(self._tool, client, self._page)
        sending = asyncio.create_task(Sender(self._tool, client).run())
        try:
            yield
        finally:
            sending.cancel()
            with suppress(asyncio.CancelledError):
                await sending
            await client.close()

    def routes(self) -> list[Route]:
        """All of them; /lti/{id} is what platforms call a resource, and nothing is there."""
        return [
            Route("/lti", self._plain),
            Route("/lti/login", self._shown(lambda request: self._logins.login(request)), methods=["GET", "POST"]),
            Route("/lti/launch", self._shown(lambda request: self._logins.launch(request)), methods=["POST"]),
            Route("/lti/register", self._shown(lambda request: self._enrolment.register(request))),
            Route("/lti/return", self._shown(lambda request: self._pages.back(request)), methods=["POST"]),
            Route("/lti/jwks", self._json(self._jwks)),
            Route("/lti/tool", self._addresses),
            Route("/lti/resources", self._json(lambda request: self._pages.resources(request)), methods=["POST"]),
            Route("/lti/standings", self._json(lambda request: self._pages.standings(request)), methods=["POST"]),
        ]

    async def _plain(self, request: Request) -> Response:
        return self._page.plain()

    async def _jwks(self, request: Request) -> Response:
        return JSONResponse(self._tool.keys.published(), headers={"cache-control": "max-age=300"})

    async def _addresses(self, request: Request) -> Response:
        """What a platform is told of this tool, nothing of which is secret; `base` is null where it is none."""
        if self._settings is None:
            return JSONResponse({"base": None})
        base = self._settings.base
        return JSONResponse({"base": base, **{name: f"{base}/lti/{name}" for name in ("login", "launch", "jwks")}})

    def _json(self, handler: Handler) -> Handler:
        """Errors are those of `failures`."""

        async def handle(request: Request) -> Response:
            self._check_on()
            return await handler(request)

        return handle

    def _shown(self, handler: Handler) -> Handler:
        """For browsers on their way: what goes wrong is told by the page."""

        async def handle(request: Request) -> Response:
            wants_json = request.headers.get("content-type", "").startswith("application/json")
            try:
                self._check_on()
                return await handler(request)
            except (MammoganesisError, CallFailed, Refused) as error:
                if isinstance(error, Unauthenticated | PermissionDenied):
                    login_refused(request, error)
                language = getattr(request.state, "language", "")  # of a launch that has come so far as to tell it
                if wants_json and not language:
                    raise
                status, message = _told(error)
                if wants_json:
                    return JSONResponse({"error": {"message": message}, "language": language}, status)
                return self._page.showing("refused", status, message=message, language=language)

        return handle

    def _check_on(self) -> None:
        if self._settings is None:
            raise FailedPrecondition("this studio is no tool of learning platforms (lti_key_file)")


def _told(error: Exception) -> tuple[int, str]:
    """Status and words of an error."""
    if isinstance(error, Refused):
        return error.status, error.message
    code, message = (error.code, error.message) if isinstance(error, CallFailed) else status_of(error)
    return HTTP_STATUS.get(code, 502), message

"""The studio's application."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.studio.bridge import Bridge
from services.studio.curation import Curation

STATIC = Path(__file__).parent / "static"
HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cache-control": "no-cache",
}


class SecurityHeaders:
    """Adds HEADERS to every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                known = {name.lower() for name, _ in message["headers"]}
                added = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
                message["headers"] = [*message["headers"], *(item for item in added if item[0] not in known)]
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)


def create_app(
    edge_address: str,
    *,
    allowed_hosts: Sequence[str] = ("*",),
    max_message_bytes: int = 64 * 2**20,
    bundle: Path | None = None,
    curated_bundles: Path | None = None,
) -> Starlette:
    """The studio in front of one edge.

    Args:
        edge_address: host:port of the edge; need not be up yet.
        allowed_hosts: names under which the page may be asked for; "*" for any.
        max_message_bytes: largest answer taken from the edge.
        bundle: folder of the bundle behind the edge; needed with `curated_bundles`.
        curated_bundles: folder where whoever uses the curation page may write new versions of it; None: nobody may.
    """
    curation = Curation(bundle, curated_bundles)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        app.state.bridge = Bridge(edge_address, max_message_bytes)
        try:
            yield
        finally:
            await app.state.bridge.close()

    async def page(request: Request) -> Response:
        return FileResponse(STATIC / "index.html")

    async def curate(request: Request) -> Response:
        return FileResponse(STATIC / "curate.html")

    async def healthz(request: Request) -> Response:
        """Whether the studio itself is up; the edge has its own health."""
        return PlainTextResponse("ok")

    async def api(request: Request) -> Response:
        try:
            return await request.app.state.bridge.handle(request)
        except ClientDisconnect:
            return Response(status_code=499)  # nobody reads it

    return Starlette(
        routes=[
            Route("/", page),
            Route("/curate", curate),
            Route("/curation", curation.state, methods=["GET"]),
            Route("/curation", curation.write, methods=["POST"]),
            Route("/healthz", healthz),
            Route("/api/{rpc}", api, methods=["POST"]),
            Mount("/static", StaticFiles(directory=STATIC)),
        ],
        middleware=[
            Middleware(SecurityHeaders),
            Middleware(TrustedHostMiddleware, allowed_hosts=list(allowed_hosts), www_redirect=False),
        ],
        lifespan=lifespan,
    )

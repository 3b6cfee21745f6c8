"""The studio's application."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from services.access.permissions import CALLS
from services.studio.calls import PLAIN, Edge, Terms
from services.studio.connect import Connect
from services.studio.curation import Curation
from services.studio.dicom import DicomFiles, servers_of
from services.studio.effects import Effects
from services.studio.failures import Failures, handlers
from services.studio.gate import Guarded, guarded
from services.studio.links import Links
from services.studio.login import Door, LoginRoutes
from services.studio.lti.routes import PROVEN_OTHERWISE, Lti
from services.studio.lti.tool import LtiSettings
from services.studio.measures import Measured
from services.studio.noting import Refusals
from services.studio.origins import called_from
from services.studio.renewal import Renewal
from services.studio.sessions import Sessions, Visits
from services.studio.surroundings import HEALTH, AllowedHosts, BasePath, SecurityHeaders
from services.studio.takeaway import TakeAway
from services.studio.visitors import FromSomewhere

PAGES = Path(__file__).parent / "pages"  # what services/studio/web/build.sh makes
DENIED = PAGES / "denied.html"
MISSING = PAGES / "missing.html"
NAMES = ("audit", "cases", "curate", "jobs", "login", "quiz", "reading", "share", "study", "verify")


@dataclass(frozen=True)
class Place:
    """Where the studio is for those who ask for it.

    Attributes:
        base_path: path under which a reverse proxy shows it, such as "/mammoganesis"; "" for the root.
        allowed_hosts: names under which it may be asked for; "*.name" for all below one, "*" for any.
        allowed_origins: whose pages may make calls, such as "https://lms.example.org"; "https://*.example.org" for all
            below one, "*" for any. Its own pages may in any case.
        frame_ancestors: whose pages may show it in a frame; likewise.
        trusted_proxies: addresses and networks of proxies whose X-Forwarded-For counts; none: nobody's.
        lti: as what learning platforms know it; None: it is no tool of theirs.
    """

    base_path: str = ""
    allowed_hosts: tuple[str, ...] = ("*",)
    allowed_origins: tuple[str, ...] = ()
    frame_ancestors: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ()
    lti: LtiSettings | None = None


@dataclass(frozen=True)
class Limits:
    """Of what goes through the studio, in bytes.

    Attributes:
        max_message_bytes: of one answer of the edge.
        max_request_bytes: of one call.
        max_held_request_bytes: of calls that are held at a time.
    """

    max_message_bytes: int = 64 * 2**20
    max_request_bytes: int = 5 * 2**19
    max_held_request_bytes: int = 2**27


def create_app(
    edge_address: str,
    *,
    terms: Terms = PLAIN,
    place: Place = Place(),
    limits: Limits = Limits(),
    bundle: Path | None = None,
    curated_bundles: Path | None = None,
    dicom_servers: Sequence[str] = (),
    door: Door | None = None,
) -> Starlette:
    """The studio in front of one edge.

    Args:
        edge_address: host:port of the edge; need not be up yet.
        terms: on which the two know each other.
        place: its path and its names.
        limits: of what goes through.
        bundle: folder of the bundle behind the edge; needed with `curated_bundles`.
        curated_bundles: folder where whoever uses the curation page may write new versions of it; None: nobody may.
        dicom_servers: that DICOM files may be sent to, such as "Archive=stow:https://pacs.example.org/dicom-web".
        door: where people log in; None: identity is off, and everybody may everything.

    Raises:
        InvalidArgument: a server is no address.
    """
    servers = servers_of(dicom_servers)
    sessions = Sessions(door.secrets, door.lifetimes) if door else None
    renewal = Renewal(door.provider, sessions, door.secrets) if door and sessions else None
    curation = Curation(bundle, curated_bundles)
    tool = Lti(place.lti, PAGES / "lti.html", place.frame_ancestors)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        edge = Edge(edge_address, limits.max_message_bytes, terms)
        app.state.edge = edge
        app.state.refusals = refusals = Refusals(edge)
        app.state.take_away = TakeAway(edge)
        app.state.effects = Effects(edge)
        app.state.dicom = DicomFiles(edge, servers)
        app.state.links = Links(edge)
        app.state.connect = Connect(edge, limits.max_request_bytes, limits.max_held_request_bytes)
        try:
            async with tool.running(edge):
                yield
        finally:
            await refusals.finish()
            await edge.close()
            if door and door.provider:
                await door.provider.close()

    async def healthz(request: Request) -> Response:
        """Whether the studio itself is up; the edge has its own health."""
        return PlainTextResponse("ok")

    async def effects(request: Request) -> Response:
        return await request.app.state.effects.handle(request)

    async def take_away(request: Request) -> Response:
        return await request.app.state.take_away.handle(request)

    async def dicom(request: Request) -> Response:
        files = request.app.state.dicom
        handlers = {"/dicom": files.names, "/dicom/recipe": files.recipe, "/dicom/send": files.send}
        return await handlers[request.scope["route"].path](request)

    routes = [
        Route("/", _page(PAGES / "index.html")),
        *([] if door else [Route("/login", _first_page)]),
        *(Route(f"/{name}", _page(PAGES / f"{name}.html")) for name in NAMES),
        *(Route(f"/{name}/", _without_slash(name)) for name in NAMES),
        Route("/curation", curation.state, methods=["GET"]),
        Route("/curation", curation.write, methods=["POST"]),
        Route("/curation/effects", effects, methods=["POST"]),
        *tool.routes(),
        Route("/lti/", _without_slash("lti")),
        Route(HEALTH, healthz),
        Route("/dicom", dicom, methods=["GET"]),
        *(Route(f"/dicom/{name}", dicom, methods=["POST"]) for name in ("recipe", "send")),
        Route("/takeaway/{kind}", take_away, methods=["POST"]),
        Mount("/assets", StaticFiles(directory=PAGES / "assets")),
        *(LoginRoutes(door, renewal).routes() if door and renewal else []),
    ]
    # Another site's page reads a refusal too, so what allows it to stands around what refuses.
    calls = Route(CALLS, called_from(place.allowed_origins, Guarded(_Calls(), CALLS, DENIED)))
    app = Starlette(
        routes=[*guarded(routes, DENIED), calls],
        middleware=[
            Middleware(ProxyHeadersMiddleware, trusted_hosts=list(place.trusted_proxies)),
            Middleware(FromSomewhere),
            Middleware(Measured),
            Middleware(SecurityHeaders, frame_ancestors=place.frame_ancestors),
            Middleware(Failures),
            Middleware(AllowedHosts, names=place.allowed_hosts),
            Middleware(BasePath, base=place.base_path),
            Middleware(Visits, sessions=sessions, renewal=renewal, proven_otherwise=PROVEN_OTHERWISE),
        ],
        exception_handlers=handlers(MISSING),
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False  # they name a scheme and a host that a proxy may have changed
    return app


class _Calls:
    """The calls, as an ASGI application that is there before its edge is."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await scope["app"].state.connect(scope, receive, send)


def _page(file: Path) -> Callable[[Request], Awaitable[Response]]:
    async def page(request: Request) -> Response:
        return FileResponse(file)

    return page


async def _first_page(request: Request) -> Response:
    """Where nobody logs in: an old bookmark of the login is no dead end."""
    query = request.scope["query_string"].decode("ascii", "replace")
    return Response(status_code=303, headers={"location": f"./?{query}" if query else "./"})


def _without_slash(name: str) -> Callable[[Request], Awaitable[Response]]:
    """What is addressed from a page is relative to the folder that it lies in."""

    async def redirect(request: Request) -> Response:
        return RedirectResponse(f"../{name}")

    return redirect

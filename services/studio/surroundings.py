"""What stands around the studio's application: where it is, who may ask for it, and what every answer says."""

from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mammoganesis.errors import shown
from services.studio.bodies import error_response

HEALTH = "/healthz"  # says nothing of anybody, and probes ask for it by address
LOOPBACK_NAMES = ("127.0.0.1", "localhost", "[::1]", "::1")

POLICY = "content-security-policy"
HEADERS = {
    POLICY: (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cache-control": "no-cache",
}


def policy(frame_ancestors: Sequence[str], form_action: str = "'none'", base_uri: str = "'none'") -> str:
    """The content security policy: whose pages may show ours in a frame, where forms of ours may go, and where what is
    relative in a page may be said to lead."""
    framing = " ".join(("frame-ancestors", *(frame_ancestors or ["'none'"])))
    own = HEADERS[POLICY].replace("form-action 'none'", f"form-action {form_action}")
    return "; ".join((own.replace("base-uri 'none'", f"base-uri {base_uri}"), framing))


class SecurityHeaders:
    """Adds HEADERS to every answer, and whose pages may show it in a frame.

    Args:
        frame_ancestors: origins as in Content Security Policy; none: nobody's.
    """

    def __init__(self, app: ASGIApp, frame_ancestors: Sequence[str] = ()) -> None:
        self._app = app
        headers = {**HEADERS, POLICY: policy(frame_ancestors)}
        self._headers = [(name.encode(), value.encode()) for name, value in headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                known = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *(item for item in self._headers if item[0] not in known)]
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)


class AllowedHosts:
    """Refuses requests for another host, but for HEALTH: a page that plays DNS tricks would speak to us under its own
    name.

    Args:
        names: host names without ports; "*.name" for all below one, "*" for any.
    """

    def __init__(self, app: ASGIApp, names: Sequence[str]) -> None:
        self._app = app
        self._names = [name.lower() for name in names]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] != HEALTH and not self._allows(host := host_of(scope)):
            text = f"host: {shown(host)} is not allowed; allowed: {', '.join(self._names)} (studio_allowed_hosts)"
            await error_response(400, "INVALID_ARGUMENT", text)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _allows(self, host: str) -> bool:
        return any(
            name in ("*", host) or (name.startswith("*.") and host.endswith(name.removeprefix("*")))
            for name in self._names
        )


class BasePath:
    """The application under a path of a reverse proxy, whether the proxy takes the path away or leaves it.

    Args:
        base: such as "/mammoganesis"; "" for the root.
    """

    def __init__(self, app: ASGIApp, base: str) -> None:
        self._app = app
        self._base = base

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not self._base:
            await self._app(scope, receive, send)
        elif scope["path"] == self._base:
            # Relative addresses need the slash; with the path in front: the proxy's clients see it in any case.
            await RedirectResponse(f"{self._base}/")(scope, receive, send)
        else:
            kept = scope["path"].startswith(f"{self._base}/")
            path = scope["path"] if kept else self._base + scope["path"]
            await self._app({**scope, "root_path": self._base, "path": path}, receive, send)


def path_of(scope: Scope) -> str:
    """The address that is asked for, without what a proxy has put before it."""
    return scope["path"].removeprefix(scope.get("root_path", ""))


def host_of(scope: Scope) -> str:
    """The host that a request asks for, without its port, in small letters; "" for none."""
    host = Headers(scope=scope).get("host", "").lower()
    name, _, port = host.rpartition(":")
    return name if port.isdecimal() and name else host

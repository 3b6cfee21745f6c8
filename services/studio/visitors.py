"""Who the studio answers, and where they are: set by what judges a request, read by what calls the edge for it."""

from __future__ import annotations

import ipaddress
from contextvars import ContextVar

from starlette.types import ASGIApp, Receive, Scope, Send

from services.access.principals import Principal

VISITOR: ContextVar[Principal | None] = ContextVar("visitor", default=None)
"""Of the request that is being answered; None: nobody has said who they are."""

HOST: ContextVar[str] = ContextVar("host", default="")
"""From where it comes, as gRPC names it; "" for what no request has begun."""


class FromSomewhere:
    """The application, which knows from where a request comes."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        before = HOST.set(host_named((scope.get("client") or ("",))[0]))
        try:
            await self._app(scope, receive, send)
        finally:
            HOST.reset(before)


def host_named(address: str) -> str:
    """An IP address as gRPC writes it, "ipv4:10.0.0.7" or "ipv6:%5B2001:db8::1%5D"; "" for what is none."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return ""
    found = getattr(found, "ipv4_mapped", None) or found
    return f"ipv4:{found}" if found.version == 4 else f"ipv6:%5B{found}%5D"

"""What the studio measures of its requests."""

from __future__ import annotations

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.observability import logs, metrics, table, traces

GONE = "gone"
"""The class of a request whose browser did not wait for the answer."""


class Measured:
    """Counts and times every request, by what was asked for and by how it was answered."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._open = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        kind, started, code = _kind(scope["path"]), time.perf_counter(), GONE

        async def sending(message: Message) -> None:
            nonlocal code
            if message["type"] == "http.response.start":
                code = f"{message['status'] // 100}xx"
            await send(message)

        parent = next((value.decode("latin-1") for key, value in scope["headers"] if key == b"traceparent"), None)
        self._count(1)
        try:
            with traces.root(f"studio {kind}", parent) as span:
                logs.speak_of("", traces.trace_id(parent))
                await self._app(scope, receive, sending)
                span.set_attribute("http.response.status", code)
        finally:
            self._count(-1)
            metrics.count(table.STUDIO_REQUESTS, kind=kind, code=code)
            metrics.observe(table.STUDIO_SECONDS, time.perf_counter() - started, kind=kind)

    def _count(self, more: int) -> None:
        self._open += more
        metrics.level(table.STUDIO_OPEN, self._open)


def _kind(path: str) -> str:
    """Of the address, whatever path stands in front of it."""
    if "/mammoganesis.v1." in path:
        return "call"
    if "/assets/" in path:
        return "asset"
    return "page"

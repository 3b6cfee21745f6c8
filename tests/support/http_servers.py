"""ASGI applications on real ports, and a reverse proxy before one."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "upgrade", "content-length"}


@contextmanager
def running_app(app: Any, at: int = 0, **options: Any) -> Iterator[int]:
    """The port of an application in a thread of its own, `at` or a free one; `options` are uvicorn's."""
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", at))
        listening.listen()  # connections wait until the server takes them
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1, **options))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()


@dataclass
class ReverseProxy:
    """A proxy that shows a server under a path, as those before real sites do.

    Attributes:
        port: of the server behind it.
        path: under which it stands, such as "/some/path"; all else is 404.
        strips: whether it takes the path away before it asks.
        host: what it asks for; "" for what it was asked for itself.
        answers: (status, path as the browser asked for it) of all that it has passed on.
    """

    port: int
    path: str
    strips: bool
    host: str = ""
    answers: list[tuple[int, str]] = field(default_factory=list)

    async def handle(self, request: Request) -> Response:
        """Passes one request on."""
        path = request.url.path
        body = await request.body()
        answer = (
            await run_in_threadpool(self._ask, request, path, body) if path.startswith(self.path) else Response("", 404)
        )
        self.answers.append((answer.status_code, path))
        return answer

    def _ask(self, request: Request, path: str, body: bytes) -> Response:
        headers = {name: value for name, value in request.headers.items() if name not in HOP_BY_HOP}
        if self.host:
            headers["host"] = self.host
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            asked = path.removeprefix(self.path) if self.strips else path
            connection.request(request.method, asked or "/", body, headers)
            found = connection.getresponse()
            content = found.read()
        finally:
            connection.close()
        kept = {name: value for name, value in found.getheaders() if name.lower() not in HOP_BY_HOP}
        return Response(content, found.status, kept)

    @contextmanager
    def running(self) -> Iterator[int]:
        """Its port, while it runs."""
        everything = Route("/{path:path}", self.handle, methods=["GET", "POST"])
        with running_app(Starlette(routes=[everything])) as port:
            yield port


@contextmanager
def another_site(page: str) -> Iterator[str]:
    """Origin of a site that has this one page, HTML."""

    async def answer(request: Request) -> Response:
        return HTMLResponse(page)

    with running_app(Starlette(routes=[Route("/", answer)])) as port:
        yield f"http://localhost:{port}"

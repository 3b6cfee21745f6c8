"""How the studio listens: over HTTP, or HTTPS with a certificate that is renewed without a restart."""

from __future__ import annotations

import asyncio
import logging
import ssl
from functools import partial
from socket import socket

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mammoganesis.errors import InvalidArgument
from services.observability.occasionally import Occasionally
from services.process.certificates import ServerCertificate
from services.process.config import Config
from services.process.exposure import is_loopback_host
from services.studio.connections import OPTIONS

logger = logging.getLogger(__name__)

HANDSHAKE_SECONDS = 5.0
"""For a TLS handshake. asyncio takes a minute, and a connection is not counted before its end."""
HSTS = (b"strict-transport-security", b"max-age=31536000")


def serve(app: ASGIApp, config: Config) -> int:
    """Listens until SIGTERM or Ctrl-C; returns the process's exit code.

    Raises:
        InvalidArgument: the files of the certificate are not what they have to be.
    """
    certificate = ServerCertificate.of(config)
    context = certificate and https_context(certificate)
    if context and not is_loopback_host(config.studio_host):  # a browser would remember it for all that listens there
        app = StrictTransport(app)
    server = Server(
        uvicorn.Config(
            app,
            host=config.studio_host,
            port=config.studio_port,
            log_level=config.log_level,
            timeout_graceful_shutdown=5,
            ssl_context_factory=(lambda *_: context) if context else None,
            **OPTIONS,
        )
    )
    server.run()
    return 0 if server.started else 1


def https_context(certificate: ServerCertificate) -> ssl.SSLContext:
    """A context of which each new connection shows the certificate that stands in the files by then."""
    lines = Occasionally()

    def look(connection: ssl.SSLSocket | ssl.SSLObject, name: str | None, context: ssl.SSLContext) -> None:
        """As OpenSSL asks after each client's greeting, also after one that names no server."""
        try:
            if certificate.renewed() is not None:
                logger.info("tls: a renewed certificate is shown from now on")
        except InvalidArgument as error:
            if (more := lines.due("refused")) is not None:
                logger.error("tls: the certificate in use is kept: %s%s", error.message, more)
        connection.context = certificate.shown.context

    asking = certificate.new_context()
    asking.sni_callback = look
    return asking


class Server(uvicorn.Server):
    """uvicorn's, with TLS handshakes that end within HANDSHAKE_SECONDS."""

    async def startup(self, sockets: list[socket] | None = None) -> None:
        """As uvicorn calls it."""
        loop = asyncio.get_running_loop()
        if self.config.is_ssl:
            loop.create_server = partial(loop.create_server, ssl_handshake_timeout=HANDSHAKE_SECONDS)  # type: ignore
        await super().startup(sockets)


class StrictTransport:
    """Adds HSTS (RFC 6797) to every answer: a browser that has come by HTTPS never comes without again."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_header(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], HSTS]
            await send(message)

        await self._app(scope, receive, send_with_header if scope["type"] == "http" else send)

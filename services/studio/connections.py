"""The studio's connections: how many, and how long one may keep others waiting for a request or an answer.

uvicorn's HTTP protocol takes its time for a request that never ends and for a client that does not read; here both are
bounded. `OPTIONS` are uvicorn's, for whoever serves the studio.
"""

from __future__ import annotations

import asyncio
import time
from http import HTTPStatus
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from services.studio.bodies import error_response

MAX_CONNECTIONS = 512
MAX_HEADER_BYTES = 16 * 2**10
REQUEST_SECONDS = 10.0
"""For a request to come whole, from its first byte, or from the beginning of the connection."""
READING_SECONDS = 60.0
"""For a client to take some of an answer."""
IDLE_SECONDS = 5
"""Between an answer and the next request."""


class Connection(H11Protocol):
    """One connection. Of too many the one goes whose request has been coming for longest; where none is coming, the
    new one is refused."""

    _request_limit: asyncio.TimerHandle | None = None
    _request_begun = 0.0  # time.monotonic()
    _reading_limit: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """As asyncio calls it."""
        super().connection_made(transport)
        if len(self.connections) > MAX_CONNECTIONS:
            self._make_room()
        self._watch_request(begun=True)

    def connection_lost(self, exc: Exception | None) -> None:
        """As asyncio calls it."""
        self._request_limit = _cancelled(self._request_limit)
        self._reading_limit = _cancelled(self._reading_limit)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """As asyncio calls it."""
        super().data_received(data)
        self._watch_request(begun=True)

    def on_response_complete(self) -> None:
        """As uvicorn calls it."""
        super().on_response_complete()
        self._watch_request(begun=bool(self.conn.trailing_data[0]))

    def pause_writing(self) -> None:
        """As asyncio calls it where the client takes less than it is sent."""
        super().pause_writing()
        if self._reading_limit is None:
            self._watch_reading()

    def resume_writing(self) -> None:
        """As asyncio calls it where the client has caught up."""
        self._reading_limit = _cancelled(self._reading_limit)
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        """In our words, as everything is that the studio refuses."""
        text = f"request: not HTTP, or with headers of more than {MAX_HEADER_BYTES} bytes"
        self._end(HTTPStatus.BAD_REQUEST, "INVALID_ARGUMENT", text)

    def _watch_request(self, begun: bool) -> None:
        """Starts the time of a request that is coming, and ends that of one that has come."""
        coming = begun and self.conn.their_state in (h11.IDLE, h11.SEND_BODY)
        if not coming:
            self._request_limit = _cancelled(self._request_limit)
        elif self._request_limit is None and not self.transport.is_closing():
            self._request_limit = self.loop.call_later(REQUEST_SECONDS, self._give_up)
            self._request_begun = time.monotonic()  # the loop's own clock has no finer steps than milliseconds

    def _watch_reading(self) -> None:
        unread = self.transport.get_write_buffer_size()

        def check() -> None:
            if self.transport.get_write_buffer_size() < unread:
                self._watch_reading()
            else:
                self.transport.abort()

        self._reading_limit = self.loop.call_later(READING_SECONDS, check)

    def _give_up(self) -> None:
        self._end(HTTPStatus.REQUEST_TIMEOUT, "DEADLINE_EXCEEDED", "request: it has not arrived in time")

    def _make_room(self) -> None:
        others = [item for item in self.connections if isinstance(item, Connection) and item._request_limit]
        oldest = min(others, key=lambda item: item._request_begun, default=None)
        if oldest is not None:
            oldest._give_up()
        else:
            text = f"the studio has {MAX_CONNECTIONS} connections, and takes no more; try again in a moment"
            self._end(HTTPStatus.TOO_MANY_REQUESTS, "RESOURCE_EXHAUSTED", text)

    def _end(self, status: HTTPStatus, name: str, message: str) -> None:
        """Closes the connection, with an answer where none has begun."""
        self._request_limit = _cancelled(self._request_limit)
        if self.transport.is_closing():
            return
        if self.conn.our_state is h11.IDLE:
            answer = error_response(status, name, message)
            headers = [*answer.raw_headers, (b"connection", b"close")]
            for event in (
                h11.Response(status_code=status, headers=headers, reason=status.phrase.encode()),
                h11.Data(data=bytes(answer.body)),
                h11.EndOfMessage(),
            ):
                self.transport.write(self.conn.send(event) or b"")
        self.connections.discard(self)  # what is sent to a client that does not read counts no more
        self.transport.close()


OPTIONS: dict[str, Any] = {
    "http": Connection,
    "ws": "none",
    "h11_max_incomplete_event_size": MAX_HEADER_BYTES,
    "timeout_keep_alive": IDLE_SECONDS,
    "server_header": False,
    "access_log": False,
    "proxy_headers": False,  # the application knows whom to believe
}


def _cancelled(limit: asyncio.TimerHandle | None) -> None:
    if limit is not None:
        limit.cancel()

"""A studio in this process, and plain HTTP requests of it."""

from __future__ import annotations

import http.client
import json
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from services.studio.app import create_app
from services.studio.connections import OPTIONS
from tests.support.http_servers import running_app

JSON = {"content-type": "application/json"}


@contextmanager
def running_studio(edge_address: str, at: int = 0, **settings: Any) -> Iterator[int]:
    """The port of a studio in a thread of its own, `at` or a free one."""
    with running_app(create_app(edge_address, **settings), at, **OPTIONS) as port:
        yield port


class Answer:
    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.all_headers = response.getheaders()
        self.headers = {name.lower(): value for name, value in self.all_headers}
        self.body = response.read()

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> tuple[int, str, str]:
        """Of the studio's own addresses, and of calls, whose code is the protocol's."""
        if "code" in self.json:
            return self.status, self.json["code"].upper(), self.json["message"]
        return self.status, self.json["error"]["status"], self.json["error"]["message"]


def send(port: int, method: str, path: str, body: Any = None, headers: dict[str, str] = JSON) -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request(method, path, body, headers)
        return Answer(connection.getresponse())
    finally:
        connection.close()


def envelopes(body: bytes) -> list[tuple[int, bytes]]:
    """Flags and content of each."""
    found = []
    while body:
        flags, size = struct.unpack(">BI", body[:5])
        assert len(body) >= 5 + size
        found.append((flags, body[5 : 5 + size]))
        body = body[5 + size :]
    return found

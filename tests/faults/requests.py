"""HTTP requests of the studio changed at random, and an application asked without a server.

A request has the address of a route, or one that is none; a method that may be the right one; parameters by the names
that the pages and the protocols use; headers that browsers, proxies and attackers send; a body that is a message of the
RPC, changed along its fields, JSON, a form, or bytes.
"""

from __future__ import annotations

import asyncio
import json
import random
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from google.protobuf import json_format
from google.protobuf.message import Message
from starlette.applications import Starlette
from starlette.routing import Mount, Route

from services.studio.calls import RPCS
from services.studio.takeaway import KINDS
from tests.faults import mutation

SECONDS = 60.0
MOST_MESSAGES = 8
"""Of a stream that are taken; then the client goes away."""
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "X\x7f")
PARAMETERS = (
    *("code", "state", "error", "error_description", "iss", "session_state", "next", "login_hint", "client_id"),
    *("target_link_uri", "lti_message_hint", "lti_deployment_id", "id_token", "openid_configuration"),
    *("registration_token", "launch", "link", "lang", "browser", "logout_token", "failed", "q", "page_token"),
)
KEYS = (
    *("catalogue", "version", "directions", "direction", "recipes", "recipe", "labels", "title", "language", "mark"),
    *("columns", "cell", "milliseconds", "forth_and_back", "server", "view", "side", "seed", "psi", "component_edits"),
    *("index", "sigmas", "name", "evidence", "kind", "id", "chosen", "launch", "link", "truncation", "noise"),
)
TEXTS = (
    *mutation.TEXTS,
    *(
        "https://a.example/",
        "//a.example",
        "/\\a.example",
        "javascript:alert(1)",
        "http://127.0.0.1:1/x",
        "%00",
        "\r\nx: y",
    ),
    *("0" * 43, "eyJhbGciOiJub25lIn0.e30.", "a.b.c", "1.0.0", "../../etc/passwd", "en-GB;q=2", "\ud800"),
)
TYPES = ("application/json", "application/proto", "application/connect+json", "application/connect+proto")
OTHER_TYPES = (
    *("application/grpc-web+proto", "application/grpc-web", "text/plain", "application/x-www-form-urlencoded", ""),
    *("multipart/form-data; boundary=x", "application/json; charset=utf-16", "a/b; c", "application/jwt"),
)
HEADERS: Mapping[str, Sequence[str]] = {
    "accept": ("text/html", "*/*", "application/json;q=0", ",;"),
    "accept-language": ("fr", "de,en;q=0.1", ";;;", "x" * 300),
    "accept-encoding": ("gzip", "identity;q=0", "br, *"),
    "origin": ("http://localhost", "https://a.example", "null", "://"),
    "referer": ("http://localhost/", "x"),
    "sec-fetch-site": ("same-origin", "cross-site", "none", "?"),
    "authorization": ("Bearer a.b.c", "Bearer", "Basic Og==", "Bearer " + "a" * 9000),
    "connect-protocol-version": ("1", "2", ""),
    "connect-timeout-ms": ("1", "0", "-1", "99999999999", "a"),
    "grpc-timeout": ("1S", "9x", ""),
    "content-encoding": ("gzip", "identity", "br"),
    "content-length": ("0", "-1", "99999999999", "a"),
    "if-none-match": ("*", '"a"', "W/"),
    "if-modified-since": ("x", "Thu, 01 Jan 1970 00:00:00 GMT"),
    "range": ("bytes=0-1", "bytes=5-1,0-", "bytes=-", "x=1"),
    "x-forwarded-host": ("a.example",),
    "x-forwarded-proto": ("https", "x"),
    "x-forwarded-prefix": ("/a", "//"),
    "x-request-id": ("a", "é", "a" * 3000),
    "traceparent": ("00-" + "a" * 32 + "-" + "b" * 16 + "-01", "x"),
    "x-priority": ("background", "x"),
    "x-max-message-bytes": ("1", "a"),
}


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: str
    headers: Sequence[tuple[str, str]]
    body: bytes

    def __str__(self) -> str:
        return f"{self.method} {self.path}?{self.query} {dict(self.headers)} {self.body[:200]!r}"


def addresses(app: Starlette) -> list[tuple[str, Sequence[str]]]:
    """Paths and methods of all routes of an application, and of all RPCs."""
    found = [(path, ("POST",)) for path in sorted(RPCS)]
    for route in app.routes:
        if isinstance(route, Route) and route.path not in RPCS and "{rpc" not in route.path:
            found.append((route.path, sorted(route.methods or METHODS)))
        elif isinstance(route, Mount):
            found.append((f"{route.path}/x", ("GET",)))
    return found


def drawn(
    rng: random.Random, where: Sequence[tuple[str, Sequence[str]]], seeds: Mapping[str, Sequence[Message]], known: Any
) -> Request:
    """One request.

    Args:
        where: of `addresses`.
        seeds: requests of RPCs to begin with, by path.
        known: headers that a browser with a session sends; brought by most.
    """
    path, methods = rng.choice(where)
    method = rng.choice(methods) if rng.random() < 0.9 else rng.choice(METHODS)
    content_type, body = _body(rng, path, seeds)
    headers = [("host", "localhost" if rng.random() < 0.9 else rng.choice(("a.example", "", "a:b")))]
    headers += [("content-type", content_type)] if content_type else []
    headers += list(known) if known and rng.random() < 0.8 else [("cookie", f"__Host-mammoganesis={_text(rng)}")]
    names = rng.sample(sorted(HEADERS), min(len(HEADERS), int(rng.expovariate(0.6))))
    headers += [(name, rng.choice(HEADERS[name])) for name in names]
    return Request(method, _address(rng, path), _query(rng), headers, body)


def _address(rng: random.Random, path: str) -> str:
    path = path.replace("{kind}", rng.choice((*KINDS, "x")))
    if rng.random() < 0.9:
        return path
    return rng.choice(
        (path + "/", path + "/..", "/" + path, path[:-1], path + quote(_text(rng), errors="replace"), "/x")
    )


def _text(rng: random.Random) -> str:
    return rng.choice(TEXTS)


def _query(rng: random.Random) -> str:
    names = rng.choices(PARAMETERS, k=min(6, int(rng.expovariate(0.5))))
    pairs = [(name, _text(rng).encode("utf-8", "replace")) for name in names]
    return urlencode(pairs) if rng.random() < 0.95 else "%zz&&=&a"


def _body(rng: random.Random, path: str, seeds: Mapping[str, Sequence[Message]]) -> tuple[str, bytes]:
    kind = rng.random()
    if kind < 0.05:
        return rng.choice((*TYPES, *OTHER_TYPES)), rng.choice((*mutation.BYTES, b"{", b"[" * 5000, b'{"\\ud800": 1}'))
    if path in RPCS and kind < 0.85:
        return _message(rng, path, rng.choice(seeds[path]))
    if kind < 0.5:
        return "application/x-www-form-urlencoded", _query(rng).encode()
    return rng.choice((TYPES[0], TYPES[0], *OTHER_TYPES)), json.dumps(_value(rng, 0)).encode()


def _message(rng: random.Random, path: str, seed: Message) -> tuple[str, bytes]:
    """A call, as the Connect protocol has it."""
    data = mutation.body(seed, rng)
    as_json = rng.random() < 0.6
    if as_json:
        changed = type(seed)()
        try:
            changed.ParseFromString(data)
            text = json_format.MessageToJson(changed, ensure_ascii=False)
        except Exception:  # what is no message any more, or has no form in JSON
            text = json.dumps(_value(rng, 0))
        data = text.encode("utf-8", "replace")
    if not RPCS[path].streams:
        return f"application/{'json' if as_json else 'proto'}", data
    enveloped = struct.pack(">BI", rng.choice((0, 0, 0, 0, 1, 2)), len(data)) + data
    return f"application/connect+{'json' if as_json else 'proto'}", enveloped


def _value(rng: random.Random, depth: int) -> Any:
    kind = rng.random()
    if (depth < 5 and kind < 0.5 - 0.05 * depth) or depth == 0:
        if rng.random() < 0.75:
            return {rng.choice(KEYS): _value(rng, depth + 1) for _ in range(rng.randrange(5))}
        return [_value(rng, depth + 1) for _ in range(rng.randrange(4))]
    if kind < 0.7:
        return _text(rng)
    return rng.choice((None, True, False, rng.choice(mutation.INTEGERS), rng.choice(mutation.FLOATS), -1))


async def asked(app: Starlette, request: Request) -> tuple[int, bytes]:
    """Status and body of the answer; of a stream its beginning. Raises what leaves the application."""
    given = [{"type": "http.request", "body": request.body, "more_body": False}]
    sent: list[Any] = []
    enough = asyncio.Event()

    async def receive() -> Any:
        if given:
            return given.pop()
        await enough.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)
        if len(sent) > MOST_MESSAGES:
            enough.set()
            raise OSError("the client has gone")  # as servers tell it

    headers = [(name.encode(), value.encode("utf-8", "replace")) for name, value in request.headers]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "scheme": "http",
        "root_path": "",
        "method": request.method,
        "path": request.path,
        "raw_path": quote(request.path).encode(),
        "query_string": request.query.encode(),
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "extensions": {},
    }
    try:
        async with asyncio.timeout(SECONDS):
            await app(scope, receive, send)
    except OSError:
        if not enough.is_set():
            raise
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])

"""HTTP requests changed at random at every address of the studio (pages, logins, learning platforms, files, curation,
all RPCs by the Connect protocol): no 500, no traceback, nothing that hangs.

Two studios in this process: one that everybody may use, with curation, before a real edge with servicers and records;
one with a login, sealed sessions of somebody who has every role, and no edge, of which most of the requests are asked.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders

from services.access.fetching import new_client
from services.access.principals import Principal, Role
from services.access.provider import Client, Provider
from services.access.sessions import Session
from services.access.shared_secrets import SharedSecret
from services.process.config import Config
from services.studio.app import Place, create_app
from services.studio.calls import RPCS
from services.studio.login import Door
from services.studio.lti.tool import LtiSettings
from services.studio.sessions import COOKIE, TOKEN, Sessions
from tests.faults.pieces import Finding
from tests.faults.pieces.fuzz import methods, seeds
from tests.faults.requests import addresses, asked, drawn
from tests.support.lti_tokens import Signer
from tests.support.recorded import recorded
from tests.support.serving import TINY

NOWHERE = "127.0.0.1:1"
SECRET = "a-secret-of-the-tests-" + 20 * "1"
BASE = "http://localhost"
FAILURES = frozenset({500, 502})
"""What says that something went wrong here. 503 and 504 say that there is no edge, or none in time; 501 is the Connect
protocol's word for a compression that is not known."""
SESSION_REQUESTS = 25
WORDS = (b"Traceback", b"site-packages", b'File \\"/')


class Tracebacks(logging.Handler):
    """Keeps what is logged with a traceback, or as an error."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.seen: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.seen.append(self.format(record)[-600:])


@contextmanager
def watched() -> Iterator[Tracebacks]:
    """The logs of the whole process."""
    handler, root = Tracebacks(), logging.getLogger()
    root.addHandler(handler)
    try:
        yield handler
    finally:
        root.removeHandler(handler)


def guarded(folder: Path) -> Starlette:
    """A studio with a login and learning platforms, and without an edge."""
    key = folder / "lti.pem"
    key.write_text(Signer("tool").pem)
    provider = Provider(Client("http://127.0.0.1:1", "client", lambda: "secret"), new_client())
    secret = SharedSecret.of(Config(studio_secret=SECRET), "studio_secret")
    place = Place(allowed_hosts=("localhost",), lti=LtiSettings(BASE, key, secret), frame_ancestors=("https://*",))
    return create_app(NOWHERE, place=place, door=Door(provider, BASE, [SECRET]))


def logged_in() -> list[tuple[str, str]]:
    """Headers of a new session of somebody."""
    session = Session.begin(Principal("http://127.0.0.1:1", "somebody", frozenset(Role)), int(time.time()))
    headers = MutableHeaders()
    Sessions([SECRET]).keep(headers, session)
    cookie = next(value for value in headers.getlist("set-cookie") if value.startswith(f"{COOKIE}=")).split(";")[0]
    return [("cookie", cookie), (TOKEN, session.token), ("origin", BASE)]


def known_requests() -> dict[str, Sequence[Any]]:
    """Requests of every RPC to begin with."""
    drawing = {f"/mammoganesis.v1.{service}/{method.name}": seeds(service, method) for service, method in methods()}
    return {path: drawing.get(path) or [rpc.request()] for path, rpc in RPCS.items()}


async def fuzzed(
    app: Starlette, session: Callable[[], list[tuple[str, str]]], count: int, seed: int
) -> tuple[Counter[int], list[str]]:
    """How often each status came, and what must not; `session`: headers that begin one, which requests may end."""
    rng, statuses, bad = random.Random(seed), Counter[int](), list[str]()
    where, begin = addresses(app), known_requests()
    async with app.router.lifespan_context(app):
        for number in range(count):
            if number % SESSION_REQUESTS == 0:
                known = session()
            request = drawn(rng, where, begin, known)
            try:
                status, body = await asked(app, request)
            except Exception as error:
                bad.append(f"{error!r} left the application: {request}")
                continue
            statuses[int(status)] += 1
            if status in FAILURES or any(word in body for word in WORDS):
                bad.append(f"{status} {body[:300]!r}: {request}")
    return statuses, bad


def prove(folder: Path, requests: int = 100_000, edge_requests: int = 5_000, seed: int = 1) -> Finding:
    """As the module says; `edge_requests`: of the studio that has an edge."""
    start = time.monotonic()
    with watched() as logged:
        alone, bad = asyncio.run(fuzzed(guarded(folder), logged_in, requests, seed))
        bundles = folder / "bundles"
        bundles.mkdir(exist_ok=True)
        drawing = {"max_images_per_call": 4, "max_images_per_stream": 100}
        with recorded(folder / "records", drawing=drawing) as running:
            dicom = (f"archive=stow:http://{NOWHERE}/dicom-web",)
            app = create_app(running.address, bundle=TINY, curated_bundles=bundles, dicom_servers=dicom)
            through, bad_through = asyncio.run(fuzzed(app, list, edge_requests, seed + 1))
            if running.process.poll() is not None:
                bad_through.append("records has ended")
    told = {
        "requests of a studio with a login and without an edge": sum(alone.values()),
        "their statuses": dict(sorted(alone.items())),
        "requests of one before an edge": sum(through.values()),
        "statuses of these": dict(sorted(through.items())),
        "addresses": len(addresses(app)),
        "seconds": round(time.monotonic() - start),
    }
    wrong = bad + bad_through + [f"logged: {each}" for each in logged.seen]
    return Finding(f"{requests} HTTP requests changed at random", told, wrong[:20])

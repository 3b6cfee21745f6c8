"""What the edge makes of a call's metadata: request id, deadline, and what it passes on."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence

REQUEST_ID = "x-request-id"
DEADLINE_MILLISECONDS = "x-deadline-milliseconds"
EDGE_SECRET = "x-mammoganesis-edge-secret"
Metadata = Sequence[tuple[str, str | bytes]]

_SANE_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_PASSED_ON = frozenset({"traceparent", "tracestate"})


def request_id(metadata: Metadata) -> str:
    """The client's `x-request-id` where it is 1 to 64 of letters, digits, ".", "_" and "-"; otherwise a new one."""
    for key, value in metadata:
        if key == REQUEST_ID and isinstance(value, str) and _SANE_REQUEST_ID.fullmatch(value):
            return value
    return uuid.uuid4().hex


def deadline_seconds(client_seconds: float | None, default: float, maximum: float) -> float:
    """Seconds that the call may take: the client's own deadline, cut to `maximum`, or `default` where it set none."""
    if client_seconds is None:
        return default
    return max(0.0, min(client_seconds, maximum))


def backend_metadata(
    metadata: Metadata, application: str, request_id: str, seconds: float, secret: str | None
) -> list[tuple[str, str | bytes]]:
    """Metadata of the call to Ray Serve. Of the client's own only the trace context goes on: everything else that
    Serve or the services understand (application, secret, session, model) is ours to say."""
    passed_on = [(key, value) for key, value in metadata if key in _PASSED_ON]
    ours: list[tuple[str, str | bytes]] = [
        ("application", application),
        (REQUEST_ID, request_id),
        (DEADLINE_MILLISECONDS, str(int(seconds * 1000))),
    ]
    if secret is not None:
        ours.append((EDGE_SECRET, secret))
    return passed_on + ours

"""What the edge makes of a call's metadata: request id, deadline, sizes, and what it passes on."""

from __future__ import annotations

import hmac
import re
import uuid
from collections.abc import Sequence

from mammoganesis.errors import InvalidArgument

APPLICATION = "application"
"""By which Ray Serve finds the application of a call."""
REQUEST_ID = "x-request-id"
DEADLINE_MILLISECONDS = "x-deadline-milliseconds"
EDGE_SECRET = "x-mammoganesis-edge-secret"
PRINCIPAL = "x-mammoganesis-principal"
"""Who a call is made for, beside the secret: as `services.access.principals.Principal.to_metadata` writes it."""
REPLICA_SOCKET = "x-mammoganesis-socket"
"""Beside a replica's answer to a health check: where it takes calls of this machine."""
REGISTRATION = "x-mammoganesis-registration"
UNREGISTERED = "none"
"""What our own services draw to compare it, or before somebody is asked about it, is not handed out."""
COUNTED = "x-mammoganesis-counted"
"""Which quotas of the principal images count in that one of our own services asks for, by the names of quotas; without
it none."""
MAX_MESSAGE_BYTES = "x-max-message-bytes"
PRIORITY = "x-priority"
BACKGROUND = "background"
MAX_METADATA_BYTES = 16 * 2**10
"""Of one request, as HTTP/2 counts them: names, values, and 32 bytes for each pair."""
DEFAULT_MESSAGE_BYTES = 4 * 2**20
"""What a gRPC client takes, in most languages, unless it is told otherwise."""
Metadata = Sequence[tuple[str, str | bytes]]

_SANE_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_BYTES = re.compile(r"[1-9][0-9]{0,18}")
_PASSED_ON = frozenset({"traceparent", "tracestate"})
_MAX_PASSED_ON = 2048  # characters; W3C asks for 512 of tracestate, and Serve takes less metadata than the edge


def request_id(metadata: Metadata) -> str:
    """The client's `x-request-id` where it is 1 to 64 of letters, digits, ".", "_" and "-"; otherwise a new one."""
    for key, value in metadata:
        if key == REQUEST_ID and isinstance(value, str) and _SANE_REQUEST_ID.fullmatch(value):
            return value
    return uuid.uuid4().hex


def check_metadata_size(metadata: Metadata) -> None:
    """Raises InvalidArgument for more than MAX_METADATA_BYTES."""
    size = sum(len(key) + len(value) + 32 for key, value in metadata)
    if size > MAX_METADATA_BYTES:
        allowed = f"{MAX_METADATA_BYTES} bytes of names and values, and 32 more for each pair"
        raise InvalidArgument("metadata", size, allowed)


def taking(max_message_bytes: int) -> tuple[tuple[str, str], ...]:
    """Metadata by which a client says how large an answer it takes; -1 for any."""
    return ((MAX_MESSAGE_BYTES, str(max_message_bytes if max_message_bytes >= 0 else 2**31 - 1)),)


def message_bytes_taken(metadata: Metadata) -> int:
    """How large an answer the client takes: what it says by `taking`, else `DEFAULT_MESSAGE_BYTES`.

    Raises:
      InvalidArgument: it says something else.
    """
    for key, value in metadata:
        if key == MAX_MESSAGE_BYTES:
            if not (isinstance(value, str) and _BYTES.fullmatch(value)):
                raise InvalidArgument(MAX_MESSAGE_BYTES, value, "an integer, 1 or more, in bytes")
            return int(value)
    return DEFAULT_MESSAGE_BYTES


def waiting() -> tuple[tuple[str, str], ...]:
    """Metadata by which a client says that its images can wait until nobody else's do."""
    return ((PRIORITY, BACKGROUND),)


def in_background(metadata: Metadata) -> bool:
    """Whether a client says so by `waiting`.

    Raises:
      InvalidArgument: it says something else.
    """
    for key, value in metadata:
        if key == PRIORITY:
            if value != BACKGROUND:
                raise InvalidArgument(PRIORITY, value, f"{BACKGROUND}, or left out")
            return True
    return False


def brings_secret(metadata: Metadata, secrets: Sequence[str]) -> bool:
    """Whether a call brings one of the secrets that edge and services share; in constant time."""
    found = [value for key, value in metadata if key == EDGE_SECRET]
    if not found:
        return False
    brought = found[0] if isinstance(found[0], bytes) else found[0].encode()
    return any(hmac.compare_digest(brought, secret.encode()) for secret in secrets)


def unregistered(metadata: Metadata) -> bool:
    """Whether a call asks that its images are not registered; only our own services are granted it."""
    return any(key == REGISTRATION and value == UNREGISTERED for key, value in metadata)


def counted(metadata: Metadata) -> frozenset[str]:
    """The quotas that a call is to be counted in; only our own services are asked."""
    return frozenset(name for key, value in metadata if key == COUNTED for name in str(value).split())


def deadline_seconds(client_seconds: float | None, default: float, maximum: float) -> float:
    """Seconds that the call may take: the client's own deadline, cut to `maximum`, or `default` where it set none."""
    if client_seconds is None:
        return default
    return max(0.0, min(client_seconds, maximum))


def backend_metadata(
    metadata: Metadata, application: str, request_id: str, seconds: float, secret: str | None
) -> list[tuple[str, str | bytes]]:
    """Metadata of the call to Ray Serve. Of the client's own only the trace context goes on, unless it is very
    long: everything else that Serve or the services understand (application, secret, session, model) is ours to say."""
    passed_on = [(key, value) for key, value in metadata if key in _PASSED_ON]
    if sum(len(value) for _, value in passed_on) > _MAX_PASSED_ON:
        passed_on = []
    ours: list[tuple[str, str | bytes]] = [
        (APPLICATION, application),
        (REQUEST_ID, request_id),
        (DEADLINE_MILLISECONDS, str(int(seconds * 1000))),
    ]
    if secret is not None:
        ours.append((EDGE_SECRET, secret))
    if in_background(metadata):
        ours.append((PRIORITY, BACKGROUND))
    return passed_on + ours

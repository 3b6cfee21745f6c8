"""Who calls a service, and what its servicer may know of the call: our edge, by the secret that both have."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import replace

from mammoganesis.errors import FailedPrecondition, InvalidArgument, Unauthenticated
from services.access.principals import Principal
from services.process.config import Config, variable
from services.rendering.calls import CallContext
from services.wire.metadata import (
    DEADLINE_MILLISECONDS,
    EDGE_SECRET,
    PRINCIPAL,
    REQUEST_ID,
    in_background,
    message_bytes_taken,
)

NOT_THE_EDGE = "this port is for the edge alone; call the edge instead"


def shared_secret(config: Config) -> bytes:
    """What the edge has to bring. Raises FailedPrecondition where none is set."""
    if config.edge_secret is None:
        raise FailedPrecondition(f"{variable('edge_secret')} is not set: the services would answer anybody")
    return config.edge_secret.encode()


def is_from_edge(metadata: Mapping[str, str | bytes], secret: bytes) -> bool:
    """Whether a call brings the secret that edge and services share; in constant time."""
    found = metadata.get(EDGE_SECRET, "")
    return hmac.compare_digest(found if isinstance(found, bytes) else found.encode(), secret)


def admit(metadata: Mapping[str, str | bytes], secret: bytes) -> CallContext:
    """The call's context.

    Raises:
      Unauthenticated: the call does not come from our edge.
    """
    if not is_from_edge(metadata, secret):
        raise Unauthenticated(NOT_THE_EDGE)
    text = metadata.get(DEADLINE_MILLISECONDS)
    try:
        seconds = None if text is None else int(text) / 1000
    except ValueError:
        raise InvalidArgument(DEADLINE_MILLISECONDS, text, "an integer, 0 or more, in milliseconds") from None
    pairs = tuple(metadata.items())
    request_id, taken = str(metadata.get(REQUEST_ID, "")), message_bytes_taken(pairs)
    call = CallContext.with_timeout(request_id, seconds, taken, in_background(pairs))
    return replace(call, principal=Principal.from_metadata(str(metadata[PRINCIPAL]))) if PRINCIPAL in metadata else call

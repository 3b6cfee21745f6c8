"""Who calls a service, and what its servicer may know of the call: our edge, by the secret that both have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from mammoganesis.errors import InvalidArgument, Unauthenticated
from services.access.principals import Principal
from services.access.shared_secrets import SharedSecret
from services.process.config import Config
from services.rendering.calls import CallContext
from services.wire.metadata import (
    DEADLINE_MILLISECONDS,
    PRINCIPAL,
    REQUEST_ID,
    brings_secret,
    in_background,
    message_bytes_taken,
)

NOT_THE_EDGE = "this port is for the edge alone; call the edge instead"


def shared_secret(config: Config) -> SharedSecret:
    """What the edge has to bring. Raises FailedPrecondition where none is set, InvalidArgument as SharedSecret.of."""
    return SharedSecret.of(config, "edge_secret").needed("edge_secret")


def admit(metadata: Mapping[str, str | bytes], secrets: Sequence[str]) -> CallContext:
    """The call's context; `secrets`: of which the edge brings one.

    Raises:
      Unauthenticated: the call does not come from our edge.
    """
    pairs = tuple(metadata.items())
    if not brings_secret(pairs, secrets):
        raise Unauthenticated(NOT_THE_EDGE)
    text = metadata.get(DEADLINE_MILLISECONDS)
    try:
        seconds = None if text is None else int(text) / 1000
    except ValueError:
        raise InvalidArgument(DEADLINE_MILLISECONDS, text, "an integer, 0 or more, in milliseconds") from None
    request_id, taken = str(metadata.get(REQUEST_ID, "")), message_bytes_taken(pairs)
    call = CallContext.with_timeout(request_id, seconds, taken, in_background(pairs))
    return replace(call, principal=Principal.from_metadata(str(metadata[PRINCIPAL]))) if PRINCIPAL in metadata else call

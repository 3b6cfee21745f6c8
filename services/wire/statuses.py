"""The one table of errors and gRPC status codes, read both ways.

Everything that is no error of ours is INTERNAL, and its text names nothing but an error id that stands in the log too.
"""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Mapping
from types import MappingProxyType

import grpc

from mammoganesis.errors import (
    Aborted,
    DeadlineExceeded,
    FailedPrecondition,
    InvalidArgument,
    MammoganesisError,
    NotFound,
    PermissionDenied,
    ResourceExhausted,
    TooNear,
    Unauthenticated,
    Unavailable,
)

logger = logging.getLogger(__name__)

MAX_MESSAGE_CHARACTERS = 1000  # gRPC carries the message in a header, and headers are limited

STATUS_CODES: Mapping[type[BaseException], grpc.StatusCode] = MappingProxyType(
    {
        InvalidArgument: grpc.StatusCode.INVALID_ARGUMENT,
        NotFound: grpc.StatusCode.NOT_FOUND,
        Aborted: grpc.StatusCode.ABORTED,
        FailedPrecondition: grpc.StatusCode.FAILED_PRECONDITION,
        ResourceExhausted: grpc.StatusCode.RESOURCE_EXHAUSTED,
        DeadlineExceeded: grpc.StatusCode.DEADLINE_EXCEEDED,
        Unavailable: grpc.StatusCode.UNAVAILABLE,
        Unauthenticated: grpc.StatusCode.UNAUTHENTICATED,
        PermissionDenied: grpc.StatusCode.PERMISSION_DENIED,
    }
)


def status_of(error: BaseException) -> tuple[grpc.StatusCode, str]:
    """Status and message that a caller gets for `error`.

    An error that is not ours (a bug, a library's exception) is INTERNAL with an error id; the log has the id and the
    traceback, the caller only the id.
    """
    if isinstance(error, MammoganesisError):
        for kind in type(error).__mro__:
            if kind in STATUS_CODES:
                # Not str(error): a wrapper that adds a remote traceback would show it there.
                return STATUS_CODES[kind], error.message[:MAX_MESSAGE_CHARACTERS]
    error_id = secrets.token_hex(8)
    logger.error("internal error %s", error_id, exc_info=(type(error), error, error.__traceback__))
    return grpc.StatusCode.INTERNAL, f"internal error {error_id}; the service's log has the details under this id"


_KINDS = {code: kind for kind, code in STATUS_CODES.items() if issubclass(kind, MammoganesisError)}
_LATENT_ID = re.compile(r"lat_[0-9a-f]{32}")
_INVALID_ARGUMENT = re.compile(r"(?P<field>[^:]+): .* is not allowed; allowed: (?P<allowed>.*)", re.DOTALL)


def error_of(code: grpc.StatusCode, message: str | None) -> MammoganesisError:
    """The error of `mammoganesis.errors` that `services.wire.statuses.status_of` made this status from.

    Statuses that no error of ours stands for (INTERNAL, UNIMPLEMENTED...) give a plain MammoganesisError that names
    the status.
    """
    message = message or "no message"
    kind = _KINDS.get(code)
    if kind is None:
        return MammoganesisError(f"{code.name}: {message}")
    # Around the constructors: InvalidArgument's makes the message from parts, and here the message is what there is.
    if kind is FailedPrecondition and TooNear.REASON in message:
        kind = TooNear
    error = kind.__new__(kind)
    MammoganesisError.__init__(error, message)
    if isinstance(error, TooNear):
        error.images = tuple(_LATENT_ID.findall(message))
    if isinstance(error, InvalidArgument):
        parts = _INVALID_ARGUMENT.fullmatch(message)
        error.field = parts["field"] if parts else ""
        error.allowed = parts["allowed"] if parts else ""
    return error

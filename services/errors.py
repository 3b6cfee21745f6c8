"""Errors of the services and their one table to gRPC status codes.

    MammoganesisError
    |-- InvalidArgument      a field of a request or a setting is outside what is allowed     INVALID_ARGUMENT
    |-- NotFound             a latent id has left the cache                                   NOT_FOUND
    |-- FailedPrecondition   the bundle cannot do what is asked for                           FAILED_PRECONDITION
    |   `-- BundleError      the bundle is missing, damaged or of another format              FAILED_PRECONDITION
    |-- ResourceExhausted    a queue, a quota or a size limit is full                         RESOURCE_EXHAUSTED
    |-- DeadlineExceeded     the caller's time is over                                        DEADLINE_EXCEEDED
    |-- Unavailable          a part is starting, stopping or has died: try again              UNAVAILABLE
    `-- Unauthenticated      the call does not carry the secret or token that it needs        UNAUTHENTICATED

Everything else is INTERNAL, and its text names nothing but an error id that stands in the log too.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import grpc

logger = logging.getLogger(__name__)

MAX_VALUE_CHARACTERS = 80  # of a value shown in a message
MAX_MESSAGE_CHARACTERS = 1000  # gRPC carries the message in a header, and headers are limited


def shown(value: object) -> str:
    """`value` as it may stand in a message: printable ASCII on one line (as `ascii` writes it), at most
    MAX_VALUE_CHARACTERS long, and "nothing" for None."""
    if value is None:
        return "nothing"
    if isinstance(value, (str, bytes)):
        value = value[: MAX_VALUE_CHARACTERS + 1]  # a megabyte of text is cut before it is escaped, not after
    text = ascii(value)
    return text if len(text) <= MAX_VALUE_CHARACTERS else text[: MAX_VALUE_CHARACTERS - 3] + "..."


class MammoganesisError(Exception):
    """Base of all errors that a caller may see. `message` is safe to send: it holds no secret, path or traceback."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    def __reduce__(self) -> tuple[object, ...]:
        # Errors travel between processes as pickles; subclasses differ in their constructors.
        return _restore, (type(self), self.args, dict(self.__dict__))


def _restore(kind: type[MammoganesisError], args: tuple[object, ...], state: dict[str, object]) -> MammoganesisError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(state)
    return error


class InvalidArgument(MammoganesisError):  # noqa: N818  (named as the gRPC status)
    """A value outside what is allowed.

    Args:
      field: path of the field, such as "edits[2].sigmas", or the name of a setting.
      value: what was found; None for "nothing". Shown escaped and shortened.
      allowed: what would have been right, with the range and unit.
    """

    def __init__(self, field: str, value: object, allowed: str) -> None:
        super().__init__(f"{field}: {shown(value)} is not allowed; allowed: {allowed}")
        self.field = field
        self.allowed = allowed

    def named(self, field: str) -> InvalidArgument:
        """The same error under another name of the field."""
        renamed = InvalidArgument(field, None, self.allowed)
        renamed.message = field + self.message.removeprefix(self.field)
        renamed.args = (renamed.message,)
        return renamed


class NotFound(MammoganesisError):  # noqa: N818
    """What was named is not here (any more)."""


class FailedPrecondition(MammoganesisError):  # noqa: N818
    """The request is well formed, but this bundle or server cannot serve it."""


class BundleError(FailedPrecondition):
    """A bundle is missing, damaged, incomplete or of another format.

    Args:
      path: the bundle or the file of it that is wrong.
      reason: what is wrong, with what was found and what was expected.
    """

    def __init__(self, path: Path | str, reason: str) -> None:
        super().__init__(f"bundle {path}: {reason}")
        self.path = str(path)
        self.reason = reason


class ResourceExhausted(MammoganesisError):  # noqa: N818
    """A queue, a quota or a size limit is full."""


class DeadlineExceeded(MammoganesisError):  # noqa: N818
    """The caller's deadline has passed."""


class Unavailable(MammoganesisError):  # noqa: N818
    """A part of the service is starting, stopping or has died; the same call may succeed in a moment."""


class Unauthenticated(MammoganesisError):  # noqa: N818
    """The call does not carry the secret or token that it needs."""


STATUS_CODES: Mapping[type[BaseException], grpc.StatusCode] = MappingProxyType(
    {
        InvalidArgument: grpc.StatusCode.INVALID_ARGUMENT,
        NotFound: grpc.StatusCode.NOT_FOUND,
        FailedPrecondition: grpc.StatusCode.FAILED_PRECONDITION,
        ResourceExhausted: grpc.StatusCode.RESOURCE_EXHAUSTED,
        DeadlineExceeded: grpc.StatusCode.DEADLINE_EXCEEDED,
        Unavailable: grpc.StatusCode.UNAVAILABLE,
        Unauthenticated: grpc.StatusCode.UNAUTHENTICATED,
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

"""A gRPC status back to the error that it came from."""

import re

import grpc

from services.errors import STATUS_CODES, InvalidArgument, MammoganesisError

_KINDS = {code: kind for kind, code in STATUS_CODES.items() if issubclass(kind, MammoganesisError)}
_INVALID_ARGUMENT = re.compile(r"(?P<field>[^:]+): .* is not allowed; allowed: (?P<allowed>.*)", re.DOTALL)


def error_of(code: grpc.StatusCode, message: str | None) -> MammoganesisError:
    """The error of `services.errors` that `services.errors.status_of` made this status from.

    Statuses that no error of ours stands for (INTERNAL, UNIMPLEMENTED...) give a plain MammoganesisError that names
    the status.
    """
    message = message or "no message"
    kind = _KINDS.get(code)
    if kind is None:
        return MammoganesisError(f"{code.name}: {message}")
    # Around the constructors: InvalidArgument's makes the message from parts, and here the message is what there is.
    error = kind.__new__(kind)
    MammoganesisError.__init__(error, message)
    if isinstance(error, InvalidArgument):
        parts = _INVALID_ARGUMENT.fullmatch(message)
        error.field = parts["field"] if parts else ""
        error.allowed = parts["allowed"] if parts else ""
    return error

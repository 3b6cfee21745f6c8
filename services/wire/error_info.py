"""The code of an error and what fills the gaps of its sentence, on their way between processes.

service to edge      in the mark of its message (`services.wire.refusals.marked`)
edge to client       google.rpc.ErrorInfo in the trailing metadata of the status: `reason` is the code in capitals,
                     `metadata` the values, and under CODE the code as it is
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import grpc
from google.protobuf.message import DecodeError
from google.rpc import error_details_pb2

from mammoganesis.errors import MammoganesisError, Overloaded
from mammoganesis.json_text import read_json
from services.wire.retry import retry_seconds, status_details

DOMAIN = "mammoganesis"
CODE = "code"
MAX_CHARACTERS = 1000  # as sent in a mark: more is sent without its values, since headers are limited
_Error = TypeVar("_Error", bound=MammoganesisError)


@dataclass(frozen=True)
class Coded:
    """As of `MammoganesisError.coded`; `reason` as of `Overloaded`. All empty: nothing is to be said."""

    code: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""

    @classmethod
    def of(cls, error: BaseException) -> Coded:
        """What an error has."""
        if not isinstance(error, MammoganesisError):
            return cls()
        reason = error.reason if isinstance(error, Overloaded) else ""
        return cls(error.code, {name: str(value) for name, value in error.values.items()} if error.code else {}, reason)

    def text(self) -> str:
        """The code and its values as letters, digits, "-" and "_"; "" without a code."""
        for values in (self.values, {}):
            content = json.dumps([self.code, dict(values)]).encode()
            text = base64.urlsafe_b64encode(content).decode().rstrip("=")
            if len(text) <= MAX_CHARACTERS:
                break
        return text if self.code else ""

    @classmethod
    def of_text(cls, text: str | None, reason: str = "") -> Coded:
        """What `text` gave, which may come from another version: what cannot be read is no code."""
        try:
            code, values = read_json(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))) if text else ("", {})
            return cls(str(code), {str(name): str(value) for name, value in values.items()}, reason)
        except (ValueError, TypeError, AttributeError):
            return cls(reason=reason)

    def info(self) -> error_details_pb2.ErrorInfo | None:
        """For a client; None where there is nothing to say."""
        name = self.code or self.reason
        if not name:
            return None
        metadata = {**self.values, CODE: self.code} if self.code else {}
        return error_details_pb2.ErrorInfo(reason=name.upper().replace(".", "_"), domain=DOMAIN, metadata=metadata)


def coded_of(error: grpc.RpcError) -> Coded:
    """What the status of a call says that ended with `error`."""
    info = error_details_pb2.ErrorInfo()
    try:
        found = any(item.Unpack(info) for item in status_details(error))
    except DecodeError:
        return Coded()
    if not found or info.domain != DOMAIN:
        return Coded()
    values = dict(info.metadata)
    return Coded(values.pop(CODE, ""), values)


def with_details(found: _Error, error: grpc.RpcError) -> _Error:
    """An error that was made of the status of `error`, with what stands beside its message there: when to ask again,
    its code and values."""
    found.retry_seconds = retry_seconds(error)
    return with_code(found, coded_of(error))


def with_code(found: _Error, coded: Coded) -> _Error:
    """An error with the code and values that it had elsewhere."""
    return found.coded(coded.code, **coded.values) if coded.code else found

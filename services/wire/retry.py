"""What stands beside the message of a status, in its trailing metadata; of it google.rpc.RetryInfo: when a refused call
may be made again."""

from __future__ import annotations

import grpc
from google.protobuf import any_pb2
from google.protobuf.message import DecodeError, Message
from google.rpc import error_details_pb2, status_pb2

from services.wire.metadata import Metadata

STATUS_DETAILS = "grpc-status-details-bin"
"""Where gRPC's richer error model has google.rpc.Status; `grpcio-status` would bring no more than this name."""


def retry_info(code: grpc.StatusCode, message: str, seconds: float) -> Metadata:
    """Trailing metadata of a status whose call may be made again after `seconds`."""
    return detailed(code, message, retry_of(seconds))


def retry_of(seconds: float) -> error_details_pb2.RetryInfo:
    """Again after `seconds`."""
    info = error_details_pb2.RetryInfo()
    info.retry_delay.FromNanoseconds(round(seconds * 1e9))
    return info


def detailed(code: grpc.StatusCode, message: str, *details: Message) -> Metadata:
    """Trailing metadata of a status with details; none without any."""
    if not details:
        return ()
    status = status_pb2.Status(code=code.value[0], message=message)
    for each in details:
        status.details.add().Pack(each)
    return ((STATUS_DETAILS, status.SerializeToString()),)


def status_details(error: grpc.RpcError) -> list[any_pb2.Any]:
    """The details of the status that a call ended with; none where it has none, or none that can be read."""
    for key, value in error.trailing_metadata() or ():  # type: ignore[attr-defined]
        if key == STATUS_DETAILS:
            try:
                return list(status_pb2.Status.FromString(value).details)
            except DecodeError:
                break
    return []


def retry_seconds(error: grpc.RpcError) -> float | None:
    """After how many seconds a call that ended with `error` may be made again; None where its status does not say."""
    info = error_details_pb2.RetryInfo()
    try:
        found = any(item.Unpack(info) for item in status_details(error))
    except DecodeError:
        return None
    return info.retry_delay.ToNanoseconds() / 1e9 if found else None

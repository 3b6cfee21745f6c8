"""The jobs of the service, as one who works on them sees them: records hands them out, and is told how far they are."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

import grpc
from google.protobuf.message import Message

from mammoganesis.v1 import bulk_service_pb2 as pb
from mammoganesis.v1.bulk_service_pb2_grpc import BulkRunnerServiceStub
from services.access.shared_secrets import SharedSecret
from services.wire.channels import channel_options, status_from
from services.wire.error_info import with_code
from services.wire.metadata import EDGE_SECRET
from services.wire.refusals import coded_in, unmarked
from services.wire.statuses import error_of

CALL_SECONDS = 20.0
_MAX_MESSAGE_BYTES = 2**26


def pulse_file(folder: Path) -> Path:
    """Whose time says that the runner of a folder lives."""
    return folder / "bulk-pulse"


class JobQueue:
    """One runner before one records.

    Args:
        address: host:port of records; need not be up yet.
        secret: that edge and services share.
    """

    def __init__(self, address: str, secret: SharedSecret) -> None:
        self._address, self._secret = address, secret
        self.runner = secrets.token_hex(16)
        options = [
            *channel_options(address, _MAX_MESSAGE_BYTES),
            ("grpc.enable_http_proxy", 0),
            ("grpc.max_reconnect_backoff_ms", 2_000),
        ]
        self._channel = grpc.insecure_channel(address, options)
        self._stub: Any = BulkRunnerServiceStub(self._channel)

    def take(self) -> pb.TakeJobResponse:
        """A job to work on, where there is one.

        Raises:
            Unavailable: records does not answer.
        """
        return self._ask(self._stub.TakeJob, pb.TakeJobRequest(runner=self.runner))

    def report(self, job_id: str, **told: Any) -> pb.ReportJobResponse:
        """Says how far a job is, in fields of ReportJobRequest; whether it is to end, or to let another go first.

        Raises:
            Aborted: it is another runner's by now, or has ended.
            Unavailable: records does not answer.
        """
        request = pb.ReportJobRequest(job_id=job_id, runner=self.runner, **told)
        return self._ask(self._stub.ReportJob, request)

    def close(self) -> None:
        """Ends the connection."""
        self._channel.close()

    def _ask(self, method: Any, request: Message) -> Any:
        try:
            return method(request, timeout=CALL_SECONDS, metadata=((EDGE_SECRET, str(self._secret.sent)),))
        except grpc.RpcError as error:
            details = error.details() or ""  # type: ignore[attr-defined]
            told = unmarked(details)
            if told is not None:
                raise with_code(error_of(error.code(), told), coded_in(details)) from None  # type: ignore[attr-defined]
            raise error_of(*status_from(error, self._address, _MAX_MESSAGE_BYTES, CALL_SECONDS)) from None

"""The client's method for how a server is."""

from mammoganesis.v1.status_pb2 import GetStatusRequest, GetStatusResponse
from services.client.transport import Transport


class StatusCalls:
    """StatusService; see `services.client.Client`. A server has it, a local client has not."""

    _transport: Transport

    def status(self) -> GetStatusResponse:
        """What serves, and what the edge has seen within the last minute."""
        return self._transport.unary("GetStatus", GetStatusRequest())

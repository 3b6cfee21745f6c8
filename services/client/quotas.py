"""The client's method for quotas."""

from mammoganesis.v1 import quota_pb2
from services.client.transport import Transport


class QuotaCalls:
    """QuotaService; see `services.client.Client`. A server has it, a local client has not."""

    _transport: Transport

    def quotas(self) -> list[quota_pb2.QuotaState]:
        """What counts for this caller, as it stands; nothing where there are no quotas."""
        return list(self._transport.unary("GetQuota", quota_pb2.GetQuotaRequest()).quotas)

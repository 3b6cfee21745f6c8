"""QuotaService: what a caller may still ask for, answered by the edge itself."""

from __future__ import annotations

from typing import Any

import grpc

from mammoganesis.v1 import quota_pb2 as pb
from services.edge.drawings import host_of
from services.edge.identification import Identification
from services.edge.own_services import OwnServices
from services.edge.quotas import QuotaKeeper

SERVICE = pb.DESCRIPTOR.services_by_name["QuotaService"]


class QuotaServicer:
    """Answers for the quotas of one edge."""

    def __init__(self, quotas: QuotaKeeper, identification: Identification) -> None:
        self._quotas, self._identification = quotas, identification

    def add_to(self, server: grpc.aio.Server, own: OwnServices) -> None:
        """Answers for QuotaService on `server`."""
        methods = {"GetQuota": own.unary(pb.GetQuotaRequest, self.GetQuota)}
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE.full_name, methods),))

    async def GetQuota(self, request: pb.GetQuotaRequest, call: Any) -> pb.GetQuotaResponse:  # noqa: N802
        """Of who asks."""
        caller = await self._identification.caller([*call.invocation_metadata()], call)
        host = caller.host or host_of(call.peer())
        return pb.GetQuotaResponse(quotas=await self._quotas.states(caller.principal, host))

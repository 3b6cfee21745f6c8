"""Which Serve application answers which RPC, read off the service descriptors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from google.protobuf.descriptor import ServiceDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from mammoganesis.v1 import model_pb2, pca_editing_pb2, sampling_pb2, style_transfer_pb2
from services.servicers.requests import STREAMED_BY

APPLICATIONS: Mapping[ServiceDescriptor, str] = {
    sampling_pb2.DESCRIPTOR.services_by_name["SamplingService"]: "sampling",
    model_pb2.DESCRIPTOR.services_by_name["ModelService"]: "sampling",
    pca_editing_pb2.DESCRIPTOR.services_by_name["PcaEditingService"]: "pca_editing",
    style_transfer_pb2.DESCRIPTOR.services_by_name["StyleTransferService"]: "style_transfer",
}
"""Every public service and the Serve application behind it."""


@dataclass(frozen=True)
class Route:
    """One RPC."""

    path: str  # "/mammoganesis.v1.SamplingService/Sample"
    application: str
    request_type: type[Message]
    client_streaming: bool
    server_streaming: bool
    streamed_by: str | None = None  # the RPC that sends the same images in one message each


def routes(applications: Mapping[ServiceDescriptor, str] = APPLICATIONS) -> dict[str, Route]:
    """All RPCs of the services, by path."""
    return {
        route.path: route
        for service, application in applications.items()
        for method in service.methods
        for request_type in [GetMessageClass(method.input_type)]
        for route in [
            Route(
                path=f"/{service.full_name}/{method.name}",
                application=application,
                request_type=request_type,
                client_streaming=method.client_streaming,
                server_streaming=method.server_streaming,
                streamed_by=STREAMED_BY.get(request_type),
            )
        ]
    }

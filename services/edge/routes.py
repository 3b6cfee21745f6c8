"""Which application answers which RPC, read off the service descriptors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from google.protobuf.descriptor import Descriptor, ServiceDescriptor
from google.protobuf.descriptor_pb2 import MethodOptions
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from mammoganesis.v1 import (
    audit_pb2,
    bulk_service_pb2,
    cases_pb2,
    lti_pb2,
    model_pb2,
    pca_editing_pb2,
    quizzes_pb2,
    registry_pb2,
    sampling_pb2,
    studies_pb2,
    style_transfer_pb2,
)
from mammoganesis.v1.images_pb2 import GeneratedImage
from services.servicers.requests import STREAMED_BY

RECORDS = "records"
"""The one application that is a process of its own. It may fail for ever: without it images are drawn all the same."""

APPLICATIONS: Mapping[ServiceDescriptor, str] = {
    sampling_pb2.DESCRIPTOR.services_by_name["SamplingService"]: "sampling",
    model_pb2.DESCRIPTOR.services_by_name["ModelService"]: "sampling",
    pca_editing_pb2.DESCRIPTOR.services_by_name["PcaEditingService"]: "pca_editing",
    style_transfer_pb2.DESCRIPTOR.services_by_name["StyleTransferService"]: "style_transfer",
    cases_pb2.DESCRIPTOR.services_by_name["CaseService"]: RECORDS,
    quizzes_pb2.DESCRIPTOR.services_by_name["QuizService"]: RECORDS,
    studies_pb2.DESCRIPTOR.services_by_name["ReaderStudyService"]: RECORDS,
    registry_pb2.DESCRIPTOR.services_by_name["RegistryService"]: RECORDS,
    audit_pb2.DESCRIPTOR.services_by_name["AuditService"]: RECORDS,
    bulk_service_pb2.DESCRIPTOR.services_by_name["BulkService"]: RECORDS,
    lti_pb2.DESCRIPTOR.services_by_name["LtiService"]: RECORDS,
    lti_pb2.DESCRIPTOR.services_by_name["LtiLaunchService"]: RECORDS,
}
"""Every public service and the application behind it: one of Ray Serve's, or records."""

OWN = frozenset({"/mammoganesis.v1.StatusService/GetStatus", "/mammoganesis.v1.QuotaService/GetQuota"})
"""Public RPCs that the edge answers itself, beside health and reflection."""


_UNKNOWN = MethodOptions.IDEMPOTENCY_UNKNOWN


@dataclass(frozen=True)
class Route:
    """One RPC."""

    path: str  # "/mammoganesis.v1.SamplingService/Sample"
    application: str
    request_type: type[Message]
    answer_type: type[Message]
    client_streaming: bool
    server_streaming: bool
    reads: bool = False  # it changes nothing that is kept
    repeatable: bool = True  # made twice it does what it does once
    streamed_by: str | None = None  # the RPC that sends the same images in one message each
    hands_out_images: bool = False


def _holds_images(message: Descriptor, within: frozenset[str] = frozenset()) -> bool:
    """Whether a message has a GeneratedImage somewhere."""
    if message.full_name == GeneratedImage.DESCRIPTOR.full_name:
        return True
    inner = within | {message.full_name}
    parts = [field.message_type for field in message.fields if field.message_type is not None]
    return any(_holds_images(part, inner) for part in parts if part.full_name not in inner)


def images_of(message: Message) -> Iterator[GeneratedImage]:
    """All images in an answer, in order."""
    if isinstance(message, GeneratedImage):
        yield message
        return
    for field, value in message.ListFields():
        if field.message_type is not None and not field.message_type.GetOptions().map_entry:
            for each in [value] if isinstance(value, Message) else value:
                yield from images_of(each)


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
                answer_type=GetMessageClass(method.output_type),
                client_streaming=method.client_streaming,
                server_streaming=method.server_streaming,
                reads=method.GetOptions().idempotency_level == MethodOptions.NO_SIDE_EFFECTS,
                repeatable=application != RECORDS or method.GetOptions().idempotency_level != _UNKNOWN,
                streamed_by=STREAMED_BY.get(request_type),
                hands_out_images=_holds_images(method.output_type),
            )
        ]
    }

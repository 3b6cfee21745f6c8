"""Server reflection, v1 and v1alpha, so that clients need no .proto files."""

from __future__ import annotations

from collections.abc import Iterable

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, text_format
from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha import reflection, reflection_pb2

from services.edge.own_services import OwnServices

_V1_FILE = "grpc/reflection/v1/reflection.proto"


def add_reflection(server: grpc.aio.Server, own: OwnServices, services: Iterable[str]) -> None:
    """Answers v1 and v1alpha for `services` (full names), health and reflection itself."""
    names = [_v1_name(), reflection.SERVICE_NAME]
    health = health_pb2.DESCRIPTOR.services_by_name["Health"].full_name
    servicer = reflection.aio.ReflectionServicer([*services, health, *names])
    handler = own.both_streams(reflection_pb2.ServerReflectionRequest, servicer.ServerReflectionInfo)
    for name in names:
        generic = grpc.method_handlers_generic_handler(name, {"ServerReflectionInfo": handler})
        server.add_generic_rpc_handlers((generic,))


def _v1_name() -> str:
    """The full name of v1's service, described like v1alpha's: the messages are the same under another package name,
    and the Python package brings v1alpha only."""
    pool = descriptor_pool.Default()
    try:
        file = pool.FindFileByName(_V1_FILE)
    except KeyError:
        alpha = descriptor_pb2.FileDescriptorProto()
        reflection_pb2.DESCRIPTOR.CopyToProto(alpha)
        v1 = text_format.Parse(str(alpha).replace("v1alpha", "v1"), descriptor_pb2.FileDescriptorProto())
        v1.name = _V1_FILE
        pool.Add(v1)
        file = pool.FindFileByName(_V1_FILE)
    return file.services_by_name["ServerReflection"].full_name

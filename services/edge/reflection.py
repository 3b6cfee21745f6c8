"""Server reflection, so that clients need no .proto files."""

from __future__ import annotations

from collections.abc import Iterable

import grpc
from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha import reflection, reflection_pb2

# grpc.reflection.v1 has the same messages as v1alpha under another package name; the Python package knows v1alpha only.
V1_SERVICE = "grpc.reflection.v1.ServerReflection"


def add_reflection(server: grpc.aio.Server, services: Iterable[str]) -> None:
    """Answers v1alpha and v1 for `services` (full names), health and reflection itself."""
    health = health_pb2.DESCRIPTOR.services_by_name["Health"].full_name
    names = [*services, health, reflection.SERVICE_NAME]
    reflection.enable_server_reflection(names, server)
    handler = grpc.stream_stream_rpc_method_handler(
        reflection.aio.ReflectionServicer(names).ServerReflectionInfo,
        request_deserializer=reflection_pb2.ServerReflectionRequest.FromString,
        response_serializer=reflection_pb2.ServerReflectionResponse.SerializeToString,
    )
    generic = grpc.method_handlers_generic_handler(V1_SERVICE, {"ServerReflectionInfo": handler})
    server.add_generic_rpc_handlers((generic,))

"""The door of Ray Serve's gRPC servers, of ingress replicas and proxies: a call is read only when it is the edge's, and
meant for this application.

gRPC reads the message of a call whole before the handler of a unary RPC begins, and these ports are open on every
interface. So a handler that takes a stream, and never asks for a message of it, refuses who does not bring the secret.

Behind HAProxy calls are answered by replicas alone. Serve's Python proxy, to which HAProxy turns when it takes all
replicas of an application for dead, holds a call until there is one, has a stream drawn ahead of who reads it, without
bound, and goes on when nobody does. There the door refuses the edge too, which makes the call again.

HAProxy sends calls to a port, and a port has another replica when the one before has gone. A worker of HAProxy that has
been replaced lives as long as its longest stream, with the ports that it knew. So a replica gives back what was meant
for another application than its own (ray-project/ray#64021).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import grpc
from grpc_health.v1 import health_pb2_grpc
from ray import serve
from ray.serve._private.constants import RAY_SERVE_ENABLE_HA_PROXY
from ray.serve._private.proxy_request_response import gRPCStreamingType
from ray.serve.exceptions import RayServeException
from ray.serve.generated import serve_pb2

from mammoganesis.v1 import model_pb2_grpc, pca_editing_pb2_grpc, sampling_pb2_grpc, style_transfer_pb2_grpc
from services.access.shared_secrets import SharedSecret
from services.process.config import Config
from services.servicers.callers import NOT_THE_EDGE, shared_secret
from services.wire.metadata import APPLICATION, brings_secret
from services.wire.refusals import marked

_SERVE_API = serve_pb2.DESCRIPTOR.services_by_name["RayServeAPIService"]


def add_services_to_server(servicer: Any, server: Any) -> None:
    """Adds our services to a server of Serve's, behind the secret; `grpc_servicer_functions` names it."""
    secret, application = shared_secret(Config.from_environment(os.environ)), _application()
    answers = application is not None or not RAY_SERVE_ENABLE_HA_PROXY
    door = _Door(secret, answers, application)
    server.add_generic_rpc_handlers((door,))  # asked before the handlers that come after it
    behind = _Unregistered(server)
    for add in (
        sampling_pb2_grpc.add_SamplingServiceServicer_to_server,
        model_pb2_grpc.add_ModelServiceServicer_to_server,
        pca_editing_pb2_grpc.add_PcaEditingServiceServicer_to_server,
        style_transfer_pb2_grpc.add_StyleTransferServiceServicer_to_server,
        health_pb2_grpc.add_HealthServicer_to_server,
    ):
        add(servicer, behind)
    _answer_serve_api_unread(server)


class _Door(grpc.GenericRpcHandler):
    """Refuses every path to who does not bring the secret, and leaves the others to the next handler.

    Args:
        answers: False where nothing of ours is to be answered.
        application: which one alone is answered for; None for any.
    """

    def __init__(self, secret: SharedSecret, answers: bool, application: str | None) -> None:
        self._secret, self._answers, self._application = secret, answers, application
        self._method_handlers: Mapping[str, grpc.RpcMethodHandler] = {}  # Serve makes them its own; here are none

    def service(self, handler_call_details: Any) -> grpc.RpcMethodHandler | None:
        """None for a call of the edge's."""
        metadata = dict(handler_call_details.invocation_metadata)
        if not brings_secret(tuple(metadata.items()), self._secret.valid):
            return grpc.stream_stream_rpc_method_handler(_refuse)
        ours = self._application in (None, metadata.get(APPLICATION))
        return None if self._answers and ours else grpc.stream_stream_rpc_method_handler(_refuse_for_now)


def _application() -> str | None:
    """Of the replica that this is; None in a proxy."""
    try:
        return serve.get_replica_context().app_name
    except RayServeException:
        return None


async def _refuse(_: Any, context: grpc.aio.ServicerContext) -> None:
    await context.abort(grpc.StatusCode.UNAUTHENTICATED, marked(NOT_THE_EDGE))


async def _refuse_for_now(_: Any, context: grpc.aio.ServicerContext) -> None:
    # Without our mark: to the edge a call that was lost on its way.
    await context.abort(grpc.StatusCode.UNAVAILABLE, "no replica of the application can be reached here")


class _Unregistered:
    """A server to which services are added by generic handlers alone: registered ones would come before the door."""

    def __init__(self, server: Any) -> None:
        self._server = server

    def add_generic_rpc_handlers(self, handlers: Any) -> None:
        """As the server's."""
        self._server.add_generic_rpc_handlers(handlers)

    def add_registered_method_handlers(self, service: str, handlers: Any) -> None:
        """Nothing: those that were added generically answer."""


def _answer_serve_api_unread(server: Any) -> None:
    """Serve's own health check and list of applications, which HAProxy asks for without a secret: answered as Serve
    answers them, but their requests, which are empty, are not read."""

    def handler(method: Any) -> grpc.RpcMethodHandler:
        answer = server.service_handler_factory(
            service_method=f"/{_SERVE_API.full_name}/{method.name}", streaming_type=gRPCStreamingType.UNARY_UNARY
        )
        request = getattr(serve_pb2, method.input_type.name)()

        async def unread(_: Any, context: grpc.aio.ServicerContext) -> bytes:
            return await answer(request, context)

        return grpc.stream_unary_rpc_method_handler(unread)

    server.add_passthrough_service(_SERVE_API.full_name)
    handlers = {method.name: handler(method) for method in _SERVE_API.methods}
    server.add_registered_method_handlers(_SERVE_API.full_name, handlers)

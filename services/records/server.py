"""The gRPC server of records: for the edge alone, assembled, started, drained."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractContextManager, aclosing
from typing import Any

import grpc
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from grpc_health.v1 import health_pb2

from mammoganesis.errors import Unavailable
from mammoganesis.pictures.signature import by_id, known_keys, signer_of
from mammoganesis.v1 import (
    audit_intake_pb2,
    audit_pb2,
    bulk_service_pb2,
    cases_pb2,
    lti_pb2,
    quizzes_pb2,
    registry_intake_pb2,
    registry_pb2,
    studies_pb2,
)
from services.access.shared_secrets import SharedSecret
from services.client.client import Client
from services.client.transport import ChannelTransport
from services.observability import table
from services.observability.calls import Served, served
from services.observability.logs import event
from services.process.config import Config
from services.process.ports import lasting_problem
from services.records.calls.audit import AuditIntakeServicer, AuditServicer
from services.records.calls.jobs import BulkServicer
from services.records.calls.links import CaseServicer
from services.records.calls.lti_launches import LtiLaunchServicer
from services.records.calls.lti_platforms import LtiServicer
from services.records.calls.lti_telling import Telling
from services.records.calls.quizzes import QuizServicer
from services.records.calls.registry import IntakeServicer
from services.records.calls.studies import StudyServicer
from services.records.calls.verification import RegistryServicer
from services.records.measures import measure
from services.records.pictures import Pictures
from services.records.rules.texts import without_nul
from services.records.sql.database import Database
from services.records.sql.lti_deliveries import Deliveries
from services.rendering.calls import CallContext
from services.servicers.callers import admit, shared_secret
from services.wire.metadata import EDGE_SECRET, REGISTRATION, UNREGISTERED, Metadata
from services.wire.refusals import marked_error
from services.wire.statuses import status_of
from services.wire.tls import Trust

logger = logging.getLogger(__name__)

Answering = Callable[[Any, Any], Any]


class Records:
    """The server of one process."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._secret = shared_secret(config)
        self._database = Database.of(config.records_url, config.records_folder)
        self._pictures: Pictures | None = None
        self._server: grpc.aio.Server | None = None
        self._client: Client | None = None
        self._measuring: asyncio.Task[None] | None = None

    async def start(self) -> int:
        """Brings the database to the newest schema, and listens.

        Returns:
            The port, which the system chooses where the configuration says 0.

        Raises:
            Unavailable: the database cannot be opened, or the address not be bound.
        """
        await asyncio.to_thread(self._database.migrate)
        config = self._config
        self._pictures = Pictures(config.edge_address, config.max_message_bytes, self._secret, Trust.of(config))
        self._server = grpc.aio.server(
            options=[
                ("grpc.so_reuseport", 0),
                # What the edge registers are answers; requests it has measured before.
                ("grpc.max_receive_message_length", max(config.max_request_bytes, config.max_message_bytes) + 2**20),
                ("grpc.max_send_message_length", config.max_message_bytes),
            ]
        )
        self._server.add_generic_rpc_handlers(self._handlers(self._pictures))
        host, port = config.records_host, config.records_port
        reason = await asyncio.to_thread(lasting_problem, host, port)  # gRPC would write a line of its own
        if reason is None:
            try:
                port = self._server.add_insecure_port(f"[{host}]:{port}" if ":" in host else f"{host}:{port}")
            except RuntimeError:
                reason = "taken at this very moment"
        if reason is not None:
            raise Unavailable(f"records cannot listen on {host}:{port}: {reason}")
        await self._server.start()
        self._measuring = asyncio.create_task(measure(self._database))
        event(logger, logging.INFO, "listening", {"host": host, "port": port})
        return port

    async def stop(self) -> None:
        """Calls in flight get `drain_seconds` to finish."""
        if self._measuring is not None:
            self._measuring.cancel()
        if self._server is not None:
            await self._server.stop(self._config.drain_seconds)
        if self._pictures is not None:
            await self._pictures.close()
        if self._client is not None:
            await asyncio.to_thread(self._client.close)
        await asyncio.to_thread(self._database.close)

    def _handlers(self, pictures: Pictures) -> tuple[grpc.GenericRpcHandler, ...]:
        bulk = BulkServicer(self._database, pictures, self._config)
        signer = signer_of(self._config.signing_key_file)
        keys = by_id(known_keys(signer, self._config.signing_public_keys_file))
        quizzes = QuizServicer(self._database, pictures)
        servicers = {
            cases_pb2.DESCRIPTOR.services_by_name["CaseService"]: CaseServicer(self._database, pictures),
            quizzes_pb2.DESCRIPTOR.services_by_name["QuizService"]: quizzes,
            studies_pb2.DESCRIPTOR.services_by_name["ReaderStudyService"]: StudyServicer(self._database, pictures),
            registry_pb2.DESCRIPTOR.services_by_name["RegistryService"]: RegistryServicer(
                self._database, self._drawing()
            ),
            registry_intake_pb2.DESCRIPTOR.services_by_name["RegistryIntakeService"]: IntakeServicer(self._database),
            audit_pb2.DESCRIPTOR.services_by_name["AuditService"]: AuditServicer(self._database, signer, keys),
            audit_intake_pb2.DESCRIPTOR.services_by_name["AuditIntakeService"]: AuditIntakeServicer(
                self._database, signer
            ),
            bulk_service_pb2.DESCRIPTOR.services_by_name["BulkService"]: bulk,
            bulk_service_pb2.DESCRIPTOR.services_by_name["BulkRunnerService"]: bulk,
            **self._lti(quizzes),
        }
        health = health_pb2.DESCRIPTOR.services_by_name["Health"]
        check = {"Check": self._handler(health.methods_by_name["Check"], self._check, anybody=True)}
        return (
            *(
                grpc.method_handlers_generic_handler(
                    service.full_name,
                    {method.name: self._handler(method, getattr(servicer, method.name)) for method in service.methods},
                )
                for service, servicer in servicers.items()
            ),
            grpc.method_handlers_generic_handler(health.full_name, check),
        )

    def _lti(self, quizzes: QuizServicer) -> dict[Any, Any]:
        """What learning platforms' launches leave behind."""
        config, services = self._config, lti_pb2.DESCRIPTOR.services_by_name
        deliveries = Deliveries(self._database, config.lti_give_up_seconds)
        telling = Telling(
            self._database,
            deliveries,
            quizzes.content,
            config.studio_url or "",
            config.xapi_endpoint is not None,
        )
        secret = SharedSecret.of(config, "studio_secret")
        launches = LtiLaunchServicer(self._database, quizzes, deliveries, telling, secret)
        return {services["LtiService"]: LtiServicer(self._database, deliveries), services["LtiLaunchService"]: launches}

    def _drawing(self) -> Client:
        """A client of the edge whose images are compared, and so are not registered as handed out."""
        config = self._config
        seconds, most = config.default_deadline_seconds, config.max_message_bytes

        def apart() -> Metadata:
            return (EDGE_SECRET, str(self._secret.sent)), (REGISTRATION, UNREGISTERED)

        connection = ChannelTransport(config.edge_address, seconds, most, metadata=apart, trust=Trust.of(config))
        self._client = Client(connection)
        return self._client

    def _handler(self, method: Any, servicer: Answering, anybody: bool = False) -> grpc.RpcMethodHandler:
        """`anybody`: also without the edge's secret, as probes of a container ask."""
        wire = {
            "request_deserializer": GetMessageClass(method.input_type).FromString,
            "response_serializer": GetMessageClass(method.output_type).SerializeToString,
        }
        if anybody:
            return grpc.unary_unary_rpc_method_handler(servicer, **wire)
        rpc = f"{method.containing_service.name}/{method.name}"
        if method.server_streaming:
            return grpc.unary_stream_rpc_method_handler(self._stream(rpc, servicer), **wire)
        return grpc.unary_unary_rpc_method_handler(self._unary(rpc, servicer), **wire)

    def _unary(self, rpc: str, servicer: Answering) -> Callable[[Message, Any], Awaitable[Message]]:
        async def call(request: Message, context: grpc.aio.ServicerContext) -> Message:
            with _served(rpc, context) as served:
                try:
                    answer = await servicer(request, self._admit(request, context))
                    served.code = grpc.StatusCode.OK.name
                    return answer
                except Exception as error:
                    await _refuse(context, error, served)
                    raise

        return call

    def _stream(self, rpc: str, servicer: Answering) -> Callable[[Message, Any], AsyncIterator[Message]]:
        async def call(request: Message, context: grpc.aio.ServicerContext) -> AsyncIterator[Message]:
            with _served(rpc, context) as served:
                try:
                    async with aclosing(servicer(request, self._admit(request, context))) as answers:
                        async for answer in answers:
                            yield answer
                    served.code = grpc.StatusCode.OK.name
                except Exception as error:
                    await _refuse(context, error, served)

        return call

    def _admit(self, request: Message, context: grpc.aio.ServicerContext) -> CallContext:
        admitted = admit(dict(context.invocation_metadata() or ()), self._secret.valid)
        without_nul(request)
        return admitted

    async def _check(
        self, request: health_pb2.HealthCheckRequest, context: grpc.aio.ServicerContext
    ) -> health_pb2.HealthCheckResponse:
        """SERVING while the database answers."""
        try:
            await asyncio.to_thread(self._database.ping)
        except Exception as error:
            await _refuse(context, error, Served())
        return health_pb2.HealthCheckResponse(status=health_pb2.HealthCheckResponse.SERVING)


def _served(rpc: str, context: grpc.aio.ServicerContext) -> AbstractContextManager[Served]:
    metadata = dict(context.invocation_metadata() or ())
    return served(rpc, metadata, table.RECORDS_CALLS, table.RECORDS_SECONDS)


async def _refuse(context: grpc.aio.ServicerContext, error: Exception, served: Served) -> None:
    """Ends a call with the status of an error, in words that the edge knows for ours."""
    code, message = status_of(error)
    served.code = code.name
    await context.abort(code, marked_error(error, message))

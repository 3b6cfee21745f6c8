"""grpc.health.v1, overall and per service, fed from the state of the applications.

Each application answers `grpc.health.v1.Health/Check` itself, through the same port and with the same metadata as
every other call, and only says SERVING while its engine answers too. So what is reported is what a call would meet.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any

import grpc
from google.protobuf.descriptor import ServiceDescriptor
from google.protobuf.message import Message
from grpc_health.v1 import health_pb2, health_pb2_grpc

from services.access.shared_secrets import SharedSecret
from services.edge.absence import Absence
from services.edge.own_services import OwnServices
from services.edge.replicas import Replicas
from services.observability import metrics, table
from services.observability.logs import event
from services.process.config import Config
from services.wire.metadata import REPLICA_SOCKET, backend_metadata

logger = logging.getLogger(__name__)

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING
SERVICE_UNKNOWN = health_pb2.HealthCheckResponse.SERVICE_UNKNOWN

LIVENESS = "liveness"
"""A name for which the edge says SERVING whenever it answers, also while it drains: for who restarts what hangs."""
PROBE_PERIOD_SECONDS = 1.0
PROBE_TIMEOUT_SECONDS = 5.0
SLOW_PROBES_ALLOWED = 2
"""An application under full load may answer late; only an application that is late this often in a row is not serving.
One that is gone is so at once."""


class HealthServicer:
    """The public health service; starts as NOT_SERVING. The empty name stands for all services together, but for those
    that stand `apart`."""

    def __init__(self, services: Iterable[str], apart: Iterable[str] = ()) -> None:
        self._apart = {"", *apart}
        self._status = dict.fromkeys(["", *services], NOT_SERVING)
        self._draining = False
        self._changed = asyncio.Condition()

    def add_to(self, server: grpc.aio.Server, own: OwnServices) -> None:
        """Answers for grpc.health.v1 on `server`."""
        methods = {
            "Check": own.unary(health_pb2.HealthCheckRequest, self.Check),
            "List": own.unary(health_pb2.HealthListRequest, self.List),  # type: ignore[attr-defined]
            "Watch": own.stream(health_pb2.HealthCheckRequest, self.Watch),
        }
        name = health_pb2.DESCRIPTOR.services_by_name["Health"].full_name
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(name, methods),))

    async def update(self, states: Mapping[str, bool]) -> None:
        """Sets services by full name to SERVING (True) or NOT_SERVING; the whole follows. Draining is for good."""
        if self._draining:
            return
        async with self._changed:
            for name, serving in states.items():
                self._status[name] = SERVING if serving else NOT_SERVING
            every = all(status == SERVING for name, status in self._status.items() if name not in self._apart)
            self._status[""] = SERVING if every else NOT_SERVING
            self._changed.notify_all()

    async def drain(self) -> None:
        """NOT_SERVING for good; open watches are told so and end."""
        async with self._changed:
            self._draining = True
            self._status = dict.fromkeys(self._status, NOT_SERVING)
            self._changed.notify_all()

    async def Check(  # noqa: N802
        self, request: health_pb2.HealthCheckRequest, context: grpc.aio.ServicerContext
    ) -> health_pb2.HealthCheckResponse:
        """The status now; NOT_FOUND for a service that is not here."""
        status = SERVING if request.service == LIVENESS else self._status.get(request.service)
        if status is None:
            await context.abort(grpc.StatusCode.NOT_FOUND, "service: there is no service of this name here")
        return health_pb2.HealthCheckResponse(status=status)

    async def List(  # noqa: N802
        self, request: Message, context: grpc.aio.ServicerContext
    ) -> Message:
        """The status of every service now, that of all together under the empty name."""
        statuses = {name: health_pb2.HealthCheckResponse(status=status) for name, status in self._status.items()}
        return health_pb2.HealthListResponse(statuses=statuses)  # type: ignore[attr-defined]

    async def Watch(  # noqa: N802
        self, request: health_pb2.HealthCheckRequest, context: grpc.aio.ServicerContext
    ) -> AsyncIterator[health_pb2.HealthCheckResponse]:
        """The status now and at every change; SERVICE_UNKNOWN for a service that is not here."""
        sent = None
        while True:
            status = self._status.get(request.service, SERVICE_UNKNOWN)
            if status != sent:
                yield health_pb2.HealthCheckResponse(status=status)
                sent = status
            if self._draining:
                return
            async with self._changed:
                while not self._draining and self._status.get(request.service, SERVICE_UNKNOWN) == sent:
                    await self._changed.wait()


class Prober:
    """Asks every application how it is, again and again, and tells the health service, the calls that wait, and those
    that go to a replica's socket."""

    def __init__(
        self,
        channels: Mapping[str, grpc.aio.Channel],
        applications: Mapping[ServiceDescriptor, str],
        servicer: HealthServicer,
        absence: Absence,
        replicas: Replicas,
        config: Config,
    ) -> None:
        self._absence, self._replicas = absence, replicas
        self._stubs: Any = {name: health_pb2_grpc.HealthStub(channel) for name, channel in channels.items()}
        self._servicer = servicer
        self._secret = SharedSecret.of(config, "edge_secret")
        self._services: dict[str, list[str]] = {}
        for service, application in applications.items():
            self._services.setdefault(application, []).append(service.full_name)
        self._slow = dict.fromkeys(self._services, 0)
        self._serving = dict.fromkeys(self._services, False)
        self._reasons = dict.fromkeys(self._services, "it has not answered yet")

    def states(self) -> dict[str, tuple[bool, str]]:
        """Whether each application serves, and what it last said where it does not."""
        return {name: (serving, self._reasons[name]) for name, serving in self._serving.items()}

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.gather(*(self._probe(application) for application in self._services))
            await asyncio.sleep(PROBE_PERIOD_SECONDS)

    async def _probe(self, application: str) -> None:
        metadata = backend_metadata((), application, "health", PROBE_TIMEOUT_SECONDS, self._secret.sent)
        reason, unexpected = "", False
        try:
            call = self._stubs[application].Check(
                health_pb2.HealthCheckRequest(), metadata=metadata, timeout=PROBE_TIMEOUT_SECONDS
            )
            answer = await call
            self._slow[application] = 0
            serving = answer.status == SERVING
            for key, value in await call.trailing_metadata() if serving else ():
                if key == REPLICA_SOCKET:
                    self._replicas.heard(application, value)
        except grpc.aio.AioRpcError as error:
            reason = f"{error.code().name}: {error.details()}"
            late = error.code() is grpc.StatusCode.DEADLINE_EXCEEDED
            self._slow[application] = self._slow[application] + 1 if late else 0
            serving = late and self._serving[application] and self._slow[application] < SLOW_PROBES_ALLOWED
        except Exception as error:  # such as an answer that cannot be decoded; the next probe may be better
            reason, unexpected = repr(error), True
            self._slow[application] = 0
            serving = False
        self._reasons[application] = reason
        self._absence.note(application, serving)
        metrics.level(table.EDGE_SERVING, serving, application=application)
        if serving != self._serving[application] or unexpected:
            self._serving[application] = serving
            level, fields = (
                (logging.INFO if serving else logging.WARNING),
                {"application": application, "serving": serving},
            )
            event(logger, level, "health", fields | {"reason": reason})
        await self._servicer.update(dict.fromkeys(self._services[application], serving))

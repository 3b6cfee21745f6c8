"""The edge's server: assembled, started, drained."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Mapping

import grpc
from google.protobuf.descriptor import ServiceDescriptor

from mammoganesis.errors import Unavailable
from services.edge.audit import Audit
from services.edge.forwarding import Forwarder
from services.edge.health import HealthServicer, Prober
from services.edge.identification import Identification
from services.edge.measures import Ended
from services.edge.own_services import OwnServices
from services.edge.quota_service import SERVICE as QUOTA_SERVICE
from services.edge.quota_service import QuotaServicer
from services.edge.quotas import QuotaKeeper
from services.edge.reflection import add_reflection
from services.edge.registration import Registration
from services.edge.routes import APPLICATIONS, RECORDS, routes
from services.edge.status import SERVICE as STATUS_SERVICE
from services.edge.status import StatusServicer
from services.edge.uploads import TRANSPORT_FACTOR, Uploads
from services.observability import metrics, table
from services.observability.logs import event
from services.process.certificates import ServerCertificate
from services.process.config import Config
from services.process.ports import lasting_problem
from services.wire.channels import channel_options
from services.wire.metadata import MAX_METADATA_BYTES
from services.wire.tls import server_credentials

logger = logging.getLogger(__name__)

TRANSPORT_METADATA_BYTES = 4 * MAX_METADATA_BYTES
"""What gRPC itself takes. It refuses more in its own words, as overload; what lies between is refused in ours."""

STREAM_WINDOW_BYTES = 2**18

CONNECTION_AGE_SECONDS = 3_600.0
"""Then a client is asked to go on over a new connection. Calls on the old one may last as long as any may, and what
their client has not read by then goes with it: nothing that is unread stays for ever."""

MEASURE_SECONDS = 1.0
"""Between two looks at what there is."""

WATCH_END_SECONDS = 1.0
"""After the last call: time for health watches and reflection streams to end by themselves."""


class Edge:
    """The public gRPC server of one process."""

    def __init__(self, config: Config, applications: Mapping[ServiceDescriptor, str] = APPLICATIONS) -> None:
        self._config = config
        # One each: a replica that hangs with large requests before it makes the proxy stop reading their connection.
        self._channels = {
            application: grpc.aio.insecure_channel(address, _channel_options(address, config))
            for application in set(applications.values())
            for address in [config.records_address if application == RECORDS else config.serve_address]
        }
        self._server = grpc.aio.server(options=_server_options(config))
        services = [service.full_name for service in applications]
        apart = [service.full_name for service, application in applications.items() if application == RECORDS]
        self._health = HealthServicer(services, apart)
        uploads = Uploads(config)
        self._registration = Registration(self._channels.get(RECORDS), config)
        self._identification = Identification(config)
        known = routes(applications).values()
        self._audit = Audit(self._channels.get(RECORDS), config)
        self._quotas = QuotaKeeper(config)
        ledgers = self._registration, self._audit, self._identification, self._quotas
        self._forwarder = Forwarder(self._channels, known, config, uploads, *ledgers)
        absence, replicas = self._forwarder.frames.absence, self._forwarder.replicas
        self._prober = Prober(self._channels, applications, self._health, absence, replicas, config)
        own = OwnServices(uploads)
        QuotaServicer(self._quotas, self._identification).add_to(self._server, own)
        self._health.add_to(self._server, own)
        status = StatusServicer(
            self._channels, self._prober.states, self.last_minute, self._now, self._identification, config
        )
        status.add_to(self._server, own)
        add_reflection(self._server, own, [*services, QUOTA_SERVICE.full_name, STATUS_SERVICE.full_name])
        self._server.add_generic_rpc_handlers((self._forwarder,))  # last: it answers every path
        self._probing: asyncio.Task[None] | None = None
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> int:
        """Listens and begins to probe the applications.

        Returns:
          The port, which the system chooses where the configuration says 0.

        Raises:
          Unavailable: the address cannot be bound, such as a port that another process has.
          InvalidArgument: the files of the certificate are not what they have to be.
        """
        config = self._config
        if config.edge_certificate_port:
            await self._listen(config.edge_certificate_port, ServerCertificate.of(config, config.tls_client_ca_file))
        port = await self._listen(
            config.edge_port,
            ServerCertificate.of(config, None if config.edge_certificate_port else config.tls_client_ca_file),
        )
        await self._server.start()
        self._probing = asyncio.create_task(self._prober.run())
        works = self._registration.outbox.run(), self._audit.outbox.run(), self._quotas.run(), self._measure()
        self._tasks = [asyncio.create_task(work) for work in works]
        event(logger, logging.INFO, "listening", {"host": self._config.edge_host, "port": port})
        return port

    def last_minute(self) -> list[Ended]:
        """The calls that have ended within it."""
        return self._forwarder.frames.measures.last_minute()

    def _now(self) -> dict[str, int]:
        return {**self._forwarder.now(), "registry_held_bytes": self._registration.outbox.bytes_held}

    async def _measure(self) -> None:
        """What there is now, to the metrics, once a second."""
        while True:
            for name, number in self._now().items():
                metrics.level(table.EDGE_NOW[name], number)
            await asyncio.sleep(MEASURE_SECONDS)

    async def _listen(self, port: int, certificate: ServerCertificate | None) -> int:
        """At one more port, with TLS where there is a certificate; raises Unavailable."""
        host = self._config.edge_host
        reason = await asyncio.to_thread(lasting_problem, host, port)  # gRPC would write a line of its own
        if reason is None:
            address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
            try:
                if certificate is None:
                    return self._server.add_insecure_port(address)
                return self._server.add_secure_port(address, server_credentials(certificate))
            except RuntimeError:
                reason = "taken at this very moment"
        raise Unavailable(f"the edge cannot listen on {host}:{port}: {reason}")

    async def stop(self) -> None:
        """Drains: health says NOT_SERVING, no call is taken any more, those in flight get `drain_seconds` to finish."""
        event(logger, logging.INFO, "draining", {"in_flight": self._forwarder.frames.in_flight})
        if self._probing is not None:
            self._probing.cancel()
        await self._health.drain()
        stopping = asyncio.create_task(self._server.stop(self._config.drain_seconds))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._config.drain_seconds):
                await self._forwarder.frames.wait_until_idle()
        cut_off = self._forwarder.frames.in_flight
        if not cut_off:
            await asyncio.wait({stopping}, timeout=WATCH_END_SECONDS)
        await self._server.stop(None)
        await stopping
        for task in self._tasks:  # not before: calls in flight wait for what they do
            task.cancel()
        await self._registration.outbox.finish()
        await self._audit.finish()
        await self._quotas.finish()
        await self._identification.close()
        self._forwarder.replicas.close()
        for channel in self._channels.values():
            await channel.close()
        event(logger, logging.INFO, "stopped", {"cut_off": cut_off})


def _server_options(config: Config) -> list[tuple[str, int]]:
    return [
        ("grpc.so_reuseport", 0),  # a second process on the same port is an error, not a silent half of the calls
        ("grpc.max_receive_message_length", TRANSPORT_FACTOR * config.max_request_bytes),
        ("grpc.max_send_message_length", config.max_message_bytes),
        ("grpc.max_concurrent_streams", 256),  # of one connection
        # A message that waits for its turn stays with its client, but for 64 KiB.
        ("grpc.http2.bdp_probe", 0),
        ("grpc.experimental.tcp_max_read_chunk_size", 2**16),
        # Below the first, gRPC takes all; between the two it refuses at random.
        ("grpc.max_metadata_size", TRANSPORT_METADATA_BYTES),
        ("grpc.absolute_max_metadata_size", TRANSPORT_METADATA_BYTES),
        # Half-open handshakes, idle connections and dead peers do not pile up.
        ("grpc.server_handshake_timeout_ms", 5_000),
        ("grpc.max_connection_idle_ms", 300_000),
        ("grpc.max_connection_age_ms", int(CONNECTION_AGE_SECONDS * 1000)),
        ("grpc.max_connection_age_grace_ms", int(max(config.max_stream_seconds, config.max_deadline_seconds) * 1000)),
        ("grpc.keepalive_time_ms", 60_000),
        ("grpc.keepalive_timeout_ms", 20_000),
        # A client may ping every 10 seconds, also without a call.
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.min_recv_ping_interval_without_data_ms", 10_000),
    ]


def _channel_options(address: str, config: Config) -> list[tuple[str, str | int]]:
    return [
        *channel_options(address, config.max_message_bytes),
        ("grpc.enable_http_proxy", 0),  # what is behind the edge is ours wherever it runs
        ("grpc.use_local_subchannel_pool", 1),  # a connection of its own
        # They come back within seconds; the default would wait up to two minutes between attempts.
        ("grpc.initial_reconnect_backoff_ms", 100),
        ("grpc.max_reconnect_backoff_ms", 1_000),
        ("grpc.keepalive_time_ms", 30_000),
        ("grpc.keepalive_timeout_ms", 10_000),
        # What a stream has here beyond the message that its client is slow to take. gRPC's own measure of the way grows
        # to 4 MiB and more, which the engine draws in vain when the client never takes it.
        ("grpc.http2.bdp_probe", 0),
        ("grpc.http2.lookahead_bytes", STREAM_WINDOW_BYTES),
    ]

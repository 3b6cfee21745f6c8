"""The four Serve applications. `deploy/serve/config.yaml` names the builders; the launcher runs the same ones.

Every replica reads its configuration from the environment, as every other process of the services does.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine, Mapping
from pathlib import Path
from typing import Any, ClassVar

from ray import serve
from ray.serve import Application

from mammoganesis.v1 import model_pb2, pca_editing_pb2, sampling_pb2, style_transfer_pb2
from services.cluster.ingress import Ingress, stream, unary
from services.cluster.ray_metrics import CacheCounters, RayRecorder
from services.cluster.replica_socket import ReplicaSocket
from services.cluster.serve_engine import ENGINE_APPLICATION, EngineDeployment, ServeEngine
from services.edge.routes import APPLICATIONS
from services.observability import metrics, table
from services.observability.start import observe_replica
from services.process.config import Config
from services.servicers.assembly import build_servicers
from services.wire.sockets import own_path

GRPC_SERVICER_FUNCTIONS = ["services.cluster.door.add_services_to_server"]
"""What Serve's gRPC port must know; the configuration file lists the same."""

_OPTIONS: dict[str, Any] = {
    # Admission is by number of CPUs; the replicas share them, and the engine's threads are what costs.
    "ray_actor_options": {"num_cpus": 0},
    # Calls wait in the engine's own queue, which is bounded by images and knows deadlines; streams are open for long.
    "max_ongoing_requests": 1_000,
    # A replica that has died is seen within a second; one that hangs after three checks of 10 seconds.
    "health_check_period_s": 1,
    "health_check_timeout_s": 10,
    "graceful_shutdown_timeout_s": 10,
    # The new replica starts before the old one goes, also where there is only one.
    "max_surge_percent": 100,
}


class _Application(Ingress):
    """An ingress replica with the servicers that it serves; images come from the engine application. `sockets`: a
    private folder in which it listens for the edge of this machine."""

    serves: ClassVar[tuple[str, ...]]  # attributes of `Servicers`
    _socket: ReplicaSocket | None = None

    async def __init__(  # type: ignore[misc]  # Serve awaits it
        self, bundle: str | None = None, engine: str = ENGINE_APPLICATION, sockets: str | None = None
    ) -> None:
        config = _configuration(bundle)
        application = serve.get_replica_context().app_name
        observe_replica(application, config)
        super().__init__(config)
        metrics.record_with(RayRecorder())
        # By value and over gRPC: Ray's object store costs 4 ms more for an image.
        self.engine = ServeEngine(serve.get_app_handle(engine).options(_by_reference=False))
        self.servicers = await build_servicers(config, engine=self.engine)
        self.engine.bundle_digest = self.servicers.renderer.bundle.digest
        for name in self.serves:  # before the first call
            getattr(self.servicers, name)
        self._counters = CacheCounters()
        self._watching = asyncio.create_task(self.engine.watch())
        if sockets is not None:
            answered = [service for service, by in APPLICATIONS.items() if by == application]
            self._socket = ReplicaSocket(self, answered)
            await self._socket.listen(own_path(Path(sockets), application))

    @property
    def socket_path(self) -> Path | None:
        """As of `Ingress`."""
        return self._socket and self._socket.path

    def __del__(self) -> Coroutine[Any, Any, None] | None:
        """Serve awaits what it gives, before the replica ends and when the calls by its own ways have ended."""
        return self._socket.close() if self._socket is not None and self._socket.path is not None else None

    async def check_health(self) -> None:
        """Serve asks each second."""
        cache = self.servicers.cache
        self._counters.publish(cache.stats())
        if cache.has_redis:
            metrics.level(table.CACHE_REDIS, cache.asks_redis)


@serve.deployment(name="sampling", **_OPTIONS)
class SamplingApplication(_Application):
    """SamplingService and ModelService."""

    serves = ("sampling", "model")
    Sample = unary("sampling", "Sample", sampling_pb2.SampleResponse)
    StreamSamples = stream("sampling", "StreamSamples")
    Interpolate = stream("sampling", "Interpolate")
    MixStyles = unary("sampling", "MixStyles", sampling_pb2.MixStylesResponse)
    FindSeeds = stream("sampling", "FindSeeds")
    RedrawNoise = unary("sampling", "RedrawNoise", sampling_pb2.RedrawNoiseResponse)
    DescribeRecipe = unary("sampling", "DescribeRecipe", sampling_pb2.DescribeRecipeResponse)
    GetModel = unary("model", "GetModel", model_pb2.GetModelResponse)


@serve.deployment(name="pca_editing", **_OPTIONS)
class PcaEditingApplication(_Application):
    """PcaEditingService."""

    serves = ("pca_editing",)
    ListComponents = unary("pca_editing", "ListComponents", pca_editing_pb2.ListComponentsResponse)
    EditComponents = unary("pca_editing", "EditComponents", pca_editing_pb2.EditComponentsResponse)
    SweepComponent = stream("pca_editing", "SweepComponent")
    CheckReach = unary("pca_editing", "CheckReach", pca_editing_pb2.CheckReachResponse)


@serve.deployment(name="style_transfer", **_OPTIONS)
class StyleTransferApplication(_Application):
    """StyleTransferService."""

    serves = ("style_transfer",)
    ListRegions = unary("style_transfer", "ListRegions", style_transfer_pb2.ListRegionsResponse)
    TransferStyle = unary("style_transfer", "TransferStyle", style_transfer_pb2.TransferStyleResponse)
    SegmentRegions = unary("style_transfer", "SegmentRegions", style_transfer_pb2.SegmentRegionsResponse)


@serve.deployment(name=ENGINE_APPLICATION, **{**_OPTIONS, "max_ongoing_requests": 100_000})
class EngineApplication(EngineDeployment):
    """The engine; no RPC of its own. `sockets`: the private folder in which it listens, being the only engine."""

    async def __init__(  # type: ignore[misc]  # Serve awaits it
        self, bundle: str | None = None, sockets: str | None = None
    ) -> None:
        super().__init__()
        config = _configuration(bundle)
        observe_replica(ENGINE_APPLICATION, config)
        metrics.record_with(RayRecorder())
        await self.open(config)
        if sockets is not None:
            await self.listen(own_path(Path(sockets), ENGINE_APPLICATION))

    def __del__(self) -> Coroutine[Any, Any, None] | None:
        """Serve awaits what it gives, before the replica ends and when the calls by the handle have ended."""
        return self.close_socket() if self.listens else None


def _configuration(bundle: str | None) -> Config:
    """Of this process; `bundle`: another than its environment names."""
    config = Config.from_environment(os.environ)
    return config if bundle is None else config.changed(bundle=Path(bundle))


def _built(deployment: Any, args: Mapping[str, str]) -> Application:
    """An application that a configuration file or `services.cluster.rollout` asks for.

    Args:
      args: "bundle", a folder, and "engine", the application that draws, where they are others than the environment
        and `ENGINE_APPLICATION` say; "replicas", where the file does not say how many; "sockets", a folder, where the
        edge is on the same machine.
    """
    engine, sockets = args.get("engine", ENGINE_APPLICATION), args.get("sockets")
    return deployment.options(num_replicas=int(args.get("replicas", 1))).bind(args.get("bundle"), engine, sockets)


def sampling(args: dict[str, str]) -> Application:
    """Builder for the configuration file; arguments as of `_built`."""
    return _built(SamplingApplication, args)


def pca_editing(args: dict[str, str]) -> Application:
    """Builder for the configuration file; arguments as of `_built`."""
    return _built(PcaEditingApplication, args)


def style_transfer(args: dict[str, str]) -> Application:
    """Builder for the configuration file; arguments as of `_built`."""
    return _built(StyleTransferApplication, args)


def engine(args: dict[str, str]) -> Application:
    """Builder for the configuration file; takes no arguments. `ray_actor_options` there give it a GPU."""
    return EngineApplication.bind()


PUBLIC_APPLICATIONS = {"sampling": sampling, "pca_editing": pca_editing, "style_transfer": style_transfer}
"""Builders of the applications that the edge calls."""

"""The parts put together: bundle, engine, cache, renderer and the servicers, in this process.

The command line (`--local`), tests and every Serve application but the engine's start here. An application passes the
engine that stands behind Ray Serve, and so never reads the networks that draw.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from functools import cached_property

from mammoganesis.bundle.loading import load_bundle
from services.process.config import Config
from services.rendering.cache import LatentCache
from services.rendering.engine import LocalEngine
from services.rendering.jobs import Engine
from services.rendering.renderer import Renderer
from services.servicers.model import ModelServicer
from services.servicers.pca_editing import PcaEditingServicer
from services.servicers.sampling import SamplingServicer
from services.servicers.style_transfer import StyleTransferServicer

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Servicers:
    """One servicer per service, built when it is first asked for, and what they share."""

    config: Config
    renderer: Renderer
    engine: Engine
    cache: LatentCache

    @cached_property
    def sampling(self) -> SamplingServicer:
        """Of SamplingService."""
        return SamplingServicer(self.renderer)

    @cached_property
    def pca_editing(self) -> PcaEditingServicer:
        """Of PcaEditingService."""
        return PcaEditingServicer(self.renderer)

    @cached_property
    def style_transfer(self) -> StyleTransferServicer:
        """Of StyleTransferService."""
        return StyleTransferServicer(self.renderer)

    @cached_property
    def model(self) -> ModelServicer:
        """Of ModelService."""
        return ModelServicer(self.renderer.bundle, self.engine, self.config)

    async def close(self) -> None:
        """Let the running batch finish, refuse what waits, and close the connections."""
        await self.engine.close()
        await self.cache.close()


async def build_servicers(config: Config, engine: Engine | None = None, images: int | None = None) -> Servicers:
    """Load the bundle and build what all servicers stand on.

    Args:
        config: what to serve and how.
        engine: the engine to use; None: one in this process, with all of the bundle's golden images replayed.
        images: that this one will draw; None: any number.

    Raises:
        BundleError: the bundle is missing, damaged or gives other results than its golden cases.
        FailedPrecondition: the provider or the precision that was asked for is not there.
    """
    bundle = await asyncio.to_thread(load_bundle, config.bundle)
    if engine is None:
        engine = await asyncio.to_thread(LocalEngine, bundle, config, images)
    cache = LatentCache.create(config)
    reason = await cache.check()
    if reason is not None:
        logger.warning("cache: redis cannot be used: %s; going on without it", reason)
    return Servicers(config, Renderer(bundle, engine, cache, config), engine, cache)

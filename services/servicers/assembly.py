"""The parts put together: bundle, engine, cache, renderer and the servicers, in this process.

The command line (`--local`), tests and every Serve application start here; an application passes the engine that stands
behind Ray Serve.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass

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
    """One servicer per service, and what they share."""

    sampling: SamplingServicer
    pca_editing: PcaEditingServicer
    style_transfer: StyleTransferServicer
    model: ModelServicer
    renderer: Renderer
    engine: Engine
    cache: LatentCache

    async def close(self) -> None:
        """Let the running batch finish, refuse what waits, and close the connections."""
        await self.engine.close()
        await self.cache.close()


async def build_servicers(config: Config, engine: Engine | None = None) -> Servicers:
    """Load the bundle and build everything on it.

    Args:
        config: what to serve and how.
        engine: the engine to use; None: one in this process, with all of the bundle's golden images replayed.

    Raises:
        BundleError: the bundle is missing, damaged or gives other results than its golden cases.
        FailedPrecondition: CUDA was asked for and is not there.
    """
    bundle = await asyncio.to_thread(load_bundle, config.bundle)
    if engine is None:
        engine = await asyncio.to_thread(LocalEngine, bundle, config)
    cache = LatentCache.create(config)
    reason = await cache.check()
    if reason is not None:
        logger.warning("cache: redis cannot be used: %s; going on without it", reason)
    renderer = Renderer(bundle, engine, cache, config)
    return Servicers(
        sampling=SamplingServicer(renderer),
        pca_editing=PcaEditingServicer(renderer),
        style_transfer=StyleTransferServicer(renderer),
        model=ModelServicer(bundle, config),
        renderer=renderer,
        engine=engine,
        cache=cache,
    )

"""An engine whose arithmetic hangs, though it answers: Serve is told, and whoever asks after its health."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest

from mammoganesis.bundle.files import read_manifest
from mammoganesis.errors import Unavailable
from services.cluster.serve_engine import EngineDeployment, ServeEngine
from services.process.config import Config
from tests.support.engine_jobs import held, some_job
from tests.support.serving import TINY

TINY_DIGEST = read_manifest(TINY)[1]


async def test_an_engine_that_hangs_is_not_healthy() -> None:
    deployment = EngineDeployment()
    await deployment.open(Config(bundle=TINY, max_batch_seconds=0.1, execution_provider="cpu"))
    engine = ServeEngine(SimpleNamespace(ping=SimpleNamespace(remote=deployment.ping)), TINY_DIGEST)
    await engine.ping(60)
    await deployment.check_health()
    with held(deployment._engine):
        hanging = asyncio.create_task(deployment.synthesize([some_job(0)], None, TINY_DIGEST))
        await asyncio.sleep(0.2)
        with pytest.raises(Unavailable, match="at one batch for"):
            await engine.ping(60)
        with pytest.raises(Unavailable, match="at one batch for"):
            await deployment.check_health()  # Serve replaces a replica that raises
    await hanging
    await engine.ping(60)
    await deployment.check_health()

"""An engine of the tiny bundle on the CPU, for the tests of this folder."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from mammoganesis.bundle.bundle import Bundle
from mammoganesis.bundle.loading import load_bundle
from services.process.config import Config
from services.rendering.engine import LocalEngine
from tests.support.serving import TINY


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return load_bundle(TINY)


@pytest.fixture
async def engine(bundle: Bundle) -> AsyncIterator[LocalEngine]:
    built = LocalEngine(bundle, Config(bundle=TINY, max_batch_size=8, max_queued_images=32, execution_provider="cpu"))
    yield built
    await built.close()

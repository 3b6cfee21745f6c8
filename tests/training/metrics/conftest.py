"""What tests of metrics measure."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.measured_images import prepared
from tests.support.untrained import new_generator
from training.networks import Generator


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return prepared(tmp_path_factory.mktemp("metrics") / "data", 40, 12)


@pytest.fixture(scope="module")
def generator() -> Generator:
    return new_generator(1)

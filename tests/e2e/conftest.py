"""One cluster for all end-to-end tests."""

from __future__ import annotations

from collections.abc import Iterator

import grpc
import pytest

from services.process.children import descendants
from tests.e2e.system import System, launched, left


@pytest.fixture(scope="package")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """The running system; at the end Ctrl-C must leave nothing behind."""
    with launched(tmp_path_factory.mktemp("quickstart")) as system:
        system.wait_until_up()
        yield system
        folder, below = system.folder, descendants(system.process.pid)
        assert system.stop() == 0, system.output
        assert not folder.exists()
        assert not left(below)


@pytest.fixture
def channel(system: System) -> Iterator[grpc.Channel]:
    """A plain channel to the edge."""
    with system.channel() as channel:
        yield channel

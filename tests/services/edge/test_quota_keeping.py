"""Counts of a day outlive the Redis of `serve`, which forgets them: real edges, and that server as it is started."""

from __future__ import annotations

import asyncio
import json
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.edge import quotas
from services.launch.embedded_redis import EmbeddedRedis
from tests.services.edge.test_quotas import Engine, ask, edge, now, until_used, used, who
from tests.support.embedded_redis import running_embedded_redis, until_it_answers
from tests.support.redis_server import redis_executable

__all__ = ["now"]  # the fixture: the time of edges stands still
DOCUMENT = {"default": {"images_per_day": 50, "calls_per_minute": 1000}, "groups": {"ward": {"images_per_day": 60}}}


@pytest.fixture
def server() -> Iterator[EmbeddedRedis]:
    with (
        tempfile.TemporaryDirectory(prefix="mg-", dir="/tmp") as name,  # short, for the socket's path
        running_embedded_redis(Path(redis_executable()), Path(name)) as server,
    ):
        yield server


def begin_anew(server: EmbeddedRedis) -> None:
    server.child.stop(0)
    server.child.start()
    until_it_answers(server)


async def images(running, count: int) -> None:
    await until_used(running, "images_per_day", count)


async def test_counts_stand_when_edge_and_redis_were_stopped_and_started(tmp_path: Path, server: EmbeddedRedis) -> None:
    file = tmp_path / "state" / "counts.json"
    for before in (0, 6, 12):
        async with edge(Engine(), tmp_path, DOCUMENT, server.url, quota_counts_file=file) as running:
            await images(running, before)
            await ask(running, 6, who("one", "ward"))
        if before:
            begin_anew(server)
        # else the edge alone: what stands in Redis is not given back to it
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    kept = {key.rpartition(":")[0]: count for key, count in json.loads(file.read_text()).items()}
    assert kept == {"images_per_day:principal:https://issuer.example|one": 18, "images_per_day:group:ward": 18}


async def test_what_a_killed_redis_has_forgotten_is_back_beside_what_came_since(
    tmp_path: Path, server: EmbeddedRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "counts.json"
    with monkeypatch.context() as often:
        often.setattr(quotas, "KEEP_SECONDS", 0.1)
        async with edge(Engine(), tmp_path, DOCUMENT, server.url, quota_counts_file=file) as running:
            await ask(running, 7)
            while not (file.exists() and 7 in json.loads(file.read_text()).values()):
                await asyncio.sleep(0.05)
            await asyncio.to_thread(begin_anew, server)
            await images(running, 7)
    async with edge(Engine(), tmp_path, DOCUMENT, server.url, quota_counts_file=file) as running:
        await images(running, 7)
        await asyncio.to_thread(begin_anew, server)
        await ask(running, 2)  # within the minute: it is seen at once
        assert (await used(running))["images_per_day", "of yours"] == (9, 50)


async def test_another_day_begins_at_nothing_and_a_damaged_file_is_put_aside(
    tmp_path: Path, server: EmbeddedRedis, now: float, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "counts.json"
    key, day = "images_per_day:principal:https://issuer.example|one", int(now // 86_400)
    file.write_text(json.dumps({f"{key}:{day - 1}": 50}))
    async with edge(Engine(), tmp_path, DOCUMENT, server.url, quota_counts_file=file) as running:
        await ask(running, 1)
    assert json.loads(file.read_text()) == {f"{key}:{day}": 1}
    for damaged in ("{", "[1]", json.dumps({f"{key}:{day}": "many"}), json.dumps({f"{key}:{day}": -1})):
        file.write_text(damaged)
        begin_anew(server)
        async with edge(Engine(), tmp_path, DOCUMENT, server.url, quota_counts_file=file) as running:
            assert (await used(running))["images_per_day", "of yours"][0] == 0
        assert file.with_suffix(".damaged").read_text() == damaged
    assert "put aside" in caplog.text

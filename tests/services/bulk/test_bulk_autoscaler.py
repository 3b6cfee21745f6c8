"""A bulk job on a Ray whose own autoscaler adds and removes the nodes: from none to two and back to none."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from services.cluster.settings import closed
from tests.services.bulk.test_bulk_cluster import MAMMOGANESIS
from tests.support.autoscaling_ray import AutoscalingRay, autoscaling_ray
from tests.support.serving import TINY

pytestmark = [pytest.mark.cluster, pytest.mark.slow]

MOST_NODES, IDLE_SECONDS = 2, 5
IMAGES, SHARD = 12_000, 8
JOB = {"format": "mammoganesis-bulk", "format_version": 1, "count": IMAGES, "shard_images": SHARD}


@pytest.fixture
def ray(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AutoscalingRay]:
    token = secrets.token_hex(32)
    for name, value in {**closed(), "RAY_AUTH_TOKEN": token, "OMP_NUM_THREADS": "1"}.items():
        monkeypatch.setenv(name, value)
    with autoscaling_ray(tmp_path_factory.mktemp("ray"), MOST_NODES, IDLE_SECONDS, token) as started:
        yield started


class Job:
    """The command, and what it has written so far."""

    def __init__(self, out: Path, command: list[str]) -> None:
        self._out = out
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def done(self) -> int:
        """Shards that are there."""
        return len(list(self._out.glob("manifest/*.parquet")))

    def wait_until(self, there: Callable[[], bool]) -> None:
        """The job may not end meanwhile."""
        while not there():
            assert self.process.poll() is None, self.process.communicate()
            time.sleep(0.2)


@contextmanager
def standing_still(processes: list[int]) -> Iterator[None]:
    """Nothing gets done within, so that a node may take as long as it likes, and the job need not be long."""
    for process in processes:
        os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            os.kill(process, signal.SIGCONT)


@pytest.mark.timeout(900)
def test_a_job_brings_its_own_nodes_and_leaves_none(ray: AutoscalingRay, tmp_path: Path) -> None:
    document, out = tmp_path / "job.json", tmp_path / "out"
    document.write_text(json.dumps(JOB))
    command = [MAMMOGANESIS, "bulk", str(document), "--bundle", str(TINY), "--out", str(out)]
    # One worker more than there will ever be a place for.
    crew = ["--ray-address", ray.address, "--autoscaling", "--workers", str(MOST_NODES + 1), "--threads-per-worker=1"]
    assert (ray.seen().nodes, ray.seen().asked_for) == (frozenset(), 0)
    job = Job(out, [*command, *crew])
    try:
        job.wait_until(lambda: ray.seen().asked_for == MOST_NODES + 1)
        with standing_still([job.process.pid]):
            job.wait_until(lambda: len(ray.seen().busy) == MOST_NODES)
        first, second = sorted(ray.seen().busy)
        job.wait_until(lambda: bool(ray.workers(first) and ray.workers(second)))
        begun = job.done()
        job.wait_until(lambda: job.done() > begun)
        ray.kill(first)
        job.wait_until(lambda: not ray.workers(first))
        left = job.done()
        job.wait_until(lambda: job.done() > left + 2)  # more than was being written
        with standing_still(ray.workers(second)):
            job.wait_until(lambda: bool(ray.seen().busy - {first, second}))
        (third,) = ray.seen().nodes - {first, second}
        job.wait_until(lambda: bool(ray.workers(third)))
        assert job.done() < IMAGES // SHARD, "the job has to be longer"
        output, errors = job.process.communicate(timeout=600)
    finally:
        job.process.kill()
        job.process.wait()
    assert job.process.returncode == 0, errors
    assert f"{IMAGES} images in" in output
    while (after := ray.seen()).nodes:
        time.sleep(0.2)
    assert after.asked_for == 0
    assert not ray.workers("")
    verified = subprocess.run([MAMMOGANESIS, "bulk", "verify", str(out)], capture_output=True, text=True)
    assert (verified.returncode, f"{IMAGES} of {IMAGES} images" in verified.stdout) == (0, True), verified.stdout

"""A bulk job on a Ray whose own autoscaler adds the nodes: from none to two, one of which dies on the way."""

from __future__ import annotations

import json
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
IMAGES, SHARD = 4_000, 8
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
    def standing_still(self) -> Iterator[None]:
        """It gives out no shard within, so that a node may take as long as it likes, and the job need not be long."""
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)


@pytest.mark.timeout(900)
def test_a_job_brings_its_own_nodes_and_loses_nothing_with_one(ray: AutoscalingRay, tmp_path: Path) -> None:
    document, out = tmp_path / "job.json", tmp_path / "out"
    document.write_text(json.dumps(JOB))
    command = [MAMMOGANESIS, "bulk", str(document), "--bundle", str(TINY), "--out", str(out)]
    # One worker more than there will ever be a place for.
    crew = ["--ray-address", ray.address, "--autoscaling", "--workers", str(MOST_NODES + 1), "--threads-per-worker=1"]
    assert (ray.seen().nodes, ray.seen().asked_for) == (frozenset(), 0)
    job = Job(out, [*command, *crew])
    try:
        job.wait_until(lambda: ray.seen().asked_for == MOST_NODES + 1)
        with job.standing_still():
            job.wait_until(lambda: len(ray.seen().busy) == MOST_NODES)
        first, second = sorted(ray.seen().busy)
        job.wait_until(lambda: bool(ray.workers(first) and ray.workers(second)))
        begun = job.done()
        job.wait_until(lambda: job.done() > begun)
        ray.kill(first)
        output, errors = job.process.communicate(timeout=600)
    finally:
        job.process.kill()
        job.process.wait()
    assert job.process.returncode == 0, errors
    assert f"{IMAGES} images in" in output
    verified = subprocess.run([MAMMOGANESIS, "bulk", "verify", str(out)], capture_output=True, text=True)
    assert (verified.returncode, f"{IMAGES} of {IMAGES} images" in verified.stdout) == (0, True), verified.stdout

"""A bulk job on a real Ray whose nodes come and go while it runs."""

from __future__ import annotations

import json
import secrets
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.services.bulk.test_bulk_cluster import MAMMOGANESIS
from tests.services.bulk.test_bulk_store import Cluster
from tests.support.serving import TINY

pytestmark = [pytest.mark.cluster, pytest.mark.slow]

IMAGES, SHARD = 12_000, 8
JOB = {"format": "mammoganesis-bulk", "format_version": 1, "count": IMAGES, "shard_images": SHARD}


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    """Without a node for work."""
    token = secrets.token_hex(32)
    monkeypatch.setenv("RAY_AUTH_MODE", "token")
    monkeypatch.setenv("RAY_AUTH_TOKEN", token)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    found = Cluster(token)
    yield found
    found.close()


def asked_for(cluster: Cluster) -> int:
    """Places that wait, as Ray's autoscaler sees them."""
    from ray._raylet import GcsClient
    from ray.autoscaler.v2.sdk import get_cluster_resource_state

    state = get_cluster_resource_state(GcsClient(address=cluster.address))
    return sum(each.count for each in state.pending_resource_requests)


def wait_until(driver: subprocess.Popen[str], there: Callable[[], bool]) -> None:
    while not there():
        assert driver.poll() is None, driver.communicate()
        time.sleep(0.2)


@pytest.mark.timeout(900)
def test_nodes_that_come_are_used_and_those_that_go_lose_nothing(cluster: Cluster, tmp_path: Path) -> None:
    document, out = tmp_path / "job.json", tmp_path / "out"
    document.write_text(json.dumps(JOB))
    command = [MAMMOGANESIS, "bulk", str(document), "--bundle", str(TINY), "--out", str(out)]
    place = ["--ray-address", cluster.address, "--workers", "2", "--threads-per-worker", "1"]
    refused = subprocess.run([*command, *place], capture_output=True, text=True)
    assert "--ray-address: the cluster has no processors for work" in refused.stderr

    def done() -> int:
        return len(list(out.glob("manifest/*.parquet")))

    driver = subprocess.Popen(
        [*command, *place, "--autoscaling"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        wait_until(driver, lambda: asked_for(cluster) == 2)
        first = cluster.add()
        wait_until(driver, lambda: done() >= 3)
        assert asked_for(cluster) == 1
        second = cluster.add()
        wait_until(driver, lambda: len(cluster.workers()) == 2)
        joined = done()
        wait_until(driver, lambda: done() > joined + 4)
        cluster.kill(first)
        wait_until(driver, lambda: asked_for(cluster) == 1)
        left = done()
        assert left < IMAGES // SHARD, "the job has to be longer"
        wait_until(driver, lambda: done() > left)
        cluster.add()
        cluster.kill(second)
        output, errors = driver.communicate(timeout=600)
    finally:
        driver.kill()
        driver.wait()
    assert driver.returncode == 0, errors
    assert f"{IMAGES} images in" in output
    assert asked_for(cluster) == 0
    verified = subprocess.run([MAMMOGANESIS, "bulk", "verify", str(out)], capture_output=True, text=True)
    assert (verified.returncode, f"{IMAGES} of {IMAGES} images" in verified.stdout) == (0, True), verified.stdout

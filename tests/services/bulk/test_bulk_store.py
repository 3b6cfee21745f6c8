"""Bulk jobs into an S3-compatible store, through a real Ray, with everything on the way killed."""

from __future__ import annotations

import hashlib
import io
import json
import os
import secrets
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from pydicom import dcmread

from mammoganesis.pictures.pixels import to_uint12
from mammoganesis.recipe.canonical import from_json
from services.client import Client, Picture
from services.cluster.settings import OBJECT_STORE_BYTES
from tests.places import ROOT
from tests.services.bulk.test_bulk_cluster import MAMMOGANESIS, gone, worker_ids
from tests.support.object_store import BUCKET, ObjectStore, object_store
from tests.support.serving import TINY

pytestmark = pytest.mark.cluster

DEMO = ROOT / "deploy" / "bundles" / "demo"
OUT = f"s3://{BUCKET}/job"
LEAST = {"format": "mammoganesis-bulk", "format_version": 1, "seed": 4}


@pytest.fixture
def store() -> Iterator[ObjectStore]:
    with object_store() as running:
        yield running


def start(document: Path, bundle: Path, environment: dict[str, str], *options: str) -> subprocess.Popen[str]:
    command = [MAMMOGANESIS, "bulk", str(document), "--bundle", str(bundle), "--out", OUT, *options]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for_shards(driver: subprocess.Popen[str], store: ObjectStore, count: int) -> None:
    while len(store.names("job/manifest/")) < count:
        assert driver.poll() is None, driver.communicate()
        time.sleep(0.1)


def kill_driver(driver: subprocess.Popen[str], workers: set[int]) -> None:
    driver.kill()
    driver.communicate()
    while not gone(workers):
        time.sleep(0.1)


def verified(bundle: Path, environment: dict[str, str]) -> str:
    command = [MAMMOGANESIS, "bulk", "verify", OUT, "--bundle", str(bundle)]
    told = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert told.returncode == 0, told.stdout[-2000:] + told.stderr[-2000:]
    return told.stdout


def rows_of(store: ObjectStore) -> list[dict[str, Any]]:
    data = store.client.get_object(Bucket=BUCKET, Key="job/manifest.parquet")["Body"].read()
    return pq.read_table(io.BytesIO(data)).to_pylist()


@pytest.mark.timeout(600)
def test_a_driver_killed_before_a_store_goes_on_from_whole_shards(tmp_path: Path, store: ObjectStore) -> None:
    document = tmp_path / "job.json"
    edit = {"index": 1, "sigmas": {"normal": {"mean": 1, "deviation": 0.5}}, "probability": 0.35}
    document.write_text(
        json.dumps(LEAST | {"count": 120, "edits": [edit], "layout": "BULK_LAYOUT_WEBDATASET", "shard_images": 4})
    )
    driver = start(document, TINY, store.environment, "--workers", "1")
    wait_for_shards(driver, store, 3)
    kill_driver(driver, set(worker_ids(driver.pid)))
    before = {
        name: store.client.head_object(Bucket=BUCKET, Key=name)["LastModified"] for name in store.names("job/manifest/")
    }
    assert 3 <= len(before) < 30
    driver = start(document, TINY, store.environment, "--workers", "1")
    output, errors = driver.communicate(timeout=300)
    assert driver.returncode == 0, errors
    assert f"{4 * len(before)} found and proved" in output
    assert {name: store.client.head_object(Bucket=BUCKET, Key=name)["LastModified"] for name in before} == before
    assert "120 of 120 images are there and right, by whole shards; 0 faults" in verified(TINY, store.environment)
    assert len(store.names("job/shards/")) == 30


class Cluster:
    """A Ray of several nodes on this machine: a head without processors, and nodes of one each; `token` is in the
    environment of all its processes."""

    def __init__(self, token: str) -> None:
        from ray.cluster_utils import Cluster as Nodes

        head = {"num_cpus": 0, "object_store_memory": OBJECT_STORE_BYTES, "include_dashboard": False}
        self._nodes = Nodes(initialize_head=True, head_node_args=head)
        self.address, self._token = self._nodes.address, token.encode()

    def add(self) -> Any:
        """One more node."""
        return self._nodes.add_node(num_cpus=1, object_store_memory=OBJECT_STORE_BYTES)

    def kill(self, node: Any) -> None:
        """kill -9 of a node: its raylet, and with it all of its workers."""
        self._nodes.remove_node(node, allow_graceful=False)

    def workers(self) -> list[int]:
        """The processes that make images."""
        found = []
        for folder in Path("/proc").iterdir():
            if folder.name.isdecimal():
                try:
                    named = (folder / "cmdline").read_text().startswith("ray::Worker")
                    if named and self._token in (folder / "environ").read_bytes():
                        found.append(int(folder.name))
                except OSError:
                    continue
        return found

    def close(self) -> None:
        """Ends all nodes."""
        self._nodes.shutdown()


@pytest.mark.slow
@pytest.mark.timeout(3000)
def test_two_thousand_mammograms_come_once_whatever_is_killed(
    tmp_path: Path, store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}
    environment = store.environment | token | {"OMP_NUM_THREADS": "1"}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    document = tmp_path / "job.json"
    edit = {
        "directions": ["scattered-density"],
        "sigmas": {"normal": {"mean": 1, "deviation": 0.5}},
        "probability": 0.35,
    }
    job = LEAST | {
        "count": 2000,
        "edits": [edit, {"directions": ["size"], "probability": 0.35}],
        "transfers": [{"probability": 0.1}],
        "picture": {"encoding": "IMAGE_ENCODING_DICOM", "side": "SIDE_RIGHT", "view": "VIEW_MLO"},
        "layout": "BULK_LAYOUT_DICOM_STUDIES",
        "images_per_study": 4,
        "shard_images": 32,
    }
    document.write_text(json.dumps(job))
    cluster, driver = Cluster(token["RAY_AUTH_TOKEN"]), None
    try:
        nodes = [cluster.add(), cluster.add()]
        crew = ("--ray-address", cluster.address, "--workers", "2", "--threads-per-worker", "1")
        driver = start(document, DEMO, environment, *crew)
        wait_for_shards(driver, store, 2)
        store.kill()  # it comes back empty, and without its bucket for a while
        store.start(bucket=False)
        time.sleep(1)
        store.client.create_bucket(Bucket=BUCKET)
        wait_for_shards(driver, store, 5)
        os.kill(cluster.workers()[0], signal.SIGKILL)
        wait_for_shards(driver, store, 12)
        kill_driver(driver, set(cluster.workers()))
        driver = start(document, DEMO, environment, *crew)
        wait_for_shards(driver, store, 20)
        cluster.kill(nodes[1])
        wait_for_shards(driver, store, 30)
        cluster.add()
        output, errors = driver.communicate(timeout=2000)
        assert driver.returncode == 0, errors
        assert "2000 images in" in output
    finally:
        if driver is not None:
            driver.kill()
            driver.wait()
        cluster.close()
    assert "2000 of 2000 images are there and right, by whole shards; 0 faults" in verified(DEMO, environment)
    rows = rows_of(store)
    assert [row["index"] for row in rows] == list(range(2000))
    assert len({row["latent_id"] for row in rows}) == len({row["seed"] for row in rows}) == 2000
    names = store.names("job/studies/")
    assert sorted(names) == sorted(f"job/{row['file']}" for row in rows)
    identifiers, studies = set(), set()
    for row in rows:
        data = store.client.get_object(Bucket=BUCKET, Key=f"job/{row['file']}")["Body"].read()
        assert hashlib.sha256(data).hexdigest() == row["sha256"]
        file = dcmread(io.BytesIO(data), stop_before_pixels=True)
        identifiers.add(file.SOPInstanceUID)
        studies.add(file.StudyInstanceUID)
    assert (len(identifiers), len(studies)) == (2000, 500)
    with Client.local(DEMO) as client:  # by other code
        for row in rows[::250]:
            (image,) = client.sample(latents=[from_json(row["recipe"])], picture=Picture("raw"))
            data = store.client.get_object(Bucket=BUCKET, Key=f"job/{row['file']}")["Body"].read()
            unmarked = to_uint12(image.pixels())
            stored = dcmread(io.BytesIO(data)).pixel_array
            rows_of_mark = np.flatnonzero((stored != unmarked).any(axis=1))
            assert len(rows_of_mark) < stored.shape[0] / 4, "more than the mark is another"

"""Who Ray's memory monitor ends is told: by an exporter as Ray has it, and by Ray itself."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import tempfile
import time

import psutil
import pytest

from services.cluster.settings import closed
from services.launch.ray_memory import RayMemory
from services.process.ports import free_block
from services.process.proxies import without_loopback_proxies
from tests.support.ray_exporter import ended, exporter


def test_each_is_told_once_and_a_ray_that_begins_anew_counts_anew() -> None:
    engine, page = "ServeReplica:engine:Engine.__init__", [""]
    with exporter(lambda: page[0]) as address:
        memory = RayMemory(address)
        told = []
        for text in (
            "",
            ended(engine, 2),
            ended(engine, 2),
            ended(engine, 5) + ended("Worker.__init__", 1),
            ended(engine, 1),
        ):
            page[0] = text
            memory.look()
            told.append(dict(memory.news()))
    assert told == [{}, {"engine/Engine": 2}, {}, {"engine/Engine": 3, "Worker": 1}, {"engine/Engine": 1}]
    memory.look()  # nobody answers any more
    assert not memory.news()


PROGRAM = """
import sys
import ray
port = int(sys.argv[1])
ray.init(
    address="local", num_cpus=1, include_dashboard=False, object_store_memory=100 * 2**20,
    _temp_dir=sys.argv[2], _metrics_export_port=port,
)

@ray.remote(num_cpus=1, max_restarts=0)
class Greedy:
    def take(self):
        held = []
        while True:
            held.append(bytearray(b"1") * 2**24)  # written to: zeros would take nothing

try:
    ray.get(Greedy.remote().take.remote())
except (ray.exceptions.OutOfMemoryError, ray.exceptions.RayActorError):  # with Ray's reason, or without
    print("ended", flush=True)
sys.stdin.read()
ray.shutdown()
"""


@pytest.mark.cluster
@pytest.mark.slow
def test_ray_tells_whom_it_has_ended() -> None:
    """A threshold that the machine's other work has nearly reached, and an actor that takes what is left to it."""
    machine = psutil.virtual_memory()
    threshold = (machine.total - machine.available + 2**29) / machine.total
    environment = {
        **without_loopback_proxies(os.environ),
        **closed(),
        "RAY_AUTH_TOKEN": secrets.token_hex(32),
        "RAY_memory_usage_threshold": f"{threshold:.4f}",
    }
    port = free_block(1)
    with (
        tempfile.TemporaryDirectory(prefix="r", dir="/tmp") as folder,  # short: paths of sockets have 107 characters
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(port), folder],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as ray,
    ):
        assert ray.stdout is not None
        while (line := ray.stdout.readline()) != "ended\n":
            assert line, "Ray has ended without"
        memory = RayMemory(f"127.0.0.1:{port}")
        found: dict[str, int] = {}
        while not found:
            time.sleep(0.5)
            memory.look()
            found = dict(memory.news())
        ray.communicate("")
    assert "Greedy" in found

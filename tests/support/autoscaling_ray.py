"""A Ray on this machine that adds and removes its nodes by itself, as on KubeRay: its own autoscaler (version 2) with a
provider that starts a raylet where others start a machine or a pod.

`ray.cluster_utils.AutoscalingCluster` would be that; it ends every Ray of the machine when it starts and stops.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.cluster.settings import OBJECT_STORE_BYTES
from services.process.ports import free_block
from tests.support.patience import WAIT_SECONDS

_HEAD, _WORKER = "ray.head.default", "worker"  # the former is the provider's
_COMMANDS = ("setup", "head_setup", "worker_setup", "initialization", "head_start_ray", "worker_start_ray")
_STARTS = 3  # Ray gives its own processes 15 seconds, too little on a very busy machine


@dataclass(frozen=True)
class Seen:
    """The cluster as its autoscaler sees it.

    Attributes:
        nodes: of workers, by the provider's name; those that are starting are not among them.
        busy: those of them with something on them.
        asked_for: places that wait.
    """

    nodes: frozenset[str]
    busy: frozenset[str]
    asked_for: int


@contextmanager
def autoscaling_ray(folder: Path, most: int, idle_seconds: float, token: str) -> Iterator[AutoscalingRay]:
    """Up while the context is: a head without processors, and up to `most` nodes of one each, which go when nothing has
    been on them for `idle_seconds`. The caller's environment is that of all its processes: the variables of
    `services.cluster.settings.closed`, and `token` as RAY_AUTH_TOKEN."""
    for start in range(1, _STARTS + 1):
        ray = AutoscalingRay(f"127.0.0.1:{free_block(2)}", token)
        try:
            started = ray.start(folder / str(start), most, idle_seconds)
            if started.returncode == 0:
                yield ray
                return
        finally:
            ray.close()
    raise AssertionError(started.stdout + started.stderr)


class AutoscalingRay:
    """See `autoscaling_ray`."""

    def __init__(self, address: str, token: str) -> None:
        self.address, self._token = address, token.encode()

    def start(self, folder: Path, most: int, idle_seconds: float) -> subprocess.CompletedProcess[str]:
        """Starts the head, with the autoscaler."""
        folder.mkdir()
        configuration = folder / "autoscaling.yaml"
        configuration.write_text(json.dumps(_configuration(self.address, most, idle_seconds)))  # JSON is YAML
        host, _, port = self.address.partition(":")
        options = {
            "node-ip-address": host,
            "port": port,
            "ray-client-server-port": int(port) + 1,
            "dashboard-agent-listen-port": 0,
            "min-worker-port": 0,  # any
            "max-worker-port": 0,
            "num-cpus": 0,
            "object-store-memory": OBJECT_STORE_BYTES,
            "include-dashboard": False,
            "temp-dir": folder / "r",
            "autoscaling-config": configuration,
        }
        ours = {
            "AUTOSCALER_UPDATE_INTERVAL_S": "1",
            "RAY_FAKE_CLUSTER": "1",
            "RAY_enable_autoscaler_v2": "1",
            "RAY_CLOUD_INSTANCE_ID": _head_id(),
        }
        ray = str(Path(sys.executable).with_name("ray"))
        command = [ray, "start", "--head", *(f"--{name}={value}" for name, value in options.items())]
        environment = {**os.environ, **ours}
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=WAIT_SECONDS)

    def seen(self) -> Seen:
        """What there is now."""
        from ray.autoscaler.v2.sdk import get_cluster_status

        status = get_cluster_status(self.address)
        busy = [node.instance_id for node in status.active_nodes if node.ray_node_type_name == _WORKER]
        idle = [node.instance_id for node in status.idle_nodes if node.ray_node_type_name == _WORKER]
        demands = status.resource_demands.ray_task_actor_demand
        waiting = sum(each.count for demand in demands for each in demand.bundles_by_count)
        return Seen(frozenset(busy + idle), frozenset(busy), waiting)

    def workers(self, node: str) -> list[int]:
        """The processes on a node that make images."""
        return self._processes("ray::Worker", node)

    def kill(self, node: str) -> None:
        """kill -9 of all that runs on a node, as when a machine goes: workers outlive their raylet by seconds."""
        _kill(self._processes("", node))

    def close(self) -> None:
        """Ends everything: the autoscaler first, which would add nodes again."""
        _kill(self._processes("autoscaler/v2/monitor"))
        _kill(self._processes(""))

    def _processes(self, name: str, node: str = "") -> list[int]:
        """Of this Ray, with `name` in the command line and `node` in the environment."""
        found = []
        for folder in Path("/proc").iterdir():
            if folder.name.isdecimal() and int(folder.name) != os.getpid():
                with suppress(OSError):  # it has ended meanwhile
                    environment = (folder / "environ").read_bytes()
                    if self._token in environment and node.encode() in environment:
                        found += [int(folder.name)] * (name in (folder / "cmdline").read_text())
        return found


def _kill(processes: list[int]) -> None:
    for process in processes:
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)


def _head_id() -> str:
    from ray.autoscaler._private.fake_multi_node.node_provider import FAKE_HEAD_NODE_ID

    return FAKE_HEAD_NODE_ID


def _configuration(address: str, most: int, idle_seconds: float) -> dict[str, Any]:
    provider = {
        # By its module: Ray's package lacks the file of defaults that "fake_multinode" reads.
        "type": "external",
        "module": "ray.autoscaler._private.fake_multi_node.node_provider.FakeMultiNodeProvider",
        "gcs_address": address,
        "head_node_id": _head_id(),
        "launch_multiple": True,
        "disable_launch_config_check": True,
        "disable_node_updaters": True,
    }
    worker = {"CPU": 1, "object_store_memory": OBJECT_STORE_BYTES}
    return {
        "cluster_name": "test",
        "max_workers": most,
        "idle_timeout_minutes": idle_seconds / 60,
        "upscaling_speed": 1.0,
        "provider": provider,
        "auth": {},
        "file_mounts": {},
        "cluster_synced_files": [],
        **{f"{name}_commands": [] for name in _COMMANDS},
        "head_node_type": _HEAD,
        "available_node_types": {
            _HEAD: {"resources": {"CPU": 0}, "node_config": {}, "max_workers": 0},
            _WORKER: {"resources": worker, "node_config": {}, "min_workers": 0, "max_workers": most},
        },
    }

"""A real Prometheus (Debian's) that scrapes a running system with the configuration of deploy/observability."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.process.ports import free_block
from services.process.settings.observability import SERVED
from tests.places import ROOT
from tests.support.patience import WAIT_SECONDS

OBSERVABILITY = ROOT / "deploy" / "observability"
DASHBOARDS = sorted((OBSERVABILITY / "dashboards").glob("*.json"))
RULES: list[dict[str, Any]] = [
    rule for group in yaml.safe_load((OBSERVABILITY / "rules.yml").read_text())["groups"] for rule in group["rules"]
]
OTHERS = {
    *("process_resident_memory_bytes", "process_open_fds", "process_max_fds", "up"),
    *("ray_node_disk_free", "ray_node_disk_usage", "ray_component_uss_bytes"),
}
"""What dashboards and rules ask for that is none of ours: of Prometheus, of its client, and of Ray."""
JOBS = {"edge": "edge", "records": "records", "studio": "studio", "bulk": "bulk", "cluster": "ray"}
"""The job of each process that `serve` gives a port for metrics."""

needs_prometheus = pytest.mark.skipif(
    shutil.which("prometheus") is None or shutil.which("promtool") is None,
    reason="prometheus is not installed: tests/install_packages.sh",
)


@dataclass
class Prometheus:
    """A server at `url`."""

    url: str

    def ask(self, query: str) -> list[dict[str, Any]]:
        """The series that a query answers with now."""
        return self._get("query", query=query)["result"]

    def targets(self) -> dict[str, str]:
        """Health of each job."""
        active = self._get("targets")["activeTargets"]
        return {target["labels"]["job"]: target["health"] for target in active}

    def alerts(self) -> list[dict[str, Any]]:
        """Those that wait or fire."""
        return self._get("alerts")["alerts"]

    def _get(self, what: str, **arguments: str) -> Any:
        address = f"{self.url}/api/v1/{what}?{urllib.parse.urlencode(arguments)}"
        try:
            with urllib.request.urlopen(address) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            pytest.fail(f"{arguments}: {error.read().decode()}")


@contextmanager
def scraping(folder: Path, first_metrics_port: int) -> Iterator[Prometheus]:
    """Prometheus with our jobs and rules, every second; files below `folder`."""
    configuration = yaml.safe_load((OBSERVABILITY / "prometheus.yml").read_text())
    configuration["global"] = {"scrape_interval": "1s", "evaluation_interval": "2s"}
    configuration["rule_files"] = [str(OBSERVABILITY / "rules.yml")]
    ports = {JOBS[name]: first_metrics_port + number for number, name in enumerate(SERVED)}
    for job in configuration["scrape_configs"]:
        job["static_configs"] = [{"targets": [f"127.0.0.1:{ports[job['job_name']]}"]}]
    file, port = folder / "prometheus.yml", free_block(1)
    file.write_text(yaml.safe_dump(configuration))
    command = [
        *("prometheus", f"--config.file={file}", f"--storage.tsdb.path={folder / 'data'}", "--log.level=error"),
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    server = Prometheus(f"http://127.0.0.1:{port}")
    try:
        end = time.monotonic() + WAIT_SECONDS
        while True:
            try:
                urllib.request.urlopen(f"{server.url}/-/ready").close()
                break
            except OSError:
                assert process.poll() is None, "prometheus has ended"
                assert time.monotonic() < end, "prometheus does not answer"
                time.sleep(0.1)
        yield server
    finally:
        process.terminate()
        process.wait()

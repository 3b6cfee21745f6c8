"""A system to attack, and the traffic beside the attack."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

from tests.e2e.system import TINY, System, launched
from tests.faults import calls
from tests.places import ROOT

REPLICAS = ("--light-replicas", "2")
EXACT = ("--provider", "onnxruntime", "--precision", "float32", "--intra-op-threads", "1")


@contextmanager
def system(
    folder: Path, bundle: Path = TINY, *options: str, settings: Mapping[str, str] = MappingProxyType({})
) -> Iterator[System]:
    """A running system that computes the same bits as the oracle; it is stopped at the end. `settings`: variables."""
    chosen = ("--bundle", str(bundle), *EXACT, *REPLICAS, *options)
    with launched(folder / "quickstart", *chosen, settings=settings) as running:
        running.wait_until_up()
        yield running


def prepared(folder: Path, count: int, *bundles: Path) -> Path:
    """A file of calls with their digests, of each bundle."""
    path = folder / "calls.json"
    calls.write(asyncio.run(calls.judged(calls.mixture(count), *bundles)), path)
    return path


@contextmanager
def traffic(address: str, prepared_calls: Path, history: Path, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    """Calls in a process of their own, until the end of the block, when those in flight end too."""
    command = [sys.executable, "-m", "tests.faults.traffic", "--address", address]
    command += ["--calls", str(prepared_calls), "--history", str(history), *options]
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()

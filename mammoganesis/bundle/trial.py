"""A bundle tried in a process of its own, which may take so much memory and time and no more.

    python -m mammoganesis.bundle.trial FOLDER LIMITS

`mammoganesis.bundle.graphs` knows beforehand what a network takes; this is for what it cannot know: faults of ONNX
Runtime, and of ours. Whoever asks goes on whatever becomes of that process. Exit code 0: the bundle is as its golden
cases want it; 3: path and reason are on standard output, as JSON.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import mammoganesis
from mammoganesis.bundle.files import read_manifest
from mammoganesis.errors import BundleError
from mammoganesis.files import Location, location
from mammoganesis.json_text import NotJson, read_json

_REFUSED = 3
_MIB = 2**20


@dataclass(frozen=True)
class Limits:
    """What the process may use."""

    memory_mib: int  # address space
    cpu_seconds: int
    wall_seconds: int

    @classmethod
    def of(cls, resolution: int, bundle_bytes: int) -> Limits:
        """Several times what the golden cases of a bundle take.

        Args:
            resolution: pixels.
            bundle_bytes: of all its files.
        """
        squares = -(-resolution * resolution // 128**2)
        processors = os.cpu_count() or 1  # each has a thread of ONNX Runtime's, with stack and heap
        return cls(
            memory_mib=2048 + 128 * processors + 64 * squares + 6 * (bundle_bytes // _MIB),
            cpu_seconds=min(60 + 60 * squares, 3600),
            wall_seconds=min(60 + 60 * squares, 3600),
        )


def try_bundle(folder: Location | str, limits: Limits | None = None) -> None:
    """Read a bundle whole and replay its golden cases, elsewhere.

    Args:
        folder: the folder, or its address.
        limits: None: those of its size.

    Raises:
        BundleError: as `open_bundle` and `check_golden`, or it takes more than the limits.
    """
    place = location(folder)
    manifest, _ = read_manifest(place)
    size = sum(file.size for file in manifest.files)
    limits = limits or Limits.of(manifest.dimensions.resolution, size)
    root = str(Path(mammoganesis.__file__).parents[1])
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    try:
        done = subprocess.run(
            [sys.executable, "-m", __name__, str(folder), json.dumps(asdict(limits))],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # what ONNX Runtime says of itself
            timeout=limits.wall_seconds,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise BundleError(folder, f"its golden cases took more than {limits.wall_seconds} s") from None
    if done.returncode == _REFUSED:
        raise _refusal(done.stdout)
    if done.returncode != 0:
        raise BundleError(
            folder,
            f"the process that replayed its golden cases broke off (exit code {done.returncode}); it may take "
            f"{limits.cpu_seconds} s of processor time and {limits.memory_mib} MiB of memory",
        )


def _refusal(output: bytes) -> BundleError:
    try:
        said = read_json(output.strip().rpartition(b"\n")[2])
        return BundleError(said["path"], said["reason"])
    except (NotJson, KeyError, TypeError) as error:
        raise AssertionError("a refusal is an object of path and reason") from error


def main(arguments: list[str]) -> int:
    """The process; returns its exit code."""
    folder, limits = arguments[0], Limits(**read_json(arguments[1]))
    for kind, most in (
        (resource.RLIMIT_AS, limits.memory_mib * _MIB),
        (resource.RLIMIT_CPU, limits.cpu_seconds),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))
    from mammoganesis.bundle.golden import check_golden
    from mammoganesis.bundle.loading import open_bundle

    try:
        check_golden(open_bundle(folder))
    except BundleError as error:
        print(json.dumps({"path": error.path, "reason": error.reason}))
        return _REFUSED
    except MemoryError:
        print(json.dumps({"path": folder, "reason": f"it takes more than {limits.memory_mib} MiB of memory"}))
        return _REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

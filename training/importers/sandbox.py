"""Starts the process that reads a foreign file, and takes from it tensors and plain values only."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

import training
from mammoganesis import disk
from mammoganesis.errors import CheckpointError, DiskFull
from mammoganesis.json_text import read_json
from training.importers.child import FULL, REFUSED
from training.importers.unpickle import RefusedError

MAX_RESULT = 2**24  # bytes of result.json
MAX_REASON = 500


@dataclass(frozen=True)
class Limits:
    """What the reading process may use."""

    memory_mib: int  # address space
    cpu_seconds: int
    wall_seconds: int
    output_mib: int  # of one written file

    @classmethod
    def of(cls, file_size: int) -> Limits:
        """Enough for a network of this size in bytes: the file, its tensors, and their copies."""
        mib = -(-file_size // 2**20)
        return cls(
            memory_mib=1024 + 6 * mib, cpu_seconds=60 + mib // 10, wall_seconds=300 + mib // 2, output_mib=64 + 2 * mib
        )


@dataclass(frozen=True)
class Foreign:
    """What a foreign file held."""

    kind: str  # "nvidia" or "rosinality"
    tensors: dict[str, Tensor]  # NETWORK/NAME -> float32
    attributes: dict[str, dict[str, Any]]  # NETWORK/MODULE -> attribute -> number, text or truth value

    def network(self, name: str) -> dict[str, Tensor]:
        """The tensors of one network; empty if the file has none of that name."""
        return {k.removeprefix(f"{name}/"): v for k, v in self.tensors.items() if k.startswith(f"{name}/")}


def read(file: BinaryIO, limits: Limits) -> Foreign:
    """Read a foreign network in a process with limits.

    Raises:
        CheckpointError: the file was refused, or reading it went beyond a limit; names the file.
        DiskFull: there is no room for the tensors in the folder of temporary files.
    """
    try:
        return _read(file, limits)
    except DiskFull as error:
        raise error.keeping("reading a network needs temporary files there; TMPDIR names another folder") from error
    except RefusedError as error:
        raise CheckpointError(f"{file.name}: is not imported: {error}") from None


def _read(file: BinaryIO, limits: Limits) -> Foreign:
    place = Path(tempfile.gettempdir())
    with disk.full_disk_named(place), tempfile.TemporaryDirectory(prefix="mammoganesis-import-", dir=place) as folder:
        file.seek(0)
        command = [sys.executable, "-P", "-m", "training.importers.child", str(file.fileno()), folder]
        try:
            done = subprocess.run(
                [*command, json.dumps(asdict(limits))],
                pass_fds=(file.fileno(),),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=limits.wall_seconds,
                cwd=folder,
                # Nothing of the caller's environment, which may hold credentials. One thread: each takes address space.
                env={
                    **{name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ},
                    "PYTHONPATH": str(Path(training.__file__).parents[1]),
                    "OPENBLAS_NUM_THREADS": "1",
                    "OMP_NUM_THREADS": "1",
                    "MKL_NUM_THREADS": "1",
                },
                start_new_session=True,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise RefusedError(f"it took more than {limits.wall_seconds} s to read") from None
        if done.returncode == FULL:
            with disk.full_disk_named(Path(folder), int(done.stdout) if done.stdout.strip().isdigit() else None):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        if done.returncode != 0:
            raise RefusedError(_reason(done, limits))
        return _results(Path(folder))


def _reason(done: subprocess.CompletedProcess[bytes], limits: Limits) -> str:
    if done.returncode == REFUSED:
        text = done.stdout.decode("ascii", "replace").strip()[:MAX_REASON]
        return "".join(c if c.isprintable() else "?" for c in text) or "it was refused"
    if done.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
        return (
            f"reading it was ended: it took more than {limits.cpu_seconds} s of processor time, or more memory than "
            "the machine has"
        )
    if done.returncode == -signal.SIGXFSZ:
        return f"its tensors are larger than {limits.output_mib} MiB"
    return (
        f"the process that read it broke off (exit code {done.returncode}); it is damaged, nested too deeply, or wants "
        f"more than {limits.memory_mib} MiB of memory"
    )


def _results(folder: Path) -> Foreign:
    result, tensors = folder / "result.json", folder / "tensors.safetensors"
    try:
        if result.stat().st_size > MAX_RESULT:
            raise RefusedError("its attributes are too many")
        content = read_json(result.read_bytes())
        loaded = load_file(tensors)
        attributes = {str(path): dict(values) for path, values in content["attributes"].items()}
        return Foreign(str(content["kind"]), {k: v.float() for k, v in loaded.items()}, attributes)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, SafetensorError) as error:
        raise RefusedError(f"what the reading process handed back is damaged ({type(error).__name__})") from error

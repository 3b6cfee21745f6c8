"""The process that reads a foreign file; `sandbox` starts it.

    python -m training.importers.child FD OUT LIMITS

FD is the open file, OUT a folder for `result.json` and `tensors.safetensors`, LIMITS the JSON of `sandbox.Limits`.
Limits and the separation from the network come first, then the file is read, and while it is read no audited action of
Python's (importing, opening, executing, sockets) passes. Exit code 0: both files are written; 3: the reason is on
standard output; 4: there is no room for the tensors, whose bytes are there.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import json
import math
import os
import pickle
import re
import resource
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import save_file

from training.importers import archives
from training.importers.unpickle import Attributes, LazyTensor, PersistentObject, RefusedError, shown

REFUSED, FULL = 3, 4
FULL_NUMBERS = (errno.ENOSPC, errno.EDQUOT)
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
NVIDIA_NETWORKS = ("G", "D", "G_ema", "augment_pipe")
ROSINALITY_NETWORKS = ("g", "d", "g_ema")
MAX_TENSORS, MAX_DEPTH, MAX_TEXT = 20_000, 16, 200
NAME = re.compile(r"[A-Za-z0-9_.]{1,200}")


def limit(limits: dict[str, int]) -> None:
    """Give up memory, time, files, processes and the network, as far as the system lets us."""
    mib = 2**20
    for kind, value in (
        (resource.RLIMIT_AS, limits["memory_mib"] * mib),
        (resource.RLIMIT_CPU, limits["cpu_seconds"]),
        (resource.RLIMIT_FSIZE, limits["output_mib"] * mib),
        (resource.RLIMIT_NOFILE, 16),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (value, value))
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).unshare(CLONE_NEWUSER | CLONE_NEWNET)


class Guard:
    """An audit hook that lets nothing pass but the look-up of a name, while it is closed. Fails closed."""

    def __init__(self) -> None:
        self._closed = False
        sys.addaudithook(self._hook)

    def _hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self._closed and event != "pickle.find_class":
            raise RefusedError(f"it tries to do something ({shown(event)})")

    @contextlib.contextmanager
    def closed(self) -> Iterator[None]:
        self._closed = True
        try:
            yield
        finally:
            self._closed = False


class Contents:
    """Tensors by NETWORK/NAME and the plain attributes of the networks' modules."""

    def __init__(self, largest: int) -> None:
        self.tensors: dict[str, np.ndarray] = {}
        self.attributes: dict[str, dict[str, Any]] = {}  # NETWORK/MODULE -> attribute -> number, text or truth value
        self._left = largest  # bytes that may still be added

    def add_tensor(self, name: str, tensor: Any) -> None:
        if tensor is None:
            return
        if not isinstance(tensor, LazyTensor):
            raise RefusedError(f"{shown(name)} is no tensor")
        if not NAME.fullmatch(name.replace("/", ".")) or len(self.tensors) >= MAX_TENSORS:
            raise RefusedError(f"{shown(name)}: too many tensors, or no name for one")
        values = tensor.array()
        self._left -= values.nbytes
        if self._left < 0:
            raise RefusedError("its tensors are larger than the file")
        self.tensors[name] = values

    def add_attributes(self, name: str, state: Any) -> None:
        if isinstance(state, dict):
            plain = {
                key: value for key, value in state.items() if isinstance(key, str) and key[:1] != "_" and _plain(value)
            }
            self.attributes[name] = dict(list(plain.items())[:MAX_TENSORS])

    def add_module(self, prefix: str, module: Any, depth: int = 0) -> None:
        """A persistent object that is a torch module, and its submodules."""
        if not isinstance(module, PersistentObject) or depth > MAX_DEPTH or len(self.attributes) > MAX_TENSORS:
            raise RefusedError(f"{shown(prefix)} is no network")
        self.add_attributes(prefix, {**module.state, "class_name": module.class_name})
        separator = "." if depth else "/"
        for part in ("_parameters", "_buffers"):
            for name, tensor in _items(module.state.get(part), prefix):
                self.add_tensor(f"{prefix}{separator}{name}", tensor)
        for name, child in _items(module.state.get("_modules"), prefix):
            self.add_module(f"{prefix}{separator}{name}", child, depth + 1)


def _plain(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) <= MAX_TEXT
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, bool) or (isinstance(value, int) and abs(value) < 2**53)


def _items(values: Any, where: str) -> list[tuple[str, Any]]:
    if not isinstance(values, dict) or not all(isinstance(key, str) for key in values):
        raise RefusedError(f"{shown(where)} is no network")
    return list(values.items())


def collect(loaded: Any, largest: int) -> tuple[str, Contents]:
    """Find the networks in what was read.

    Returns:
        "nvidia" or "rosinality", and their contents.
    """
    contents = Contents(largest)
    if isinstance(loaded, PersistentObject):
        loaded = {"G_ema": loaded}
    if not isinstance(loaded, dict):
        raise RefusedError("it holds no dictionary of networks")
    if isinstance(loaded.get("G_ema"), PersistentObject):
        for name in NVIDIA_NETWORKS:
            if loaded.get(name) is not None:
                contents.add_module(name, loaded[name])
        return "nvidia", contents
    if isinstance(loaded.get("g_ema"), dict):
        for name in ROSINALITY_NETWORKS:
            if name in loaded:
                for key, tensor in _items(loaded[name], name):
                    contents.add_tensor(f"{name}/{key}", tensor)
        if isinstance(loaded.get("latent_avg"), LazyTensor):
            contents.add_tensor("latent_avg", loaded["latent_avg"])
        if isinstance(loaded.get("args"), Attributes):
            contents.add_attributes("args", loaded["args"].state)
        return "rosinality", contents
    raise RefusedError("it holds neither G_ema (NVIDIA's files) nor g_ema (rosinality's)")


def read(content: bytes) -> tuple[str, Contents]:
    """Read a file's bytes; every way in which that can fail is a RefusedError."""
    try:
        with Guard().closed():
            # float32 out of float16 doubles the size.
            return collect(archives.load(content), 2 * len(content) + 2**20)
    except RefusedError:
        raise
    except MemoryError:
        raise RefusedError("it wants more memory than it may have") from None
    except RecursionError:
        raise RefusedError("it is nested too deeply") from None
    except (pickle.UnpicklingError, EOFError) as error:
        raise RefusedError(f"it is damaged or cut off ({shown(str(error))})") from None
    except Exception as error:  # a pickle is a program: it can raise whatever Python can
        raise RefusedError(f"it is no network ({type(error).__name__})") from None


def _is_full(error: OSError | SafetensorError) -> bool:
    """Whether a disk is full; safetensors has no number of the system's for it."""
    number = error.errno if isinstance(error, OSError) else None
    return number in FULL_NUMBERS or any(f"(os error {full})" in str(error) for full in FULL_NUMBERS)


def main() -> int:
    descriptor, out, limits = int(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3])
    with os.fdopen(descriptor, "rb") as file:
        limit(limits)
        try:
            kind, contents = read(file.read())
        except (RefusedError, MemoryError, OSError) as error:
            print(str(error) or "it wants more memory than it may have")
            return REFUSED
        try:
            save_file(contents.tensors, out / "tensors.safetensors")
            result = {"kind": kind, "attributes": contents.attributes}
            (out / "result.json").write_text(json.dumps(result), encoding="utf-8")
        except (SafetensorError, MemoryError, OSError) as error:
            if isinstance(error, OSError | SafetensorError) and _is_full(error):
                print(sum(values.nbytes for values in contents.tensors.values()))
                return FULL
            if isinstance(error, SafetensorError):
                print(f"its tensors cannot be set down in {out.parent} ({error})")
                return REFUSED
            print(str(error) or "it wants more memory than it may have")
            return REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(main())

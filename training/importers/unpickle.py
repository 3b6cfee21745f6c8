"""A pickle reader that executes nothing.

A pickle is a program: it names functions and has them called. This reader knows the names that PyTorch networks are
pickled with, and puts a recorder in the place of each: a tensor becomes a description of where its numbers lie, an
object of NVIDIA's persistent classes becomes its state, and its source code is dropped unread. Every other name is
refused.

Needs only the standard library and NumPy, so that the process that reads a file can be small.
"""

from __future__ import annotations

import io
import math
import pickle
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

MAX_DIMENSIONS = 8
SCALAR_KINDS = "biuf"


class RefusedError(Exception):
    """The file is damaged, is of a kind that is not read, or wants something that a network does not need."""


class Unchangeable:
    """A pickle may set the attributes of anything that it has made; not of these."""

    def __setstate__(self, state: Any) -> None:
        raise RefusedError("a part of a tensor is changed after it was made")


@dataclass
class Storage(Unchangeable):
    """A run of numbers in the file."""

    dtype: str  # a NumPy dtype, or bfloat16
    data: bytes = b""  # legacy files have it after the pickle that refers to it

    @property
    def count(self) -> int:
        return len(self.data) // item_size(self.dtype)


@dataclass(frozen=True)
class StorageType(Unchangeable):
    """A class such as torch.FloatStorage."""

    dtype: str


@dataclass(frozen=True)
class LazyTensor(Unchangeable):
    """A tensor as a view of a storage; `array` makes it real."""

    storage: Any  # Storage
    offset: Any
    size: Any
    stride: Any

    def array(self) -> np.ndarray:
        """The numbers, contiguous, as float32. Raises RefusedError if the view leaves or repeats its storage."""
        storage, size, stride = self.storage, self.size, self.stride
        if not isinstance(storage, Storage) or not _counts(size) or not _counts(stride) or not _counts((self.offset,)):
            raise RefusedError("a tensor's description is damaged")
        if len(size) != len(stride) or len(size) > MAX_DIMENSIONS:
            raise RefusedError(f"a tensor has {len(size)} sizes and {len(stride)} strides")
        numbers = math.prod(size)
        last = self.offset + sum((n - 1) * s for n, s in zip(size, stride, strict=True))
        if numbers and (last >= storage.count or numbers > storage.count):
            raise RefusedError(f"a tensor of shape {size} does not lie within its {storage.count} stored numbers")
        raw = np.frombuffer(storage.data, dtype="<u2" if storage.dtype == "bfloat16" else storage.dtype)
        if not numbers:
            return np.zeros(size, np.float32)
        strides = [s * raw.itemsize for s in stride]
        values = np.lib.stride_tricks.as_strided(raw[self.offset :], size, strides, writeable=False)
        if storage.dtype == "bfloat16":
            return np.asarray(values.astype(np.uint32) << 16).view(np.float32)
        return np.array(values, dtype=np.float32, order="C")


class PersistentObject:
    """What an object of NVIDIA's `persistent_class` was pickled from: its class's name and its attributes."""

    __slots__ = ("class_name", "state")

    def __init__(self, meta: Any) -> None:
        if not isinstance(meta, dict) or not isinstance(meta.get("state"), dict):
            raise RefusedError("a persistent object holds no state")
        self.class_name = str(meta.get("class_name"))[:100]
        self.state: dict[str, Any] = meta["state"]

    def __setstate__(self, state: Any) -> None:
        raise RefusedError("a persistent object is changed after it was made")


class Attributes:
    """An object of which only the attributes matter, such as argparse.Namespace."""

    __slots__ = ("state",)

    def __setstate__(self, state: Any) -> None:
        self.state = state if isinstance(state, dict) else {}


class _ScalarType:
    """Stands for a numpy.dtype of plain numbers."""

    __slots__ = ("dtype",)

    def __init__(self, name: Any, *_: Any) -> None:
        if not isinstance(name, str) or len(name) > 3 or name[:1] not in SCALAR_KINDS or not name[1:].isdigit():
            raise RefusedError(f"a NumPy type is {shown(name)}; only plain numbers are read")
        try:
            self.dtype = np.dtype(name)
        except TypeError:
            raise RefusedError(f"a NumPy type is {shown(name)}; only plain numbers are read") from None

    def __setstate__(self, state: Any) -> None:
        if not isinstance(state, tuple) or len(state) < 2 or state[1] not in ("<", ">", "|", "="):
            raise RefusedError("a NumPy type is damaged")
        self.dtype = self.dtype.newbyteorder(state[1])


class _Array:
    """Stands for a numpy.ndarray; networks need none, so its numbers are dropped."""

    __slots__ = ()

    def __setstate__(self, state: Any) -> None:
        pass


class Call:
    """Stands for a function; cannot be changed by the pickle."""

    __slots__ = ("_function",)

    def __init__(self, function: Callable[..., Any]) -> None:
        object.__setattr__(self, "_function", function)

    def __call__(self, *arguments: Any) -> Any:
        return self._function(*arguments)

    def __setattr__(self, name: str, value: Any) -> None:
        raise RefusedError("a function is changed")

    def __setstate__(self, state: Any) -> None:
        raise RefusedError("a function is changed")


def shown(value: Any) -> str:
    """Text out of a file, for an error message: short and printable."""
    return ascii(value if isinstance(value, str) else f"a {type(value).__name__}")[:120]


def item_size(dtype: str) -> int:
    """Bytes per number."""
    return 2 if dtype == "bfloat16" else np.dtype(dtype).itemsize


def _counts(values: Any) -> bool:
    return isinstance(values, tuple) and all(type(v) is int and 0 <= v < 2**40 for v in values)


def _scalar(dtype: Any, data: Any = b"") -> bool | int | float:
    if not isinstance(dtype, _ScalarType) or not isinstance(data, bytes) or len(data) != dtype.dtype.itemsize:
        raise RefusedError("a NumPy number is damaged")
    return np.frombuffer(data, dtype.dtype)[0].item()


def _encode(text: Any, encoding: Any = "") -> bytes:
    if not isinstance(text, str) or encoding not in ("latin1", "latin-1"):
        raise RefusedError("bytes are in an unknown encoding")
    return text.encode("latin1")


def _tensor(storage: Any, offset: Any, size: Any, stride: Any, *_: Any) -> LazyTensor:
    return LazyTensor(storage, offset, size, stride)


def _parameter(tensor: Any, *_: Any) -> LazyTensor:
    if not isinstance(tensor, LazyTensor):
        raise RefusedError("a parameter holds no tensor")
    return tensor


STORAGE_DTYPES = {
    "FloatStorage": "<f4",
    "DoubleStorage": "<f8",
    "HalfStorage": "<f2",
    "BFloat16Storage": "bfloat16",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ShortStorage": "<i2",
    "CharStorage": "|i1",
    "ByteStorage": "|u1",
    "BoolStorage": "|b1",
}

TENSOR_NAMES: dict[tuple[str, str], Any] = {
    ("collections", "OrderedDict"): OrderedDict,
    ("torch._utils", "_rebuild_tensor"): Call(_tensor),
    ("torch._utils", "_rebuild_tensor_v2"): Call(_tensor),
    ("torch._utils", "_rebuild_parameter"): Call(_parameter),
    ("torch._utils", "_rebuild_parameter_with_state"): Call(_parameter),
    **{("torch", name): StorageType(dtype) for name, dtype in STORAGE_DTYPES.items()},
}

NETWORK_NAMES: dict[tuple[str, str], Any] = {
    **TENSOR_NAMES,
    **{(module, name): kind for module in ("builtins", "__builtin__") for name, kind in
       (("set", set), ("frozenset", frozenset), ("dict", dict), ("list", list))},
    ("argparse", "Namespace"): Attributes,
    ("_codecs", "encode"): Call(_encode),
    ("dnnlib", "EasyDict"): dict,
    ("dnnlib.util", "EasyDict"): dict,
    ("torch_utils.persistence", "_reconstruct_persistent_obj"): Call(PersistentObject),
    ("numpy", "dtype"): Call(_ScalarType),
    ("numpy", "ndarray"): Call(lambda *_: _Array()),
    **{(f"numpy.{core}.multiarray", name): Call(function) for core in ("core", "_core") for name, function in
       (("scalar", _scalar), ("_reconstruct", lambda *_: _Array()))},
    ("torch", "Size"): Call(lambda values: values),
    ("torch", "device"): Call(lambda *_: None),
    **{("torch", name): None for name in ("float16", "float32", "float64", "bfloat16", "int64", "uint8", "bool")},
}  # fmt: skip


class Unpickler(pickle.Unpickler):
    """Reads one pickle with the names of a table.

    Args:
        file: positioned at the pickle.
        names: (module, name) -> what stands for it.
        storage: turns the persistent id of a tensor's numbers into a `Storage`; None refuses such ids.
    """

    def __init__(
        self,
        file: io.BytesIO,
        names: dict[tuple[str, str], Any],
        storage: Callable[[Any], Storage] | None = None,
    ) -> None:
        super().__init__(file)
        self._names, self._storage = names, storage

    def find_class(self, module: str, name: str) -> Any:
        if module.startswith("dnnlib.tflib"):
            raise RefusedError(
                "this is a TensorFlow network. Convert it to PyTorch with NVIDIA's legacy.py (in stylegan2-ada-pytorch "
                "and stylegan3: python legacy.py --source=OLD.pkl --dest=NEW.pkl) and import the result"
            )
        try:
            return self._names[module, name]
        except KeyError:
            raise RefusedError(f"it asks for {shown(f'{module}.{name}')}, which no network needs") from None

    def persistent_load(self, pid: Any) -> Any:
        if self._storage is None:
            raise RefusedError("it refers to data outside itself")
        return self._storage(pid)

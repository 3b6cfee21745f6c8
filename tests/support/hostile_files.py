"""Files that want something else than to be read. Every one that could run code would create `canary`."""

from __future__ import annotations

import io
import pickle
import struct
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy
import torch


class Reduced:
    """Pickled as a call."""

    def __init__(self, function: Any, *arguments: Any, state: Any = None) -> None:
        self.parts = (function, arguments) if state is None else (function, arguments, state)

    def __reduce__(self) -> tuple[Any, ...]:
        return self.parts


def _global(module: str, name: str) -> bytes:
    return f"c{module}\n{name}\n".encode()


def _text(value: str) -> bytes:
    return b"X" + struct.pack("<I", len(value)) + value.encode()


def os_system(canary: Path) -> bytes:
    import os

    return pickle.dumps({"G_ema": Reduced(os.system, f"touch {canary}")})


def old_opcode(canary: Path) -> bytes:
    return b"\x80\x02(" + _text(f"touch {canary}") + b"ios\nsystem\n."


def evaluate(canary: Path) -> bytes:
    return pickle.dumps({"g_ema": Reduced(eval, f"open({str(canary)!r}, 'w')")})


def process(canary: Path) -> bytes:
    return pickle.dumps(Reduced(subprocess.Popen, ["touch", str(canary)]))


def attribute_chain(canary: Path) -> bytes:
    return pickle.dumps(Reduced(getattr, torch.Tensor, "__class__"))


def torch_hub(canary: Path) -> bytes:
    return pickle.dumps(Reduced(torch.hub.load, str(canary.parent), "model"))


def torch_load(canary: Path) -> bytes:
    return pickle.dumps(Reduced(torch.load, str(canary)))


def numpy_testing(canary: Path) -> bytes:
    return (
        b"\x80\x02"
        + _global("numpy.testing._private.utils", "runstring")
        + _text(f"open({str(canary)!r}, 'w')")
        + b"}\x86R."
    )


def dotted_name(canary: Path) -> bytes:
    """Protocol 4 looks names with dots up attribute by attribute."""
    return b"\x80\x04" + b"\x8c\x0bcollections" + b"\x8c\x22OrderedDict.__init__.__globals__.x" + b"\x93."


def inner_pickle(canary: Path) -> bytes:
    """A call inside the bytes of a storage."""
    return pickle.dumps({"G_ema": Reduced(torch.storage._load_from_bytes, os_system(canary))})  # type: ignore[attr-defined]


def storage_in_storage(canary: Path) -> bytes:
    content = os_system(canary)
    for _ in range(50):
        content = pickle.dumps(Reduced(torch.storage._load_from_bytes, content))  # type: ignore[attr-defined]
    return content


def persistent_id(canary: Path) -> bytes:
    class Pickler(pickle.Pickler):
        def persistent_id(self, obj: Any) -> Any:
            return ("storage", ("storage", str(canary))) if isinstance(obj, float) else None

    file = io.BytesIO()
    Pickler(file).dump({"g_ema": 1.5})
    return file.getvalue()


def changed_function(canary: Path) -> bytes:
    """Give one of the reader's own functions new attributes."""
    state = b"}" + _text("_function") + _global("collections", "OrderedDict") + b"s"
    return b"\x80\x02" + _global("torch._utils", "_rebuild_tensor_v2") + b"N" + state + b"\x86b."


def changed_class(canary: Path) -> bytes:
    state = b"}" + _text("__setitem__") + _global("collections", "OrderedDict") + b"s"
    return b"\x80\x02" + _global("dnnlib.util", "EasyDict") + b"N" + state + b"\x86b."


def changed_tensor(canary: Path) -> bytes:
    """Put something callable in the place of the method that makes a tensor's numbers real."""
    tensor = _global("torch._utils", "_rebuild_tensor_v2") + b"(K\x00K\x00))tR"
    return b"\x80\x02" + tensor + b"}" + _text("array") + _global("collections", "OrderedDict") + b"sb."


def changed_type(canary: Path) -> bytes:
    """Let a type of storages have another number format."""
    return b"\x80\x02" + _global("torch", "FloatStorage") + b"}" + _text("dtype") + _text("O") + b"sb."


def object_array(canary: Path) -> bytes:
    return pickle.dumps({"g_ema": numpy.dtype("O")})


def huge_bytes(canary: Path) -> bytes:
    return b"\x80\x05\x96" + struct.pack("<Q", 2**42) + b"x."


def huge_memo(canary: Path) -> bytes:
    return b"\x80\x02" + b"]" + b"r" + struct.pack("<I", 2**31) + b"."


def huge_storage(canary: Path) -> bytes:
    """A legacy file that says that its storage holds 2^40 numbers."""
    parts = [pickle.dumps(x, 2) for x in (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True})]
    reference = b"\x80\x02(" + _text("storage") + _global("torch", "FloatStorage") + _text("0") + _text("cpu")
    reference += b"\x8a\x06" + (2**40).to_bytes(6, "little") + b"NtQ."
    return b"".join(parts) + reference + pickle.dumps(["0"], 2) + struct.pack("<q", 2**40) + bytes(64)


def endless_tensor(canary: Path) -> bytes:
    """One number, seen 2^36 times through a stride of 0."""
    file = io.BytesIO()
    torch.save({"g_ema": {"input.input": torch.zeros(1).expand(2**18, 2**18)}}, file)
    return file.getvalue()


def tensor_outside(canary: Path) -> bytes:
    """A view that goes beyond its storage; torch itself would not write one."""
    tensor = torch.zeros(4)
    typed = torch.storage.TypedStorage(wrap_storage=tensor.untyped_storage(), dtype=torch.float32, _internal=True)
    rebuilt = Reduced(torch._utils._rebuild_tensor_v2, typed, 2, (4,), (1,), False, {})  # type: ignore[attr-defined]
    return pickle.dumps({"g_ema": {"input.input": rebuilt}})


def laughs(canary: Path) -> bytes:
    """A tuple of two of the one before, fifty times over, as a key: hashing it takes 2^50 steps."""
    return b"\x80\x02}" + b"K\x01" + b"2\x86" * 50 + b"K\x01s."


def deep(canary: Path) -> bytes:
    """A key nested a million deep."""
    return b"\x80\x02}" + b"K\x01" + b"\x85" * 1_000_000 + b"K\x01s."


def truncated(canary: Path) -> bytes:
    file = io.BytesIO()
    pickle.dump({"G_ema": torch.zeros(1000)}, file)
    return file.getvalue()[:2000]


def truncated_zip(canary: Path) -> bytes:
    file = io.BytesIO()
    torch.save({"g_ema": {"a": torch.zeros(1000)}}, file)
    return file.getvalue()[:2000]


def zip_bomb(canary: Path) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("archive/data.pkl", "w") as member:
        for _ in range(64):
            member.write(bytes(2**20))
    return file.getvalue()


def understated_zip(canary: Path) -> bytes:
    """A stored member whose directory entry states a size of 1 TiB."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("archive/data.pkl", b"\x80\x02}.")
    content = bytearray(file.getvalue())
    start = content.rindex(b"PK\x01\x02")
    content[start + 20 : start + 28] = struct.pack("<II", 2**32 - 2, 2**32 - 2)
    return bytes(content)


def picture(canary: Path) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + bytes(100)


def empty(canary: Path) -> bytes:
    return b""


def nothing(canary: Path) -> bytes:
    return pickle.dumps([1, 2, 3])


def tensorflow(canary: Path) -> bytes:
    return b"\x80\x03" + _global("dnnlib.tflib.network", "Network") + b")\x81}b."


Files = dict[Callable[[Path], bytes], str]

# file -> part of the message. The first ones attack the machine or its limits, and are read by the real command.
ATTACKS: Files = {
    os_system: "system",
    old_opcode: "os.system",
    inner_pickle: "system",
    persistent_id: "outside itself",
    changed_class: "it is no network",
    huge_bytes: "memory",
    huge_memo: "memory",
    endless_tensor: "does not lie within",
    laughs: "processor time",
    deep: "nested too deeply",
    truncated: "cut off",
    zip_bomb: "packed",
    picture: "neither a pickle nor a torch file",
}
REFUSED: Files = {
    evaluate: "eval",
    process: "subprocess.Popen",
    attribute_chain: "getattr",
    torch_hub: "torch.hub",
    torch_load: "torch.serialization.load",
    numpy_testing: "runstring",
    dotted_name: "__globals__",
    storage_in_storage: "_load_from_bytes",
    changed_function: "a function is changed",
    changed_tensor: "changed after it was made",
    changed_type: "changed after it was made",
    object_array: "plain numbers",
    huge_storage: "damaged or cut off",
    tensor_outside: "does not lie within",
    truncated_zip: "zip",
    understated_zip: "larger than the file",
    empty: "empty",
    nothing: "no dictionary of networks",
    tensorflow: "legacy.py",
}

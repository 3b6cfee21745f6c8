"""Free memory of this process goes back to the system."""

from __future__ import annotations

import ctypes

_libc = ctypes.CDLL(None)


def give_back() -> None:
    """What glibc keeps of freed memory between pieces that are in use. Takes milliseconds, without Python's lock; other
    libraries of C are left to do as they do."""
    if hasattr(_libc, "malloc_trim"):
        _libc.malloc_trim(0)

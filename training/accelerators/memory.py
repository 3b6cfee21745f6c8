"""Memory that the C library keeps, so that a step does not ask the system for its feature maps again and again.

glibc returns every block of more than 32 MiB to the system as soon as it is free, and whatever is free at the end of
its heap. The next feature map is then made of pages that the system clears one by one: a third of the time of a step
of 16 images of 256 x 256 (docs/decisions/0115).
"""

from __future__ import annotations

import ctypes

# <malloc.h> of glibc
_TRIM_THRESHOLD, _MMAP_MAX = -1, -4
_NEVER = -1


def keep_freed_memory() -> bool:
    """From now on, what this process frees it keeps for its next blocks. Returns whether the C library can."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:  # not glibc
        return False
    return bool(mallopt(_MMAP_MAX, 0)) and bool(mallopt(_TRIM_THRESHOLD, _NEVER))

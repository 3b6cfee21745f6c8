"""Free memory goes back to the system, also where what is in use lies between."""

from __future__ import annotations

import ctypes

import psutil
import pytest

from services.process.memory import give_back

MIB = 2**20
PIECES, PIECE_BYTES = 4096, 2**15


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="another library of C than glibc")
def test_memory_between_pieces_in_use_is_given_back() -> None:
    libc = ctypes.CDLL(None)
    libc.malloc.restype = ctypes.c_void_p
    libc.free.argtypes = [ctypes.c_void_p]
    pieces = [libc.malloc(PIECE_BYTES) for _ in range(PIECES)]
    for piece in pieces:
        ctypes.memset(piece, 1, PIECE_BYTES)
    for piece in pieces[:-1]:
        libc.free(piece)
    kept = psutil.Process().memory_info().rss
    give_back()
    assert psutil.Process().memory_info().rss < kept - PIECES * PIECE_BYTES // 2
    libc.free(pieces[-1])

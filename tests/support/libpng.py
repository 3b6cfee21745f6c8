"""Pixels of a PNG file by libpng, the reference implementation, through its simplified interface (libpng 1.6)."""

from __future__ import annotations

import ctypes
import ctypes.util

import numpy as np
import pytest

_VERSION, _COLOUR, _LINEAR = 1, 2, 4


class _Image(ctypes.Structure):
    _fields_ = (
        ("opaque", ctypes.c_void_p),
        *((name, ctypes.c_uint32) for name in ("version", "width", "height", "format", "flags", "entries", "trouble")),
        ("message", ctypes.c_char * 64),
    )


def decoded(data: bytes, depth: int) -> np.ndarray:
    """[H, W] or [H, W, 3], uint8 of 8 bits and uint16 of 16; skips the test where there is no libpng."""
    name = ctypes.util.find_library("png16") or "libpng16.so.16"
    try:
        library = ctypes.CDLL(name)
    except OSError:
        pytest.skip("needs libpng 1.6 (Debian: libpng16-16)")
    image = _Image(version=_VERSION)
    assert library.png_image_begin_read_from_memory(ctypes.byref(image), data, ctypes.c_size_t(len(data)))
    colour = image.format & _COLOUR
    image.format = colour | (_LINEAR if depth == 16 else 0)
    shape = (image.height, image.width, 3) if colour else (image.height, image.width)
    pixels = np.zeros(shape, np.uint16 if depth == 16 else np.uint8)
    buffer = pixels.ctypes.data_as(ctypes.c_void_p)
    assert library.png_image_finish_read(ctypes.byref(image), None, buffer, 0, None), image.message
    assert image.trouble == 0, image.message
    return pixels

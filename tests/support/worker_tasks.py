"""What processes of `in_order` are given to do in tests. A process that starts imports this file alone, which takes
next to nothing: the tests' own would take it longer than all its work."""

from __future__ import annotations

import ctypes
import os
import signal

DEADLY = (13, 14, 40)
STUCK = 13


def squared(number: int) -> int:
    return number**2


def fragile(number: int) -> int:
    """As a decoder in C that a damaged file brings down."""
    if number in DEADLY:
        os.kill(os.getpid(), signal.SIGKILL)
    return number**2


def refusing(number: int) -> int:
    raise ValueError(f"{number} is refused")


def hang() -> None:
    """As a decoder in C that never ends: no other thread of Python's, and no handler of a signal, gets a turn."""
    ctypes.PyDLL(None).sleep(3600)


def hanging(number: int) -> int:
    if number == STUCK:
        hang()
    return number**2


def greedy(number: int) -> str:
    """As a decoder that takes what the file asks for."""
    try:
        return f"{len(b'1' * (number * 2**20))} bytes"
    except MemoryError:
        return "refused"

"""Python's garbage collector beside what a program imports.

Modules stay to the end, and the collector finds nothing among them. It looks all the same: again and again while they
are loaded, with every full collection, and once more at the end. That is a third of the time in which a process starts
and ends.
"""

from __future__ import annotations

import atexit
import gc
from collections.abc import Iterator
from contextlib import contextmanager

OBJECTS = 10_000
"""That a command makes before the collector looks at the youngest; Python's own number is 700."""


@contextmanager
def loading() -> Iterator[None]:
    """While modules are imported nothing is collected; what is there then is never looked at again."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def spare_commands() -> None:
    """For a process that runs one command and ends: its modules come while it runs."""
    gc.set_threshold(OBJECTS)
    atexit.unregister(gc.freeze)
    atexit.register(gc.freeze)

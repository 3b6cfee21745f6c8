"""Python's garbage collector beside what a program imports.

Modules stay to the end, and the collector finds nothing among them. It looks all the same: again and again while they
are loaded, with every full collection, and once more at the end. That is a third of the time in which a process starts
and ends.
"""

from __future__ import annotations

import atexit
import gc
import sys
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


def look_seldom() -> None:
    """For a process whose modules come while it works."""
    gc.set_threshold(OBJECTS)


def end_at_once() -> None:
    """The process ends without a last look; may be called twice."""
    atexit.unregister(_keep)
    atexit.register(_keep)


def _keep() -> None:
    """Triton's library would print line by line what is left of it."""
    if "triton" not in sys.modules:
        gc.freeze()

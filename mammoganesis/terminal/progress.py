"""The one way to show how far work has come: a bar on stderr while it goes on, gone when it ends.

    with progress(len(paths), "reading", "image") as bar:
        for path in paths:
            ...
            bar.update()

Where stderr is no terminal nothing is written, so nothing below a command needs to be told whether to be silent.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

SCALED_FROM = 100_000  # units: 1.2M are read more easily than 1203941


class Bar(Protocol):
    """What work counts on."""

    def update(self, n: int = 1, /) -> object:
        """`n` more units are done."""
        ...


def beside(line: str) -> None:
    """Writes a line on stderr that stays, above whatever bar is shown."""
    from tqdm import tqdm

    tqdm.write(line, file=sys.stderr)


@contextmanager
def progress(total: int | None, what: str, unit: str = "image", show: bool | None = None) -> Iterator[Bar]:
    """A bar for the block.

    Args:
        total: units of work, 0 or more; None where this is not known.
        what: the work, in a word or two, written before the bar; "" for nothing.
        unit: what is counted, in the singular.
        show: whether to draw it; None: if stderr is a terminal.
    """
    from tqdm import tqdm  # not at the top: `--help` needs no bar

    hidden = None if show is None else not show
    scaled = total is not None and total >= SCALED_FROM
    with tqdm(total=total, desc=what or None, unit=unit, unit_scale=scaled, leave=False, disable=hidden) as bar:
        yield bar

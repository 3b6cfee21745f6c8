"""Another bundle takes the place of the one that is served, without an outage.

Whoever keeps a server puts the new bundle where `--bundle` leads (a link is best: it changes at once) and sends
SIGUSR1 to `mammoganesis serve`. The bundle is tried as at the start; then the cluster takes it over
(`services.cluster.rollout`).
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

from mammoganesis.errors import MammoganesisError
from services.cluster import BUNDLE
from services.process.children import Child


class Updating:
    """Takes the signal from here on.

    Args:
      bundle: the folder, or a link to it.
      cluster: the child that serves it.
      say: where lines go.
    """

    def __init__(self, bundle: Path, cluster: Child, say: Callable[[str], None]) -> None:
        self._bundle, self._cluster, self._say = bundle, cluster, say
        self._asked = False
        self._lines_seen: int | None = None  # of the cluster, while it is at it
        signal.signal(signal.SIGUSR1, self._ask)

    def _ask(self, number: int, frame: object) -> None:
        self._asked = True

    def look(self) -> None:
        """Does what was asked for, and tells what has become of it."""
        if self._asked and self._lines_seen is None:
            self._asked = False
            self._begin()
        if self._lines_seen is not None:
            self._tell()

    def _begin(self) -> None:
        from mammoganesis.bundle.trial import try_bundle

        self._say(f"update: {self._bundle.resolve()} is tried")
        try:
            try_bundle(self._bundle.resolve())
        except MammoganesisError as error:
            self._say(f"update: the bundle is not taken, and the one before is served on: {error.message}")
            return
        self._lines_seen = len(self._cluster.lines())
        self._cluster.send_signal(signal.SIGUSR1)  # where it has ended the next start reads the new bundle

    def _tell(self) -> None:
        lines = self._cluster.lines()
        if self._cluster.exit_code is not None or len(lines) < (self._lines_seen or 0):  # started again: it has it
            self._lines_seen = None
            return
        for line in lines[self._lines_seen :]:
            if line.startswith(BUNDLE):
                self._say(line)
                self._lines_seen = None

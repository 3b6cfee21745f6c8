"""A supervision of small programs, whose parts are started again fast."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from services.launch.supervision import Part, Supervision, Watched
from services.process.children import Child

LONG = "import time; time.sleep(600)"
OPTIONAL = Part("optional", False, 60, 60, "it goes without")
NEEDED = Part("needed", True, 60, 60, "nothing goes")


class Watch:
    """A supervision of small programs, with the lines that it says."""

    def __init__(self, folder: Path) -> None:
        self.said: list[str] = []
        self.supervision = Supervision(self.said.append, lambda child, trouble: f"{child.name} {trouble}")
        self._folder = folder

    def add(self, part: Part, program: str = LONG, well: Callable[[], bool | None] = lambda: True) -> Watched:
        child = Child(part.name, [sys.executable, "-c", program], {}, self._folder)
        watched = Watched(part, child, well=well)
        self.supervision.add(watched)
        return watched

    def until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            self.supervision.look()

    def killed_and_back(self, watched: Watched) -> None:
        pid = watched.child.pid
        os.kill(pid, signal.SIGKILL)
        self.until(lambda: watched.child.pid != pid and watched.has_been_well)

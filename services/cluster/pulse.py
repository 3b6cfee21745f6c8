"""The cluster's pulse: the time of a file that is set again as long as Ray does its work.

A process that stands still is there like any other, and the replicas answer for a while without Ray's daemons. So
who watches the cluster looks at this file (`services.launch.health.Pulse`).
"""

from __future__ import annotations

import logging
import threading
import time
from pathlib import Path

logger = logging.getLogger(__name__)

PULSE_SECONDS = 2.0
_CONTROLLER = "SERVE_CONTROLLER_ACTOR"
_NOT_YET = frozenset({"DEPENDENCIES_UNREADY", "PENDING_CREATION", "RESTARTING"})
_PUT_BYTES = 200 * 2**10  # more than Ray keeps in the process itself


def pulse_file(directory: Path) -> Path:
    """Where it is, of a cluster with its files under `directory`."""
    return directory / "pulse"


def ray_is_up(directory: Path) -> None:
    """The first beat, before Serve is there: from here on Ray's daemons stay. While Ray comes up, one that is slow to
    start is given up, and another started."""
    pulse_file(directory).touch(mode=0o600)


def begin(directory: Path) -> None:
    """Keeps the pulse from here on, in a thread of its own that ends with the process."""
    threading.Thread(target=_keep, args=(pulse_file(directory),), daemon=True).start()


def _keep(path: Path) -> None:
    controller = Controller()
    while True:
        try:
            if beats(controller):
                path.touch(mode=0o600)
        except Exception as error:  # whatever it is, there is no pulse; the next one may come
            logger.warning("no pulse: %s", error)
        time.sleep(PULSE_SECONDS)


def beats(controller: Controller) -> bool:
    """Whether Ray's daemons have answered, and Serve's controller has or is being replaced."""
    _ask()
    return controller.answers(PULSE_SECONDS) or controller.is_being_replaced()


def _ask() -> None:
    """Returns when the raylet and the GCS have answered; may wait for ever."""
    import ray

    ray.put(bytes(_PUT_BYTES))  # into the raylet's object store
    ray.nodes()


class Controller:
    """Serve's controller, which is asked one question at a time, in a thread that may wait for ever."""

    def __init__(self) -> None:
        self._asking: threading.Thread | None = None
        self._error: Exception | None = None

    def answers(self, seconds: float) -> bool:
        """Whether it has answered after `seconds`. Raises what the question ended with instead."""
        if self._asking is None:
            self._error = None
            self._asking = threading.Thread(target=self._ask, daemon=True)
            self._asking.start()
        self._asking.join(seconds)
        if self._asking.is_alive():
            return False
        self._asking = None
        if self._error is not None:
            raise self._error
        return True

    def _ask(self) -> None:
        from ray import serve

        try:
            serve.status()
        except Exception as error:
            self._error = error

    def is_being_replaced(self) -> bool:
        """Whether Ray has seen that it is dead, and starts another, which on a busy machine takes longer than a pulse
        may be silent. Calls go on meanwhile; they would not if all of Ray were started again."""
        from ray._private import state

        return any(actor["Name"] == _CONTROLLER and actor["State"] in _NOT_YET for actor in state.actors().values())

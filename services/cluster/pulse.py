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
_PUT_BYTES = 200 * 2**10  # more than Ray keeps in the process itself


def pulse_file(directory: Path) -> Path:
    """Where it is, of a cluster with its files under `directory`."""
    return directory / "pulse"


def begin(directory: Path) -> None:
    """Keeps the pulse from here on, in a thread of its own that ends with the process."""
    threading.Thread(target=_keep, args=(pulse_file(directory),), daemon=True).start()


def _keep(path: Path) -> None:
    while True:
        try:
            _ask()
            path.touch(mode=0o600)
        except Exception as error:  # whatever it is, there is no pulse; the next one may come
            logger.warning("no pulse: %s", error)
        time.sleep(PULSE_SECONDS)


def _ask() -> None:
    """Returns when the raylet, the GCS and Serve's controller have all answered; may wait for ever."""
    import ray
    from ray import serve

    ray.put(bytes(_PUT_BYTES))  # into the raylet's object store
    ray.nodes()
    serve.status()

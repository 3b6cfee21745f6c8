"""How a process of the services makes itself seen: by its log, its traces and its metrics."""

from __future__ import annotations

import sys

from services.observability import logs, traces
from services.process.config import Config


def observe(process: str, config: Config) -> None:
    """From here on the process is seen, under this name, as the configuration says.

    Raises:
        Unavailable: the port of its metrics cannot be listened on.
    """
    from services.observability.prometheus import expose

    logs.configure(process, config)
    traces.configure(process, config)
    expose(process, config)


def observe_replica(process: str, config: Config) -> None:
    """The same without a port for metrics, which Ray exports for its replicas. Their lines go to the process's own
    standard error: what Python has there is Ray Serve's by then, which keeps lines back until it has a thousand."""
    logs.configure(process, config, sys.__stderr__)
    traces.configure(process, config)

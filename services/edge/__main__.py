"""`python -m services.edge`: runs the edge with the configuration of the environment until SIGTERM or SIGINT.

Exit code 0 after a drain; when it cannot start one line on standard error, with a code of `services.process.refusals`.
"""

from __future__ import annotations

from mammoganesis.collector import loading

with loading():
    import asyncio
    import logging
    import os
    import signal
    import sys

    from mammoganesis.errors import MammoganesisError
    from services.edge.server import Edge
    from services.observability.logs import event, log_configuration
    from services.observability.start import observe
    from services.process.config import Config
    from services.process.exposure import check_exposure
    from services.process.refusals import cannot_start

logger = logging.getLogger("services.edge")


async def run(config: Config) -> None:
    """Serves until a signal, then drains."""
    stopped = asyncio.Event()

    def stop(number: signal.Signals) -> None:
        event(logger, logging.INFO, "asked to end", {"by": number.name})
        stopped.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop, number)
    edge = Edge(config)
    await edge.start()
    log_configuration(config)  # not before: an edge that cannot start says why in one line
    await stopped.wait()
    await edge.stop()


def main() -> int:
    """The process; returns its exit code."""
    try:
        config = Config.from_environment(os.environ)
        check_exposure(config, "edge")
        observe("edge", config)
        asyncio.run(run(config))
    except MammoganesisError as error:
        return cannot_start("edge", error)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""`python -m services.records`: runs records with the configuration of the environment until SIGTERM or SIGINT.

Exit code 0 after a drain; when it cannot start one line on standard error, with a code of `services.process.refusals`.
"""

from __future__ import annotations

import os

from mammoganesis.collector import loading

# Before NumPy: the products here are small, and a second thread of OpenBLAS spins for longer than they take.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

with loading():
    import asyncio
    import signal
    import sys

    from mammoganesis.errors import MammoganesisError
    from services.observability.logs import log_configuration
    from services.observability.start import observe
    from services.process.config import Config
    from services.process.refusals import cannot_start
    from services.records.server import Records


async def run(config: Config) -> None:
    """Serves until a signal, then drains."""
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    records = Records(config)
    try:
        await records.start()
        log_configuration(config)
        await stopped.wait()
    finally:
        await records.stop()


def main() -> int:
    """The process; returns its exit code."""
    try:
        config = Config.from_environment(os.environ)
        observe("records", config)
        asyncio.run(run(config))
    except MammoganesisError as error:
        return cannot_start("records", error)
    return 0


if __name__ == "__main__":
    sys.exit(main())

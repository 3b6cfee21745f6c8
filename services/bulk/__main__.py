"""`python -m services.bulk [FOLDER]`: works on the bulk jobs of the service with the configuration of the environment,
until SIGTERM or SIGINT. It listens nowhere; the time of FOLDER/bulk-pulse says that it lives.

Exit code 0 after a stop; when it cannot start one line on standard error, with a code of `services.process.refusals`.
"""

from __future__ import annotations

from mammoganesis.collector import loading

with loading():
    import os
    import signal
    import sys
    import tempfile
    import threading
    from pathlib import Path

    from mammoganesis.errors import MammoganesisError
    from services.bulk.queue import JobQueue, pulse_file
    from services.bulk.runner import Runner
    from services.observability.logs import log_configuration
    from services.observability.start import observe
    from services.process.config import Config
    from services.process.refusals import cannot_start
    from services.servicers.callers import shared_secret

NICENESS = 10
"""Files are encoded here, and who asks for an image now should not wait for that."""


def main(arguments: list[str]) -> int:
    """The process; returns its exit code."""
    folder = Path(arguments[0] if arguments else tempfile.gettempdir())
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    try:
        config = Config.from_environment(os.environ)
        observe("bulk", config)
        queue = JobQueue(config.records_address, shared_secret(config))
    except MammoganesisError as error:
        return cannot_start("bulk", error)
    os.nice(NICENESS)
    log_configuration(config)
    Runner(config, queue, pulse_file(folder), stopped).run()
    queue.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

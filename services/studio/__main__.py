"""python -m services.studio: the studio's process; settings from the environment (see `services.process.config`)."""

import os
import sys

import uvicorn

from mammoganesis.errors import MammoganesisError
from services.observability.logs import configure, log_configuration
from services.process.config import Config
from services.process.ports import dialled
from services.studio.app import create_app

LOOPBACK = ("127.0.0.1", "localhost")


def main() -> int:
    """Serves until SIGTERM or Ctrl-C."""
    try:
        config = Config.from_environment(os.environ)
    except MammoganesisError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    configure("studio", config.log_level)
    log_configuration(config)
    # On loopback nobody has another name for us, save a page that plays DNS tricks.
    app = create_app(
        f"{dialled(config.edge_host)}:{config.edge_port}",
        allowed_hosts=LOOPBACK if config.studio_host in LOOPBACK else ("*",),
        max_message_bytes=config.max_message_bytes,
        bundle=config.bundle,
        curated_bundles=config.curated_bundles,
    )
    uvicorn.run(
        app,
        host=config.studio_host,
        port=config.studio_port,
        log_level=config.log_level,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=5,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())

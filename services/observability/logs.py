"""Logs of the serving processes: one JSON object a line, on standard error.

Values that come from outside are escaped and cut, so that a caller can neither forge a line nor flood the log. Request
bodies, secrets and latent codes are never logged.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Mapping

from services.process.config import Config

MAX_VALUE_CHARACTERS = 500
MAX_TRACEBACK_CHARACTERS = 8000


class JsonFormatter(logging.Formatter):
    """A record as one line: time (UTC), level, logger, message, the fields of `fields`, and the traceback if any."""

    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        line: dict[str, object] = {
            "time": f"{moment}.{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "process": self._process,
            "logger": record.name,
            "message": record.getMessage()[:MAX_VALUE_CHARACTERS],
        }
        for name, value in getattr(record, "fields", {}).items():
            line[name] = value if isinstance(value, (int, float, bool)) else str(value)[:MAX_VALUE_CHARACTERS]
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)[-MAX_TRACEBACK_CHARACTERS:]
        return json.dumps(line)  # ASCII: no control character or line separator survives unescaped


def configure(process: str, level: str) -> None:
    """Send the records of our packages at `level` ("debug" to "error") or above to standard error.

    Args:
      process: written into each line, such as "edge" or "sampling".
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter(process))
    ours = logging.getLogger("services")
    ours.handlers = [handler]
    ours.setLevel(level.upper())
    ours.propagate = False


def log_configuration(config: Config) -> None:
    """One line at a process's start with every setting, secrets masked."""
    settings = dict(line.split("=", 1) for line in config.describe().splitlines())
    event(logging.getLogger(__name__), logging.INFO, "configuration", settings)


def event(logger: logging.Logger, level: int, message: str, fields: Mapping[str, object]) -> None:
    """One line with `fields` beside the message."""
    logger.log(level, message, extra={"fields": dict(fields)})

"""Logs of the serving processes: one JSON object a line, on standard error.

Values that come from outside are escaped and cut, so that a caller can neither forge a line nor flood the log. Request
bodies, secrets and latent codes are never logged. Lines that are written while a call is answered carry its request id,
and its trace's id where it has one.
"""

from __future__ import annotations

import json
import logging
import sys
import threading
import time
from collections.abc import Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import TextIO

from services.process.config import Config

MAX_VALUE_CHARACTERS = 500
MAX_TRACEBACK_CHARACTERS = 8000
LEVELS = ("debug", "info", "warning", "error")
LOOK_SECONDS = 2.0
"""Between two looks at the file that may name another level."""

_ids: ContextVar[Mapping[str, str]] = ContextVar("ids", default={})  # noqa: B039  (never changed)


def speak_of(request_id: str, trace_id: str) -> None:
    """From here on lines of this task, and of those that it begins, carry these; "" for none."""
    _ids.set({name: value for name, value in (("request_id", request_id), ("trace_id", trace_id)) if value})


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
        for name, value in {**_ids.get(), **getattr(record, "fields", {})}.items():
            line[name] = value if isinstance(value, (int, float, bool)) else str(value)[:MAX_VALUE_CHARACTERS]
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)[-MAX_TRACEBACK_CHARACTERS:]
        return json.dumps(line)  # ASCII: no control character or line separator survives unescaped


def configure(process: str, config: Config, stream: TextIO | None = None) -> None:
    """Send the records of our packages at `log_level` or above to standard error, or at the level that
    `log_level_file` names, as soon as it does.

    Args:
      process: written into each line, such as "edge" or "sampling".
      stream: instead of what Python has as standard error now.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter(process))
    ours = logging.getLogger("services")
    ours.handlers = [handler]
    ours.setLevel(config.log_level.upper())
    ours.propagate = False
    if config.log_level_file is not None:
        watched = LevelFile(config.log_level_file, config.log_level)
        watched.look()
        threading.Thread(target=watched.keep_looking, name="log level", daemon=True).start()


class LevelFile:
    """A file whose first word is the level of our records; without one, or without the file, `otherwise` is."""

    def __init__(self, path: Path, otherwise: str) -> None:
        self._path, self._otherwise = path, otherwise
        self._seen: str | None = None

    def keep_looking(self) -> None:
        """Until the process ends."""
        while True:
            time.sleep(LOOK_SECONDS)
            self.look()

    def look(self) -> None:
        """Sets the level where the file says another one than before."""
        try:
            with self._path.open(encoding="utf-8", errors="replace") as file:
                text = file.read(MAX_VALUE_CHARACTERS).strip().lower()
        except OSError:
            text = ""
        if text == self._seen:
            return
        self._seen = text
        level = text if text in LEVELS else self._otherwise
        logging.getLogger("services").setLevel(level.upper())
        fields = {"lowest": level, "file": self._path}
        if text and text != level:
            event(logging.getLogger(__name__), logging.WARNING, f"the file's {text!r} is no level", fields)
        elif text:
            event(logging.getLogger(__name__), logging.INFO, "log level", fields)


def log_configuration(config: Config) -> None:
    """One line at a process's start with every setting, secrets masked."""
    settings = dict(line.split("=", 1) for line in config.describe().splitlines())
    event(logging.getLogger(__name__), logging.INFO, "configuration", settings)


def event(logger: logging.Logger, level: int, message: str, fields: Mapping[str, object]) -> None:
    """One line with `fields` beside the message."""
    logger.log(level, message, extra={"fields": dict(fields)})

"""Secrets that our processes share, and that are changed without a call that fails.

A file holds one, or for the time of a change two, a line each. Every door takes both; the first one is sent. So a
change is three steps, each once all processes have read the one before, in whatever order they do: the new secret goes
in below the old one, then above it, then the old one goes out.
"""

from __future__ import annotations

import contextlib
from typing import Literal

from mammoganesis.errors import FailedPrecondition, InvalidArgument, Unavailable
from services.access.rereading import Reread
from services.process.config import Config, allowed, variable
from services.process.secret_files import secrets_in

LEAST = 16  # characters


class SharedSecret:
    """One secret, as the processes know it now.

    Args:
        value: that does not change; None: there is none, or it stands in the file.
        file: looked at again every second; None: there is none.
    """

    def __init__(self, value: str | None, file: Reread[tuple[str, ...]] | None = None) -> None:
        self._known = () if value is None else (value,)
        self._file = file

    @classmethod
    def of(cls, config: Config, name: Literal["edge_secret", "studio_secret"]) -> SharedSecret:
        """Of the setting `name`, or of the file that the setting `name`_file names.

        Raises:
            InvalidArgument: the file is not what it has to be, or both are given.
        """
        value, file = getattr(config, name), getattr(config, f"{name}_file")
        if file is None:
            return cls(value)
        named = variable(f"{name}_file")
        if value is not None:
            raise InvalidArgument(named, file, f"either it or {variable(name)}, not both")
        return cls(None, Reread(named, file, lambda content: _read(content, named, name)))

    @property
    def valid(self) -> tuple[str, ...]:
        """All that are taken; none: nothing is. Where the file cannot be read any more, what stood there before."""
        if self._file is not None:
            with contextlib.suppress(Unavailable):  # Reread has logged why
                self._known = self._file.content()
        return self._known

    @property
    def sent(self) -> str | None:
        """The one that is sent; None: there is none."""
        return self.valid[0] if self.valid else None

    def needed(self, name: str) -> SharedSecret:
        """Itself. Raises FailedPrecondition, by the setting's name, where there is none."""
        if not self.valid:
            raise FailedPrecondition(f"{variable(name)} is not set: the services would answer anybody")
        return self


def _read(content: bytes, named: str, name: str) -> tuple[str, ...]:
    found = secrets_in(content, LEAST)
    if found is None:
        lines = sum(bool(line.strip()) for line in content.splitlines())
        raise InvalidArgument(named, f"{lines} lines", f"a file of one or two lines of {allowed(name)}")
    return found

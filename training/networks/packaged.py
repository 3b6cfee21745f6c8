"""Weights that come inside a package of the Python index: found without executing it, and checked by their digest."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from mammoganesis.errors import ConfigurationError


@dataclass(frozen=True)
class PackagedFile:
    """One file of an installed package. Nothing is fetched."""

    network: str  # what messages call it
    package: str  # as it is imported
    file: str  # inside the package
    sha256: str  # hexadecimal
    install: str  # the command that brings it

    def path(self) -> Path:
        """Where it is. Raises ConfigurationError if the package is not installed."""
        found = find_spec(self.package)
        if found is None or not found.submodule_search_locations:
            raise ConfigurationError(f"the weights of {self.network} are not installed; {self.install}")
        return Path(found.submodule_search_locations[0]) / self.file

    def read(self, path: Path | None = None) -> bytes:
        """Its content.

        Args:
            path: where it is; None: in the installed package.

        Raises:
            ConfigurationError: the package is missing, or its file is not the one expected (by sha256).
        """
        path = path or self.path()
        try:
            content = path.read_bytes()
        except OSError as error:
            raise ConfigurationError(
                f"{path}: the weights of {self.network} cannot be read ({error.strerror})"
            ) from error
        digest = hashlib.sha256(content).hexdigest()
        if digest != self.sha256:
            raise ConfigurationError(
                f"{path}: is not {self.network} as published: its sha256 is {digest}, not {self.sha256}"
            )
        return content

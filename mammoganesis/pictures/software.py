"""What this program calls itself in files."""

from __future__ import annotations

import importlib.metadata

SOFTWARE = "MammoGANesis"


def software_version() -> str:
    """Of this program."""
    return importlib.metadata.version("mammoganesis")

"""Which generator components and regions were found on."""

from __future__ import annotations

import hashlib

from mammoganesis.files import Location


def generator_digest(checkpoint: Location) -> str:
    """SHA-256 of a checkpoint folder's generator_ema.safetensors, 64 hexadecimal digits."""
    return hashlib.sha256((checkpoint / "generator_ema.safetensors").read_bytes()).hexdigest()

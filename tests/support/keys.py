"""Keys that OpenSSL makes."""

from __future__ import annotations

import subprocess
from pathlib import Path


def new_key(folder: Path, name: str) -> tuple[Path, Path]:
    """Files of a new Ed25519 key: the private one, and the public one."""
    private, public = folder / f"{name}.pem", folder / f"{name}.pub.pem"
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", private], check=True, capture_output=True)
    subprocess.run(["openssl", "pkey", "-in", private, "-pubout", "-out", public], check=True, capture_output=True)
    return private, public

"""One foreign file -> `Imported`."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import torch

from mammoganesis.editing.latents import z_from_seed
from mammoganesis.errors import CheckpointError
from mammoganesis.recipe.limits import DEFAULT_PSI
from mammoganesis.terminal.progress import progress
from training.data import images
from training.importers import nvidia, rosinality, sandbox
from training.importers.network import Imported

CONVERTERS = {"nvidia": nvidia.convert, "rosinality": rosinality.convert}
SAMPLES, SAMPLE_COLUMNS = 16, 8


def import_file(
    path: Path, *, source: str = "auto", digest: str | None = None, limits: sandbox.Limits | None = None
) -> tuple[Imported, str]:
    """Read a network of another project without executing it.

    Args:
        path: a `.pkl` of stylegan2-ada-pytorch or stylegan3, or a `.pt` of rosinality's stylegan2-pytorch.
        source: "nvidia" or "rosinality" insists on one of them; "auto" takes either.
        digest: the SHA-256 that the file must have, 64 lower-case hexadecimal digits.
        limits: of the reading process; by default from the file's size.

    Returns:
        the network and the file's SHA-256.

    Raises:
        CheckpointError: names the file and why it was refused.
    """
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
            if digest is not None and found != digest:
                raise CheckpointError(f"{path}: its SHA-256 is {found}; --digest is {digest}")
            foreign = sandbox.read(file, limits or sandbox.Limits.of(path.stat().st_size))
    except OSError as error:
        raise CheckpointError(f"{path}: cannot be read ({error.strerror or error})") from error
    if source not in ("auto", foreign.kind):
        raise CheckpointError(f"{path}: is a {foreign.kind} file; --from says {source}")
    try:
        return CONVERTERS[foreign.kind](foreign), found
    except CheckpointError as error:
        raise CheckpointError(f"{path}: is not imported: {error}") from error


@torch.no_grad()
def write_samples(imported: Imported, path: Path) -> None:
    """Draw seeds 0 to 15 at the default psi and write one PNG."""
    generator = imported.open_generator()
    rows = []
    with progress(SAMPLES, "samples") as bar:
        for seed in range(SAMPLES):
            z = z_from_seed(seed, imported.config.z_dim)
            rows.append(generator(torch.from_numpy(z), psi=DEFAULT_PSI).numpy())
            bar.update()
    images.write_grid(np.concatenate(rows), path, SAMPLE_COLUMNS, "Samples of an imported network, not for diagnosis")
